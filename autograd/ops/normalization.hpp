#pragma once

#include <xgrad/autograd/tensor.hpp>
#include <xgrad/core/kernels/normalization.hpp>

// Normalization. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// The statistics that `batch_norm` computed from its batch.
template <class T>
struct BatchStatistics {
    Array<T> mean;  ///< (features)
    Array<T> variance;  ///< (features), biased: divided by the number of elements of a feature
    double count = 0;  ///< this number; of a `Shard`, in all shards
};

/// What an op applies to its result: nothing, or `relu`.
using kernels::Activation;

/// Normalizes each feature over the batch, or each channel of images over their pixels, too: gamma (x - mean)
/// / sqrt(variance + epsilon) + beta, with the batch's mean and biased variance (Ioffe and Szegedy 2015,
/// arXiv:1502.03167, algorithm 1). In a `Shard`, the batch is that of all shards, unless it says otherwise.
/// @param x  (batch, features) or (batch, channels, ...), with at least one element of each.
/// @param gamma, beta  (features) or (channels), or both undefined for 1 and 0.
/// @param statistics  receives the batch's mean and variance, if not null.
/// @param activation  applied to the result, of images in the same pass over memory.
/// @throws ShapeError  other shapes, or an empty batch.
/// @throws ValueError  epsilon is not finite and positive, or only one of gamma and beta is given.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon = 1e-5,
                     BatchStatistics<T>* statistics = nullptr, Activation activation = Activation::none);

/// Normalizes each feature, or each channel of images, with a given mean and variance: gamma (x - mean) /
/// sqrt(variance + epsilon) + beta. Gradients flow to all five Tensors.
/// @param x  (batch, features) or (batch, channels, ...).
/// @param gamma, beta  (features) or (channels), or both undefined for 1 and 0.
/// @param mean, variance  (features) or (channels).
/// @throws ShapeError  other shapes.  @throws ValueError  as for the form above.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, const Tensor<T>& mean,
                     const Tensor<T>& variance, double epsilon = 1e-5);

/// Normalizes each example over its last axes: gamma (x - mean) / sqrt(variance + epsilon) + beta, with the
/// mean and the biased variance of these elements (Ba et al. 2016, arXiv:1607.06450).
/// @param x  (..., normalized...).  @param normalized  the extents of the axes, at least one.
/// @param gamma, beta  of that shape, or undefined for 1 and 0; beta only with gamma.
/// @throws ShapeError  x does not end in `normalized`, which has no elements, or other shapes.
/// @throws ValueError  epsilon is not finite and positive, or beta is given without gamma.
template <class T>
Tensor<T> layer_norm(const Tensor<T>& x, const Shape& normalized, const Tensor<T>& gamma = {},
                     const Tensor<T>& beta = {}, double epsilon = 1e-5);

/// Divides each example by the root mean square of its last axes: gamma x / sqrt(mean(x^2) + epsilon) (Zhang
/// and Sennrich 2019, arXiv:1910.07467).
/// @param x  (..., normalized...).  @param normalized  the extents of the axes, at least one.
/// @param gamma  of that shape, or undefined for 1.
/// @throws ShapeError  x does not end in `normalized`, which has no elements, or gamma has another shape.
/// @throws ValueError  epsilon is not finite and positive.
template <class T>
Tensor<T> rms_norm(const Tensor<T>& x, const Shape& normalized, const Tensor<T>& gamma = {},
                   double epsilon = 1e-5);

/// Normalizes each example over groups of consecutive channels and all later axes, as `layer_norm` does, then
/// scales and shifts each channel (Wu and He 2018, arXiv:1803.08494).
/// @param x  (batch, channels, ...).  @param gamma, beta  (channels), or both undefined for 1 and 0.
/// @throws ShapeError  other shapes, no elements in a group, or the channels are no multiple of `groups`.
/// @throws ValueError  no groups, epsilon is not finite and positive, or only one of gamma and beta is given.
template <class T>
Tensor<T> group_norm(const Tensor<T>& x, std::size_t groups, const Tensor<T>& gamma = {},
                     const Tensor<T>& beta = {}, double epsilon = 1e-5);

}  // namespace xgrad
