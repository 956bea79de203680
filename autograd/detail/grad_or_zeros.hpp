#pragma once

#include <vector>

#include <xgrad/autograd/tape.hpp>
#include <xgrad/autograd/tensor.hpp>

namespace xgrad::detail {

// The gradients of a result, which may depend on nothing that requires one: then they are 0.
template <class T>
std::vector<Tensor<T>> grad_or_zeros(const Tensor<T>& y, const std::vector<Tensor<T>>& xs,
                                     const GradOptions& options = {}) {
    if (y.requires_grad()) return grad(y, xs, options);
    std::vector<Tensor<T>> none;
    none.reserve(xs.size());
    for (const Tensor<T>& x : xs) none.push_back(zeros<T>(x.shape()));
    return none;
}

}  // namespace xgrad::detail
