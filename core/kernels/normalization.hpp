#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// Mean and biased variance of each column of a (rows, n) matrix, whose rows are `stride` apart in x: two
/// passes, accumulated in double.
template <class T>
void column_statistics(std::size_t rows, std::size_t n, std::size_t stride, const T* x, T* mean, T* variance);

/// y = gamma (x - mean) inverse_deviation + beta. x and y are (rows, n), the others row vectors of n
/// elements; gamma and beta may both be null (1 and 0).
template <class T>
void batch_norm(std::size_t rows, std::size_t n, const T* x, const T* mean, const T* inverse_deviation,
                const T* gamma, const T* beta, T* y);

/// The gradients of batch norm in training, where mean and deviation depend on x (derived in
/// docs/numerics.md):
///   dbeta = sum_i dy_i,  dgamma = sum_i dy_i xhat_i,
///   dx = gamma inverse_deviation (dy - dbeta / rows - xhat dgamma / rows).
/// gamma may be null (1); dx may be null (not needed). The rows of x, dy and dx are `stride` apart.
template <class T>
void batch_norm_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x, const T* mean,
                          const T* inverse_deviation, const T* gamma, const T* dy, T* dx, T* dgamma,
                          T* dbeta);

/// What follows a normalization, in the same pass over memory: nothing, or max(y, 0).
enum class Activation { none, relu };

/// Batch norm of images, (batch, channels, plane): each channel with the mean and the biased variance of all
/// its pixels.
/// @param gamma, beta  an element for each channel, or null for 1 and 0.
/// @param mean, variance, inverse_deviation  receive an element for each channel.
template <class T>
void channel_norm(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, double epsilon,
                  const T* gamma, const T* beta, Activation activation, T* y, T* mean, T* variance,
                  T* inverse_deviation);

/// The gradients of `channel_norm`: those of `batch_norm_gradients`, where a row is a pixel. Where a `relu`
/// has made y 0, dy counts as 0.
template <class T>
void channel_norm_gradients(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                            const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                            Activation activation, const T* dy, T* dx, T* dgamma, T* dbeta);

// Batch norm in steps, for a batch of which other parts are elsewhere: between the steps, sums are added up.
// x is (batch, channels, plane), with a plane of one element for features. Sums have an element for each
// channel.

/// sums = those of x.
template <class T>
void channel_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, double* sums);

/// sums = those of (x - mean)^2.
template <class T>
void channel_square_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                         const double* means, double* sums);

/// y = gamma (x - mean) inverse_deviation + beta, and the activation; gamma and beta may both be null.
template <class T>
void channel_scale(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, const T* mean,
                   const T* inverse_deviation, const T* gamma, const T* beta, Activation activation, T* y);

/// sums = those of dy, products = those of dy xhat; dy counts as in `channel_norm_gradients`.
template <class T>
void channel_gradient_sums(std::size_t batch, std::size_t channels, std::size_t plane, const T* x,
                           const T* mean, const T* inverse_deviation, const T* gamma, const T* beta,
                           Activation activation, const T* dy, double* sums, double* products);

/// dx = gamma inverse_deviation (dy - mean_dy - xhat mean_product), where these are the sums over the whole
/// batch divided by its number of elements.
template <class T>
void channel_gradient(std::size_t batch, std::size_t channels, std::size_t plane, const T* x, const T* mean,
                      const T* inverse_deviation, const T* gamma, const T* beta, Activation activation,
                      const T* dy, const T* mean_dy, const T* mean_product, T* dx);

/// Normalizes each row of the (rows, n) matrix x: y = gamma (x - mean) inverse_deviation + beta, where
/// inverse_deviation is 1 / sqrt(mean of (x - mean)^2 + epsilon). A null `mean` stands for 0: the root mean
/// square.
/// @param gamma, beta  n elements, or null for 1 and 0.
/// @param mean, inverse_deviation  receive an element for each row.
template <class T>
void layer_norm(std::size_t rows, std::size_t n, const T* x, double epsilon, const T* gamma, const T* beta,
                T* y, T* mean, T* inverse_deviation);

/// The gradient of `layer_norm` with respect to x, by row: with g = gamma dy and xhat = (x - mean)
/// inverse_deviation it is inverse_deviation (g - mean(g) - xhat mean(g xhat)), without mean(g) if `mean` is
/// null.
template <class T>
void layer_norm_gradient(std::size_t rows, std::size_t n, const T* x, const T* mean,
                         const T* inverse_deviation, const T* gamma, const T* dy, T* dx);

/// Those with respect to gamma and beta: dgamma = sum_i dy_i xhat_i, dbeta = sum_i dy_i. Null: not needed.
/// The rows of x and dy are `stride` apart.
template <class T>
void layer_norm_parameter_gradients(std::size_t rows, std::size_t n, std::size_t stride, const T* x,
                                    const T* mean, const T* inverse_deviation, const T* dy, T* dgamma,
                                    T* dbeta);

}  // namespace xgrad::kernels
