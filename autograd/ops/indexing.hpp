#pragma once

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

// Ops that choose elements by their positions, and those that find positions. What all ops have in common is
// in autograd/ops.hpp. No position may be negative.
namespace xgrad {

/// The slices of x at these positions along `axis`: that axis is replaced by the axes of `index`. A slice
/// that is chosen several times receives the sum of the gradients, added in T.
/// @throws ShapeError  the axis is out of range (as for every op below with an axis), or the result is too
/// large.
/// @throws ValueError  an index is outside the axis; the message names its position and value (as for the ops
/// below).
template <class T>
Tensor<T> index_select(const Tensor<T>& x, std::ptrdiff_t axis, const Indices& index);

/// The rows of `weight` (classes, features) with these numbers; shape (index..., features).
/// @throws ShapeError  weight is not 2-D, or the result is too large.
/// @throws ValueError  an index is outside [0, classes).
template <class T>
Tensor<T> embedding(const Indices& index, const Tensor<T>& weight);

/// Elements of x chosen along `axis`: y[i, j, k] = x[i, index[i, j, k], k] for axis 1. `index` has as many
/// axes as x and, but for `axis`, at most x's extents; its shape is that of the result.
/// @throws ShapeError  another shape.  @throws ValueError  an index is outside the axis.
template <class T>
Tensor<T> gather(const Tensor<T>& x, std::ptrdiff_t axis, const Indices& index);

/// x with `source` added to the elements that `gather` would choose: y[i, index[i, j, k], k] += source[i, j,
/// k] for axis 1. What goes to one element adds up.
/// @throws ShapeError  `index` has a shape that `gather` rejects, or `source` another one.
/// @throws ValueError  an index is outside the axis.
template <class T>
Tensor<T> scatter_add(const Tensor<T>& x, std::ptrdiff_t axis, const Indices& index, const Tensor<T>& source);

/// A constant of shape (index..., classes): 1 where the position along the last axis is the index, else 0.
/// @throws ShapeError  the result is too large.  @throws ValueError  an index is outside [0, classes).
template <class T = float>
Tensor<T> one_hot(const Indices& index, std::size_t classes);

/// x where `mask` is 0, and `value` elsewhere. No gradient flows to `mask`.
/// @throws ShapeError  `mask` does not broadcast to x's shape.
template <class T>
Tensor<T> masked_fill(const Tensor<T>& x, const Tensor<T>& mask, double value);

/// Sums of the elements up to each position along `axis`, itself included, accumulated in double.
/// @throws ShapeError  the axis is out of range.
template <class T>
Tensor<T> cumsum(const Tensor<T>& x, std::ptrdiff_t axis);

/// The position of the largest element along `axis`: the first of equal ones; a NaN is larger than any
/// number.
/// @throws ShapeError  the axis is out of range, has no elements, or more than 2^31 - 1.
template <class T>
Indices argmax(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims = KeepDims::no);
/// The position of the smallest element along `axis`: the first of equal ones; a NaN is smaller than any
/// number.
/// @throws ShapeError  the axis is out of range, has no elements, or more than 2^31 - 1.
template <class T>
Indices argmin(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims = KeepDims::no);

/// Elements in a new order along an axis, and the positions at which they were.
template <class T>
struct Ordered {
    Tensor<T> values;  ///< The elements; they can be differentiated.
    Indices indices;  ///< Their former positions along the axis, of the same shape.
};

/// Which elements come first.
enum class Order { ascending, descending };

/// The elements sorted along `axis`; equal ones keep their order. A NaN is larger than any number.
/// @throws ShapeError  the axis is out of range.
template <class T>
Ordered<T> sort(const Tensor<T>& x, std::ptrdiff_t axis = -1, Order order = Order::ascending);

/// The k largest elements along `axis` in descending order, or the k smallest in ascending order; of equal
/// ones the first. A NaN is larger than any number.
/// @throws ShapeError  the axis is out of range, or has less than k elements.
template <class T>
Ordered<T> topk(const Tensor<T>& x, std::size_t k, std::ptrdiff_t axis = -1, Order order = Order::descending);

}  // namespace xgrad
