#pragma once

#include <concepts>
#include <initializer_list>

#include <xgrad/autograd/tensor.hpp>

// Ops that change the shape. `reshape`, `squeeze`, `unsqueeze`, `flatten` copy no elements. What all ops have
// in common is in autograd/ops.hpp.
namespace xgrad {

/// An extent of `reshape`: a number, or -1 for what the others leave.
class Extent {
public:
    /// Any integer.
    template <std::integral I>
    Extent(I extent) : value_(static_cast<std::size_t>(extent)) {}
    /// The number; -1 has become the largest.
    operator std::size_t() const noexcept { return value_; }

private:
    std::size_t value_;
};

/// The same elements in another shape. @throws ShapeError  the number of elements differs.
template <class T>
Tensor<T> reshape(const Tensor<T>& x, const Shape& shape);
/// The same, one of whose extents may be -1: `reshape(x, {-1, 3})`.
/// @throws ShapeError  the number of elements differs; or it is no multiple of the given ones, or there are
/// several -1.
template <class T>
Tensor<T> reshape(const Tensor<T>& x, std::initializer_list<Extent> shape);

/// x without its axes of extent 1.
template <class T>
Tensor<T> squeeze(const Tensor<T>& x);
/// x without that axis. @throws ShapeError  the axis is out of range, or its extent is not 1.
template <class T>
Tensor<T> squeeze(const Tensor<T>& x, std::ptrdiff_t axis);
/// x with a new axis of extent 1, which is number `axis` of the result.
/// @throws ShapeError  the axis is out of range of the result.
template <class T>
Tensor<T> unsqueeze(const Tensor<T>& x, std::ptrdiff_t axis);
/// x with the axes from `first` to `last`, both included, as one; a scalar becomes an array of one element.
/// @throws ShapeError  an axis is out of range, or `last` is before `first`.
template <class T>
Tensor<T> flatten(const Tensor<T>& x, std::ptrdiff_t first = 0, std::ptrdiff_t last = -1);

/// The axes in another order: result.shape[i] = x.shape[order[i]].
/// @throws ShapeError  `order` is not a permutation of the axes.
template <class T>
Tensor<T> transpose(const Tensor<T>& x, const Axes& order);
/// The axes in reverse order; transposes a matrix.
template <class T>
Tensor<T> transpose(const Tensor<T>& x);

/// x repeated along its axes of extent 1 and along new leading axes.
/// @throws ShapeError  x does not broadcast to `shape`.
template <class T>
Tensor<T> broadcast_to(const Tensor<T>& x, const Shape& shape);

/// x summed over the axes along which `shape` broadcasts to x's shape: the adjoint of `broadcast_to`.
/// @throws ShapeError  `shape` does not broadcast to x's shape.
template <class T>
Tensor<T> sum_to(const Tensor<T>& x, const Shape& shape);

}  // namespace xgrad
