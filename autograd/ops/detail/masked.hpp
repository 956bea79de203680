#pragma once

#include <xgrad/autograd/ops.hpp>

namespace xgrad {

/// dy times a constant factor, and 0 where the factor is 0, even if dy is infinite or NaN there: what does
/// not reach the result has no gradient.
template <class T>
Tensor<T> masked(const Tensor<T>& dy, const Tensor<T>& factor) {
    return where(factor, dy * factor, zeros<T>({}));
}

}  // namespace xgrad
