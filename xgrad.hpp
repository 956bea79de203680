#pragma once

// All of xgrad.
#include <xgrad/autograd/functional.hpp>
#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/recomputed.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/autograd/tape.hpp>
#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/data/csv.hpp>
#include <xgrad/data/open_dataset.hpp>
#include <xgrad/data/split.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/metrics.hpp>
#include <xgrad/nn/observer.hpp>
#include <xgrad/nn/recomputed.hpp>
#include <xgrad/nn/renew_statistics.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/clip_grad.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/reduce_on_plateau.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/optim/weight_average.hpp>
#include <xgrad/train/checkpoint.hpp>
#include <xgrad/train/early_stopping.hpp>
#include <xgrad/train/evaluate.hpp>
#include <xgrad/train/lr_range_test.hpp>
#include <xgrad/train/metrics_log.hpp>
#include <xgrad/train/progress_bar.hpp>
#include <xgrad/train/stop_signals.hpp>
#include <xgrad/train/training_loop.hpp>
#include <xgrad/train/training_state.hpp>

/// A small deep learning framework: a `Tape` records what is computed on `Tensor`s, and walks back through
/// it.
namespace xgrad {

/// Initializers of weights.
namespace init {}

/// Loops over plain pointers, compiled for each instruction set: what the ops are made of.
namespace kernels {}

}  // namespace xgrad
