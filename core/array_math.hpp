#pragma once

#include <type_traits>

#include <xgrad/core/array.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/gemm.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/shape.hpp>

// Arithmetic on arrays, without a graph: what the ops compute with.
namespace xgrad {

/// An array of that shape, its elements uninitialised.
template <class T>
Array<T> uninitialized(const Shape& shape) {
    return Array<T>(shape);
}

/// An array of that shape with every element equal to `value`.
template <class T>
Array<T> filled(const Shape& shape, T value) {
    return Array<T>(shape, value);
}

/// op of every element.
template <class T>
Array<T> map(kernels::Unary op, const Array<T>& x);

/// op of every pair of elements, broadcast.
/// @throws ShapeError  in the name of `name`, where the shapes do not broadcast.
template <class T>
Array<T> map(kernels::Binary op, const Array<T>& a, const Array<T>& b, const char* name);

/// op(x, c) for every element and one constant.
template <class T>
Array<T> map(kernels::Binary op, const Array<T>& x, std::type_identity_t<T> c);
/// op(c, x) for every element and one constant.
template <class T>
Array<T> map(kernels::Binary op, std::type_identity_t<T> c, const Array<T>& x);

/// a += b for arrays of the same shape.
template <class T>
void add_to(Array<T>& a, const Array<T>& b);

/// `x` broadcast to `shape`, which it must broadcast to.
template <class T>
Array<T> broadcast_array(const Array<T>& x, const Shape& shape);

/// `scale` times the sum of `x` over `axes` (normalized), accumulated in double and rounded once.
template <class T>
Array<T> sum_axes(const Array<T>& x, const Axes& axes, KeepDims keepdims, double scale = 1);

/// Another reduction of `x` over `axes` (normalized).
template <class T>
Array<T> reduce_axes(kernels::RowReduction op, const Array<T>& x, const Axes& axes, KeepDims keepdims);

/// `x` with its axes in another order: result.shape[i] = x.shape[order[i]].
template <class T>
Array<T> permute_axes(const Array<T>& x, const Axes& order);

/// op(a) op(b) for 2-D arrays whose inner extents agree.
template <class T>
Array<T> multiply_matrices(const Array<T>& a, const Array<T>& b, Transpose transpose_a,
                           Transpose transpose_b);

}  // namespace xgrad
