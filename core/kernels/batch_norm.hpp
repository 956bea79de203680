#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Mean and biased variance of each column of the (rows, n) matrix x: two passes, accumulated in double.
template <class T>
void column_statistics(std::size_t rows, std::size_t n, const T* x, T* mean, T* variance);

/// y = gamma (x - mean) inverse_deviation + beta. x and y are (rows, n), the others row vectors of n
/// elements; gamma and beta may both be null (1 and 0).
template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y);

/// The gradients of batch norm in training, where mean and deviation depend on x (derived in
/// docs/numerics.md):
///   dbeta = sum_i dy_i,  dgamma = sum_i dy_i xhat_i,
///   dx = gamma inverse_deviation (dy - dbeta / rows - xhat dgamma / rows).
/// gamma may be null (1); dx may be null (not needed).
template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta);

}  // namespace xgrad::kernels
