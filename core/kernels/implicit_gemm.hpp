#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// The rows of a register block: what `implicit_gemm` computes together.
inline constexpr std::size_t implicit_rows = 6;
/// The columns of a panel are a multiple of this, for registers of any width.
inline constexpr std::size_t implicit_columns = 16;

/// C[i, j] = sum_l x[rows[i] + steps[l]] panel[l, j], added to C if `accumulate`: the product of a matrix
/// whose elements lie at sums of two offsets, as the patches of an image do, and which is nowhere stored. An
/// element's sum has one order, wherever the element lies.
/// @param m  rows of C, a multiple of implicit_rows.  @param rows  their m offsets.
/// @param k  the length of the sums.  @param steps  their k offsets.
/// @param panel  (k, n), aligned to 64 bytes.  @param n  a multiple of implicit_columns.
/// @param c  (m, n).
template <class T>
void implicit_gemm(std::size_t m, const std::ptrdiff_t* rows, std::size_t k, const std::ptrdiff_t* steps,
                   const T* x, const T* panel, std::size_t n, bool accumulate, T* c);

/// y[i, j] = x[i, j] for a matrix of m short rows of n elements.
/// @param ldx, ldy  the distance in elements between the starts of two rows.
template <class T>
void copy_rows(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy);

/// y[j, i] = x[i, j] for a matrix of m rows and n columns.
/// @param ldx, ldy  the distance in elements between the starts of two rows.
template <class T>
void transpose_matrix(std::size_t m, std::size_t n, const T* x, std::size_t ldx, T* y, std::size_t ldy);

}  // namespace xgrad::kernels
