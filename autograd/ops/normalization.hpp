#pragma once

#include <xgrad/autograd/tensor.hpp>

// Normalization. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The statistics that `batch_norm` computed from its batch.
template <class T>
struct BatchStatistics {
    Array<T> mean;  ///< (features)
    Array<T> variance;  ///< (features), biased: divided by the batch size
};

/// Normalizes each feature over the batch: gamma (x - mean) / sqrt(variance + epsilon) + beta, with the
/// batch's mean and biased variance (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1).
/// @param x  (batch, features), batch >= 1.  @param gamma, beta  (features), or both undefined for 1 and 0.
/// @param statistics  receives the batch's mean and variance, if not null.
/// @throws ShapeError  other shapes, or an empty batch.
/// @throws ValueError  epsilon is not finite and positive, or only one of gamma and beta is given.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon = 1e-5,
                     BatchStatistics<T>* statistics = nullptr);

/// Normalizes each feature with a given mean and variance: gamma (x - mean) / sqrt(variance + epsilon) +
/// beta. Gradients flow to all five Tensors.
/// @param x  (batch, features).  @param gamma, beta  (features), or both undefined for 1 and 0.
/// @param mean, variance  (features).
/// @throws ShapeError  other shapes.  @throws ValueError  as for the form above.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, const Tensor<T>& mean,
                     const Tensor<T>& variance, double epsilon = 1e-5);

}  // namespace xgrad
