#!/usr/bin/env bash
# scripts/check-floors finds every kind of include that it forbids, and nothing else.
set -euo pipefail
check=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/scripts/check-floors
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
failures=0

# file <path> <include>...: a source of the made-up tree.
file() { mkdir -p "$tree/$(dirname "$1")"; printf '#include %s\n' "${@:2}" >"$tree/$1"; }
# rejects <path> <include>: with this line, the check fails and prints the place; without it, it passes.
rejects() {
    file "$1" "$2"
    if output=$("$check" "$tree") || [[ $output != "$1:1: #include $2 "* ]]; then
        echo "not caught: $1 includes $2: $output"
        failures=$((failures + 1))
    fi
    rm "$tree/$1"
}

file core/array.hpp '<xtensor/xarray.hpp>' '<xgrad/core/allocator.hpp>' '<vector>'
file core/kernels/gemm.cpp '<xtensor-blas/xblas.hpp>' '<xgrad/core/error.hpp>' '<xsimd/xsimd.hpp>'
file io/write_file.cpp '<xgrad/io/write_file.hpp>' '<xgrad/core/error.hpp>'
file autograd/ops/reduce.cpp '<xtensor/xmath.hpp>' '<xgrad/autograd/ops.hpp>' '<xgrad/core/shape.hpp>'
file nn/layers/linear.cpp '<xgrad/autograd/ops.hpp>' '<xgrad/io/safetensors.hpp>'
file optim/sgd.cpp '<xgrad/nn/module.hpp>'
file data/idx.cpp '<xgrad/core/rng.hpp>' '<xgrad/io/byte_reader.hpp>' '<xgrad/autograd/ops.hpp>'
file onnx/export.cpp '<onnx/onnx_pb.h>' '<xgrad/onnx/export.hpp>' '<xgrad/nn/layers/linear.hpp>'
file page/html.cpp '<xgrad/page/document.hpp>' '<xgrad/io/write_file.hpp>'
file train/evaluate.cpp '<xgrad/data/batches.hpp>' '<xgrad/optim/sgd.hpp>'
file tensorboard/log.cpp '<tensorboard/event.pb.h>' '<xgrad/tensorboard/log.hpp>' '<xgrad/train/metrics_log.hpp>'
file mpi/step.cpp '<mpi.h>' '<xgrad/mpi/communicator.hpp>' '<xgrad/data/batches.hpp>' '<xgrad/nn/module.hpp>'
file apps/cifar_bn/main.cpp '<xgrad/xgrad.hpp>' '<xgrad/train/evaluate.hpp>' '"cifar_bn/commands/commands.hpp"' '"shared/files/json.hpp"'
file apps/cifar_bn/commands/train.cpp '"cifar_bn/commands/options.hpp"' '"cifar_bn/training/config.hpp"' '"shared/page/page_server.hpp"' '<xgrad/page/html.hpp>'
file apps/shared/jobs/receipt.hpp '"shared/data/data_source.hpp"' '"shared/jobs/tasks.hpp"'
"$check" "$tree"

rejects core/a.cpp '<xgrad/autograd/tensor.hpp>'
rejects core/a.cpp '<xgrad/io/write_file.hpp>'
rejects io/a.cpp '<xgrad/autograd/tensor.hpp>'
rejects autograd/a.cpp '<xgrad/nn/module.hpp>'
rejects autograd/ops/a.cpp '<xgrad/xgrad.hpp>'
rejects nn/a.hpp '<xgrad/optim/sgd.hpp>'
rejects optim/a.cpp '<xgrad/data/batches.hpp>'
rejects data/a.cpp '<xgrad/optim/sgd.hpp>'
rejects data/a.cpp '<xgrad/nn/metrics.hpp>'
rejects onnx/a.cpp '<xgrad/data/batches.hpp>'
rejects train/a.cpp '<xgrad/onnx/export.hpp>'
rejects train/a.cpp '<xgrad/page/html.hpp>'
rejects page/a.cpp '<xgrad/train/metrics_log.hpp>'
rejects train/a.cpp '<xgrad/tensorboard/log.hpp>'
rejects train/a.cpp '<xgrad/apps/cifar_bn/options.hpp>'
rejects train/a.cpp '<xgrad/mpi/communicator.hpp>'
rejects mpi/a.cpp '<xgrad/tensorboard/log.hpp>'
rejects tensorboard/a.cpp '<xgrad/onnx/export.hpp>'
rejects apps/cifar_bn/a.cpp '<xgrad/tensorboard/log.hpp>'
rejects nn/a.cpp '"module.hpp"'
rejects apps/cifar_bn/a.cpp '<xgrad/apps/cifar_bn/options.hpp>'
rejects apps/cifar_bn/a.cpp '"support/arrays.hpp"'
rejects apps/cifar_bn/a.cpp '"xgrad/core/array.hpp"'
rejects apps/cifar_bn/a.cpp '"../../core/array.hpp"'
rejects apps/cifar_bn/training/a.cpp '"cifar_bn/jobs/job.hpp"'
rejects apps/cifar_bn/experiments/a.hpp '"cifar_bn/report/plots.hpp"'
rejects apps/cifar_bn/commands/a.cpp '"options.hpp"'
rejects apps/cifar_bn/commands/a.cpp '"cifar_bn/main.hpp"'
rejects apps/cifar_bn/commands/a.cpp '"cifar_conv/training/config.hpp"'
rejects apps/cifar_bn/cellar/a.cpp '"shared/files/json.hpp"'
rejects apps/cifar_bn/a.cpp '"cifar_bn/cellar/b.hpp"'
rejects apps/shared/files/a.cpp '"shared/jobs/receipt.hpp"'
rejects apps/shared/page/a.cpp '"cifar_bn/training/config.hpp"'
rejects core/kernels/a.cpp '<xtensor/xarray.hpp>'
rejects core/kernels/a.cpp '<xgrad/core/array.hpp>'
rejects core/kernels/a.cpp '<xtensor-blas/xblas.hpp>'
rejects core/kernels/gemm.cpp '<xtensor/xarray.hpp>'
file core/kernels/gemm.cpp '<xtensor-blas/xblas.hpp>'
rejects autograd/a.hpp '<xtensor/xmath.hpp>'
rejects autograd/a.cpp '<xtensor-blas/xlinalg.hpp>'
exit $((failures > 0))
