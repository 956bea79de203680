#pragma once

#include <cstddef>

namespace xgrad {

/// Whether a matrix product reads an operand as it is or transposed; neither copies.
enum class Transpose { no, yes };

namespace kernels {

/// C = op(A) op(B), added to C where `accumulate`, for row-major matrices: op(A) is (m, k), op(B) is (k, n),
/// C is (m, n). Large products are split between threads, those with a narrow C are computed by xgrad's own
/// kernels, the others by OpenBLAS.
/// @param lda, ldb, ldc  elements between the starts of two rows as stored.
/// @throws ShapeError  an extent that BLAS cannot index.
template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k,
          const T* a, std::size_t lda, const T* b, std::size_t ldb, bool accumulate, T* c, std::size_t ldc);

}  // namespace kernels
}  // namespace xgrad
