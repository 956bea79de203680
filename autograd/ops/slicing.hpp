#pragma once

#include <utility>
#include <vector>

#include <xgrad/autograd/tensor.hpp>

// Ops that join arrays, and that take parts of them. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The Tensors joined along `axis`. @throws ShapeError  the list is empty, or shapes differ along another
/// axis.
template <class T>
Tensor<T> concatenate(const std::vector<Tensor<T>>& xs, std::ptrdiff_t axis = 0);

/// The Tensors, all of one shape, joined along a new axis, which is number `axis` of the result.
/// @throws ShapeError  the list is empty, shapes differ, or the axis is out of range of the result.
template <class T>
Tensor<T> stack(const std::vector<Tensor<T>>& xs, std::ptrdiff_t axis = 0);

/// Every `step`-th element of [begin, end) along `axis`; negative positions count from the end. Elements that
/// follow one another in memory, such as rows, are shared, as long as neither of the two is written to.
/// @throws ShapeError  the axis is out of range, or not 0 <= begin <= end <= extent.
/// @throws ValueError  the step is not positive.
template <class T>
Tensor<T> slice(const Tensor<T>& x, std::ptrdiff_t axis, std::ptrdiff_t begin, std::ptrdiff_t end,
                std::ptrdiff_t step = 1);

/// x cut along `axis` into parts of that extent; the last one may be smaller. There is at least one.
/// @throws ShapeError  the axis is out of range.  @throws ValueError  the extent is 0.
template <class T>
std::vector<Tensor<T>> split(const Tensor<T>& x, std::size_t extent, std::ptrdiff_t axis = 0);
/// x cut along `axis` into parts of these extents.
/// @throws ShapeError  the axis is out of range, or the sum of the extents is not its extent.
template <class T>
std::vector<Tensor<T>> split(const Tensor<T>& x, const std::vector<std::size_t>& extents,
                             std::ptrdiff_t axis = 0);

/// x with the elements along these axes in reverse order.
/// @throws ShapeError  an axis is out of range or given twice.
template <class T>
Tensor<T> flip(const Tensor<T>& x, const Axes& axes);

/// What `pad` adds: a constant, the elements mirrored at the border (which is not repeated), or the border.
enum class PadMode { constant, reflect, replicate };

/// The numbers of elements that `pad` adds before and after those of an axis.
using Padding = std::pair<std::size_t, std::size_t>;

/// x with elements added along its last axes, one `Padding` for each: `pad(x, {{1, 1}, {0, 2}})`.
/// @throws ShapeError  more paddings than axes; an axis has no element to replicate, or, in `reflect`, not
/// more than are added at a side; or the result is too large.
template <class T>
Tensor<T> pad(const Tensor<T>& x, const std::vector<Padding>& paddings, PadMode mode = PadMode::constant,
              double value = 0);

/// x repeated along its last axes, and along new leading axes if there are more numbers than axes: `tile(x,
/// {2, 3})`.
/// @throws ShapeError  the result is too large.
template <class T>
Tensor<T> tile(const Tensor<T>& x, const Shape& repeats);

/// The matrices along the last two axes with zeros below a diagonal, which starts `diagonal` columns from the
/// first.
/// @throws ShapeError  x has less than two axes.
template <class T>
Tensor<T> triu(const Tensor<T>& x, std::ptrdiff_t diagonal = 0);
/// The same with zeros above the diagonal.
/// @throws ShapeError  x has less than two axes.
template <class T>
Tensor<T> tril(const Tensor<T>& x, std::ptrdiff_t diagonal = 0);

}  // namespace xgrad
