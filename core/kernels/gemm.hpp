#pragma once

#include <cstddef>

namespace xgrad {

/// Whether a matrix product reads an operand as it is or transposed; neither copies.
enum class Transpose { no, yes };

namespace kernels {

/// C = alpha op(A) op(B) + beta C for row-major matrices: op(A) is (m, k), op(B) is (k, n), C is (m, n).
/// @param lda, ldb, ldc  elements between the starts of two rows as stored.
template <class T>
void gemm(Transpose transpose_a, Transpose transpose_b, std::size_t m, std::size_t n, std::size_t k, T alpha, const T* a, std::size_t lda,
          const T* b, std::size_t ldb, T beta, T* c, std::size_t ldc);

}  // namespace kernels
}  // namespace xgrad
