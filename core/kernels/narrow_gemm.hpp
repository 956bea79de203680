#pragma once

#include <cstddef>

namespace xgrad::kernels {

// Matrix products for the shapes of small nets, for which a BLAS tuned for large square matrices is slow. The
// result of an element of C does not depend on its position, so that a product can be split between threads
// without changing a bit. k is at least 1.

/// C[i, j] = sum_l A[i, l] B[j, l], added to C if `accumulate`. For a large inner extent k, and contiguous
/// rows of A and B. Computes register blocks of dot products; up to 4 KB of each row (k elements) keeps the
/// rows of a block in the first-level cache.
template <class T>
void dot_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, std::size_t lda, const T* b,
                      std::size_t ldb, bool accumulate, T* c, std::size_t ldc);

/// The strides of a matrix.
struct Strides {
    std::size_t row;  ///< Elements from one row to the next.
    std::size_t column;  ///< Elements from one column to the next.
};

/// C[i, j] = sum_l A[i, l] B[l, j], added to C if `accumulate`. For a small inner extent k, and a small m or
/// n. Multiplies packed panels of B by broadcast elements of A: outer products that stay in registers.
template <class T>
void outer_product_gemm(std::size_t m, std::size_t n, std::size_t k, const T* a, Strides a_strides,
                        const T* b, Strides b_strides, bool accumulate, T* c, std::size_t ldc);

/// A factor pair of `sum_outer_products`: A is (k, m), B is (k, n), with contiguous rows.
template <class T>
struct OuterProduct {
    std::size_t k;  ///< Rows of both; may be 0.
    const T* a;  ///< A.
    const T* b;  ///< B.
};

/// C = the sum of A^T B over `count` pairs, at least one: C is (m, n), contiguous. Each product is computed
/// on its own, and they are added in the order of a tree: the sum of the first half of the pairs, rounded
/// down, and that of the others. So an element's bits do not depend on how many pairs are added by one call,
/// if calls for the halves take its place.
template <class T>
void sum_outer_products(std::size_t m, std::size_t n, std::size_t count, const OuterProduct<T>* pairs, T* c);

}  // namespace xgrad::kernels
