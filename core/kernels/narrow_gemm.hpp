#pragma once

#include <cstddef>

namespace xgrad::kernels {

// Matrix products for the shapes of small nets, which a BLAS that was tuned for large square matrices leaves
// slow. An element of C does not depend on where it lies, so that a product may be split between threads
// without changing a bit. k is at least 1.

/// C[i, j] = sum_l A[i, l] B[j, l], added to C where `accumulate`: for a long inner extent k and rows of A
/// and B that are contiguous. Register blocks of dot products; a k of up to 4 KB keeps a block's rows in the
/// first-level cache.
template <class T>
void dot_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda, const T* b,
                      std::size_t ldb, bool accumulate, T* c, std::size_t ldc);

/// How to walk through a matrix.
struct Strides {
    std::size_t row;     ///< Elements from one row to the next.
    std::size_t column;  ///< Elements from one column to the next.
};

/// C[i, j] = sum_l A[i, l] B[l, j], added to C where `accumulate`: for a short inner extent k and a small m
/// or n. Panels of B, packed, times broadcast elements of A: outer products that stay in registers.
template <class T>
void outer_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, Strides a_strides,
                        const T* b, Strides b_strides, bool accumulate, T* c, std::size_t ldc);

}  // namespace xgrad::kernels
