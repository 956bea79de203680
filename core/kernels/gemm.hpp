#pragma once

#include <cstddef>

namespace xgrad {

/// Whether a matrix product reads an operand as stored or transposed; neither makes a copy.
enum class Transpose { no, yes };

namespace kernels {

/// C = op(A) op(B), or C += op(A) op(B) if `accumulate`, for row-major matrices: op(A) is (m, k), op(B) is
/// (k, n), C is (m, n). Large products are split between threads. xgrad's own kernels compute those with a
/// narrow C, OpenBLAS the others.
/// @param lda, ldb, ldc  the distance in elements between the starts of two rows as stored.
/// @throws ShapeError  an extent is too large for BLAS to index.
template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const T* a, std::size_t lda, const T* b, std::size_t ldb, bool accumulate, T* c, std::size_t ldc);

}  // namespace kernels
}  // namespace xgrad
