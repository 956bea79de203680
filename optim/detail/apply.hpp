#pragma once

#include <array>

#include <xgrad/core/kernels/update.hpp>
#include <xgrad/optim/optimizer.hpp>

namespace xgrad::detail {

/// Rows of an array as a matrix, which kernels split by columns; 1 if it is not 2-D.
template <class T>
std::size_t matrix_rows(const Array<T>& values) {
    return values.dimension() == 2 && values.size() > 0 ? values.shape()[0] : 1;
}

/// Applies a kernel's formula to a parameter, whose state arrays are in the kernel's order.
template <class S, class T>
void apply(const S& numbers, const ParameterStep<T>& step) {
    std::array<T*, S::states> state;
    for (std::size_t i = 0; i < state.size(); ++i) state[i] = step.arrays[i].data();
    kernels::update(step.rows, step.columns, step.columns, numbers, step.gradient.data(), state,
                    step.values.data());
}

}  // namespace xgrad::detail
