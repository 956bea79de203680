#pragma once

#include <string_view>
#include <vector>

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/kernels/gemm.hpp>

// Products and norms. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The matrix products op(a) op(b), where op is the transpose (made without a copy) or the identity, of the
/// matrices along the last two axes; the leading axes broadcast.
/// @param a  (..., m, k), or (..., k, m) transposed.  @param b  (..., k, n), or (..., n, k) transposed.
/// @returns  (..., m, n).
/// @throws ShapeError  an operand has less than two axes, the inner extents differ, or the leading axes do
/// not broadcast.
template <class T>
Tensor<T> matmul(const Tensor<T>& a, const Tensor<T>& b, Transpose transpose_a = Transpose::no,
                 Transpose transpose_b = Transpose::no);

/// x weight^T + bias: an affine layer.
/// @param x  (..., in).  @param weight  (out, in).  @param bias  (out), or undefined for none.
/// @returns  (..., out).
/// @throws ShapeError  any other shape.
template <class T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {});

/// The sum of the products of the elements of two vectors, shape ().
/// @throws ShapeError  an operand has not one axis, or the extents differ.
template <class T>
Tensor<T> dot(const Tensor<T>& a, const Tensor<T>& b);

/// The products of each element of a with each of b. @param a  (m).  @param b  (n).  @returns  (m, n).
/// @throws ShapeError  an operand has not one axis, or the result is too large.
template <class T>
Tensor<T> outer(const Tensor<T>& a, const Tensor<T>& b);

/// The p-norm over `axes`, for p = 1 (the sum of |x|), 2, or infinity (the largest |x|). Subgradient of the
/// 2-norm at 0: 0.
/// @throws ValueError  another p.
/// @throws ShapeError  an axis is out of range or given twice; or there is no element for p = infinity.
template <class T>
Tensor<T> norm(const Tensor<T>& x, double p, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The p-norm of all elements, shape ().
template <class T>
Tensor<T> norm(const Tensor<T>& x, double p = 2);

/// Sums of products, by the labels of the axes: einsum("ij,jk->ik", {a, b}) is a matrix product. Labels are
/// letters. What the result lacks is summed; a label that an operand has twice takes its diagonal. Without
/// an arrow the result has all labels that occur once, in alphabetical order. Operands are contracted from
/// left to right, as matrix products.
/// @throws ValueError  the equation has another form, or another number of operands.
/// @throws ShapeError  an operand has another number of axes, or a label has two extents.
template <class T>
Tensor<T> einsum(std::string_view equation, const std::vector<Tensor<T>>& operands);

}  // namespace xgrad
