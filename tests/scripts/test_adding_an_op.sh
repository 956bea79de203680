#!/usr/bin/env bash
# Usage: tests/scripts/test_adding_an_op.sh [--build]
# What docs/adding_an_op.md promises: an elementwise op is one edit in each of three files. Adds `cube` so to a copy of the tree and counts
# the edits. --build: builds it and runs the tests of the registry of ops, a minute (scripts/check).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git rev-parse --is-inside-work-tree >/dev/null 2>&1 || { echo "no checkout: which files belong to the tree is not known"; exit 77; }
work=$PWD/build/adding_an_op # always the same, for ccache
mkdir -p build
exec 9>build/adding_an_op.lock
flock 9
rm -rf "$work"
mkdir -p "$work/tree"
if command -v ccache >/dev/null; then export CMAKE_CXX_COMPILER_LAUNCHER=ccache; fi

fail() {
    echo "test_adding_an_op: $*" >&2
    exit 1
}
# quietly <command...>: says nothing unless it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; fail "failed: $*"; }; }
# insert <file> <line>: what stands on standard input, behind the one line that contains <line>.
insert() {
    [[ $(grep -cF -- "$2" "$1") == 1 ]] || fail "$1 has not one line with '$2'"
    sed -i "$(grep -nF -- "$2" "$1" | cut -d: -f1)r /dev/stdin" "$1"
}

git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents -t "$work/tree"
cd "$work/tree"
git init -q
git add -A
git -c user.name=test -c user.email=test@example.org -c commit.gpgsign=false commit -qm "as it is"

insert core/kernels/formulas.def 'UNARY(tanh,' <<'EOF'
UNARY(cube, x, x * x * x, real(3) * dy * (x * x))
EOF
insert autograd/ops/elementwise.hpp 'Tensor<T> tanh(const Tensor<T>& x);' <<'EOF'

/// x^3.
template <class T>
Tensor<T> cube(const Tensor<T>& x);
EOF
insert tests/support/registry/ops_elementwise.cpp 'pow_with_number(),' <<'EOF'
        unary_op("cube(Tensor)", [](const auto& x) { return cube(x); }, [](auto x) { return x * x * x; }, all_numbers),
EOF
edits=$(git diff -U0 | grep -c '^@@')
files=$(git diff --name-only | wc -l)
[[ $edits == 3 && $files == 3 ]] || fail "$edits edits in $files files"
if [[ ${1:-} != --build ]]; then exit 0; fi

cat >"$work/CMakeLists.txt" <<'EOF'
cmake_minimum_required(VERSION 3.25)
project(adding_an_op LANGUAGES CXX)
add_subdirectory(tree)
find_package(doctest REQUIRED)
find_package(fmt REQUIRED)
file(GLOB registry tree/tests/support/registry/op*.cpp)
add_executable(ops tree/tests/support/main.cpp ${registry} tree/tests/autograd/ops/test_ops.cpp)
target_include_directories(ops PRIVATE tree/tests)
target_compile_definitions(ops PRIVATE XGRAD_SOURCE_DIR="${CMAKE_CURRENT_SOURCE_DIR}/tree")
target_link_libraries(ops PRIVATE xgrad::autograd doctest::doctest fmt::fmt)
EOF
quietly cmake -S "$work" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_FLAGS_DEBUG=-O1 -DXGRAD_NATIVE=ON -DXGRAD_WERROR=ON
quietly cmake --build "$work/build" --target ops
"$work/build/ops"
