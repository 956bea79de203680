#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Mean and biased variance of each column of the (rows, n) matrix x: two passes, accumulated in double.
template <class T>
void column_statistics(std::size_t rows, std::size_t n, const T* x, T* mean, T* variance);

/// y = gamma (x - mean) inverse_deviation + beta, each a row vector of n; gamma and beta may both be null (1
/// and 0).
template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y);

/// The gradients of batch norm in training, where mean and deviation depend on x (docs/numerics.md derives
/// them):
///   dbeta = sum_i dy_i,  dgamma = sum_i dy_i xhat_i,  dx = gamma inverse_deviation (dy - dbeta / rows - xhat
///   dgamma / rows).
/// gamma may be null (1); dx may be null (not wanted).
template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta);

}  // namespace xgrad::kernels
