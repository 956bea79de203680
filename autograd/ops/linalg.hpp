#pragma once

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/kernels/gemm.hpp>

// Products of matrices. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The matrix product op(a) op(b), where op is the transpose (made without a copy) or the identity.
/// @param a  (m, k), or (k, m) transposed.  @param b  (k, n), or (n, k) transposed.  @returns  (m, n).
/// @throws ShapeError  an operand is not 2-D, or the inner extents differ.
template <class T>
Tensor<T> matmul(const Tensor<T>& a, const Tensor<T>& b, Transpose transpose_a = Transpose::no,
                 Transpose transpose_b = Transpose::no);

/// x weight^T + bias: an affine layer.
/// @param x  (batch, in).  @param weight  (out, in).  @param bias  (out), or undefined for none.
/// @returns  (batch, out).
/// @throws ShapeError  any other shape.
template <class T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {});

}  // namespace xgrad
