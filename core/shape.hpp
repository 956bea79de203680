#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <xgrad/core/array.hpp>

namespace xgrad {

/// `(100, 3072)`, `(4)`, `()`.
std::string to_string(const Shape& shape);

/// The number of elements of an array of that shape: 1 for `()`, 0 if any extent is 0.
std::size_t size_of(const Shape& shape);

/// The same for an array that is about to be allocated. If a shape passes, so does the shape with any of its
/// axes reduced, even an axis of extent 0.
/// @throws ShapeError  naming `op`: the extents other than 0 multiply to 2^60 or more (2^63 bytes of
/// doubles).
std::size_t checked_size(std::string_view op, const Shape& shape);

/// The shape of `count` samples of that shape: (count, sample...).
Shape batch_shape(std::size_t count, const Shape& sample);

/// The common shape to which `a` and `b` broadcast: aligned at the last axis, an extent of 1 stretches.
/// @throws ShapeError  `op: cannot broadcast (8, 5) with (4): axis -1 is 5 and 4`; or the result is too
/// large, as for `checked_size`.
Shape broadcast_shapes(std::string_view op, const Shape& a, const Shape& b);

/// Whether an array of shape `from` can be broadcast to shape `to`.
bool broadcasts_to(const Shape& from, const Shape& to);

/// `axis` of an array with `rank` axes, as an index counted from the first axis.
/// @throws ShapeError  `axis` is outside [-rank, rank).
std::size_t normalize_axis(std::string_view op, std::ptrdiff_t axis, std::size_t rank);

/// All `axes`, counted from the first axis and sorted.
/// @throws ShapeError  an axis is outside [-rank, rank), or occurs twice.
Axes normalize_axes(std::string_view op, const Axes& axes, std::size_t rank);

/// `shape` with the axes from `first` to `last`, both included, as one; `()` becomes `(1)`.
/// @throws ShapeError  an axis is out of range, or `last` is before `first`.
Shape flattened_shape(std::string_view op, const Shape& shape, std::ptrdiff_t first, std::ptrdiff_t last);

/// The axes from `first` to before `last`.
Axes axis_range(std::size_t first, std::size_t last);

/// Whether a reduced axis is kept, with extent 1.
enum class KeepDims { no, yes };

/// `shape` with `axes` (normalized) reduced.
Shape reduced_shape(const Shape& shape, const Axes& axes, KeepDims keepdims);

/// The axes along which a gradient of shape `to` must be summed to reach shape `from`: those that
/// broadcasting `from` to `to` added or stretched.
Axes broadcast_axes(const Shape& from, const Shape& to);

}  // namespace xgrad
