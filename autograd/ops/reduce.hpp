#pragma once

#include <xgrad/autograd/tensor.hpp>

// Reductions over axes. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The sum over `axes`, accumulated in double. Negative axes count from the last; an empty list reduces
/// nothing.
/// @throws ShapeError  an axis is out of range or given twice (as for every reduction below).
template <class T>
Tensor<T> sum(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The sum of all elements, shape ().
template <class T>
Tensor<T> sum(const Tensor<T>& x);

/// The mean over `axes`, accumulated in double.
/// @throws ShapeError  there are no elements to average (as for `variance`, `amax` and `amin`).
template <class T>
Tensor<T> mean(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The mean of all elements, shape ().
template <class T>
Tensor<T> mean(const Tensor<T>& x);

/// The variance over `axes`: the sum of squared deviations from the mean, divided by (count - correction).
/// Computed in two passes, accumulated in double. `correction` 0 gives the biased variance (NumPy's default),
/// 1 the unbiased one (PyTorch's default).
/// @throws ShapeError  count <= correction.
template <class T>
Tensor<T> variance(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no,
                   std::size_t correction = 0);
/// The biased variance of all elements, shape ().
template <class T>
Tensor<T> variance(const Tensor<T>& x);

/// The maximum over `axes`. Elements that share the maximum share the gradient equally. A NaN gives a NaN.
template <class T>
Tensor<T> amax(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The maximum of all elements, shape ().
template <class T>
Tensor<T> amax(const Tensor<T>& x);

/// The minimum over `axes`. Elements that share the minimum share the gradient equally. A NaN gives a NaN.
template <class T>
Tensor<T> amin(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The minimum of all elements, shape ().
template <class T>
Tensor<T> amin(const Tensor<T>& x);

/// log(sum(exp(x))) over `axes`, without overflow; -inf, with a gradient of 0, for no elements or where all
/// are -inf.
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// log(sum(exp(x))) over all elements, shape ().
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x);

}  // namespace xgrad
