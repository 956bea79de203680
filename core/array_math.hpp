#pragma once

#include <type_traits>

#include <xgrad/core/array.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/shape.hpp>

// Array arithmetic without a graph, used by the ops.
namespace xgrad {

/// An array of that shape with uninitialised elements.
template <class T>
Array<T> uninitialized(const Shape& shape) {
    return Array<T>(shape);
}

/// An array of that shape with every element equal to `value`.
template <class T>
Array<T> filled(const Shape& shape, T value) {
    return Array<T>(shape, value);
}

/// op applied to every element.
template <class T>
Array<T> map(kernels::Unary op, const Array<T>& x, const kernels::Parameters& parameters = {});

/// The gradient of map(op, x) from that of its result, dy, and what the op saved (core/kernels/formulas.def).
template <class T>
Array<T> map_gradient(kernels::Unary op, const Array<T>& dy, const Array<T>& saved,
                      const kernels::Parameters& parameters = {});

/// op applied to every pair of elements, broadcast.
/// @throws ShapeError  naming `name`: the shapes do not broadcast.
template <class T>
Array<T> map(kernels::Binary op, const Array<T>& a, const Array<T>& b, const char* name);

/// op(x, c) for every element of x and the constant c.
template <class T>
Array<T> map(kernels::Binary op, const Array<T>& x, std::type_identity_t<T> c);
/// op(c, x) for every element of x and the constant c.
template <class T>
Array<T> map(kernels::Binary op, std::type_identity_t<T> c, const Array<T>& x);

/// a where `condition` is not 0, else b; all three broadcast.
/// @throws ShapeError  naming `name`: the shapes do not broadcast.
template <class T>
Array<T> select(const Array<T>& condition, const Array<T>& a, const Array<T>& b, const char* name);

/// a += b for arrays of the same shape.
template <class T>
void add_to(Array<T>& a, const Array<T>& b);

/// `x` broadcast to `shape`; the caller ensures that it broadcasts.
template <class T>
Array<T> broadcast_array(const Array<T>& x, const Shape& shape);

/// `scale` times the sum of `x` over `axes` (normalized), accumulated in double and rounded once.
template <class T>
Array<T> sum_axes(const Array<T>& x, const Axes& axes, KeepDims keepdims, double scale = 1);

/// The reduction `op` of `x` over `axes` (normalized); `scale` as of reduce_rows.
template <class T>
Array<T> reduce_axes(kernels::RowReduction op, const Array<T>& x, const Axes& axes, KeepDims keepdims,
                     double scale = 1);

/// `x` with its axes in another order: result.shape[i] = x.shape[order[i]].
template <class T>
Array<T> permute_axes(const Array<T>& x, const Axes& order);

/// A part of an array: along each axis `extent` elements, `step` apart (backwards if it is negative), from
/// `begin`.
struct Block {
    Shape begin;  ///< The first position.
    Shape extent;  ///< The shape of the part.
    Axes step;  ///< The distance of neighbours, in elements of the axis.

    /// All of an array of that shape.
    explicit Block(const Shape& shape) : begin(shape.size(), 0), extent(shape), step(shape.size(), 1) {}
};

/// The elements of a block of x, which the caller ensures to be inside.
template <class T>
Array<T> take_block(const Array<T>& x, const Block& block);

/// An array of that shape with x in the block and `fill` elsewhere.
template <class T>
Array<T> put_block(const Array<T>& x, const Block& block, const Shape& shape, std::type_identity_t<T> fill);

/// op(a) op(b) for the matrices along the last two axes, whose inner extents agree; their leading axes
/// broadcast to those of `shape`, that of the result.
template <class T>
Array<T> multiply_matrices(const Array<T>& a, const Array<T>& b, Transpose transpose_a, Transpose transpose_b,
                           const Shape& shape);

}  // namespace xgrad
