#pragma once

#include <cstddef>
#include <cstdint>

namespace xgrad::kernels {

/// The sum of n values, accumulated in double.
template <class T>
double sum(std::size_t n, const T* x);

/// The sum of squared deviations of n values from `center`, accumulated in double.
template <class T>
double sum_of_squares(std::size_t n, const T* x, double center = 0);

/// The sum of the products of n pairs of values, accumulated in double.
template <class T>
double dot(std::size_t n, const T* a, const T* b);

/// y[r] = scale times the sum of row r of the (rows, n) matrix x, accumulated in double and rounded once.
template <class T>
void sum_rows(std::size_t rows, std::size_t n, const T* x, T* y, double scale = 1);

/// y[j] = scale times the sum of column j of a (rows, n) matrix, whose rows are `stride` apart in x,
/// accumulated in double and rounded once.
template <class T>
void sum_columns(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y, double scale = 1);

/// The operations of reduce_rows() and reduce_columns().
enum class RowReduction { variance_sum, maximum, minimum, logsumexp };

/// y[r] = op(row r) of the (rows, n) matrix x. `variance_sum` is `scale` times the sum of squared deviations
/// from the row's mean, rounded once; of the others `scale` is 1. For n = 0 the results are 0, -inf, inf,
/// -inf.
template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y, double scale = 1);

/// y[j] = op(column j), the maximum or the minimum, of a (rows, n) matrix whose rows are `stride` apart in x.
template <class T>
void reduce_columns(RowReduction op, std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* y);

/// The maximum of each of n windows, and its position: of the elements x[offsets[t] + j stride] of window j
/// the first largest, or the last NaN.
/// @param offsets  `taps` of them, at least one.
template <class T>
void window_maxima(std::size_t n, std::size_t stride, const T* x, std::size_t taps,
                   const std::int32_t* offsets, T* y, std::int32_t* positions);

/// Adds the column sums, and the column sums of squares, of a (rows, n) matrix of bytes to `sums` and
/// `squares`, exactly.
void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x, unsigned long long* sums,
                      unsigned long long* squares);

}  // namespace xgrad::kernels
