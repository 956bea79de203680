#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// y[r] = scale times the sum of row r of the (rows, n) matrix x, accumulated in double and rounded once.
template <class T>
void sum_rows(std::size_t rows, std::size_t n, const T* x, T* y, double scale = 1);

/// y[j] = scale times the sum of column j of the (rows, n) matrix x, accumulated in double and rounded once.
template <class T>
void sum_columns(std::size_t rows, std::size_t n, const T* x, T* y, double scale = 1);

/// The sum of squares of n values, accumulated in double.
template <class T>
double sum_of_squares(std::size_t n, const T* x);

/// The operations of reduce_rows().
enum class RowReduction { variance_sum, maximum, minimum, logsumexp };

/// y[r] = op(row r) of the (rows, n) matrix x. `variance_sum` is the sum of squared deviations from the row's
/// mean. For n = 0 the results are 0, -inf, inf, -inf.
template <class T>
void reduce_rows(RowReduction op, std::size_t rows, std::size_t n, const T* x, T* y);

/// Adds the column sums, and the column sums of squares, of a (rows, n) matrix of bytes to `sums` and
/// `squares`, exactly.
void sum_byte_columns(std::size_t rows, std::size_t n, const unsigned char* x, unsigned long long* sums,
                      unsigned long long* squares);

}  // namespace xgrad::kernels
