#pragma once

#include <cstddef>
#include <functional>

#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// Draws all elements of a weight, which has its shape already: (outputs, inputs, ...).
using Initializer = std::function<void(Array<double>& weight, Rng& rng)>;

/// A trainable Tensor of that shape, drawn in double and rounded.
/// @throws ValueError  `initializer` is empty.  @throws ShapeError  2^60 elements or more; or the initializer
/// cannot draw a weight of that shape.
template <class T>
Tensor<T> initialized_weight(const Shape& shape, const Initializer& initializer, Rng& rng);

/// The numbers of inputs of an output, and of outputs of an input, that a weight of shape (outputs, inputs,
/// ...) connects; later axes belong to both.
struct Fans {
    std::size_t in;  ///< Inputs of an output.
    std::size_t out;  ///< Outputs of an input.
};
/// The fans of a shape. @throws ShapeError  it has less than two axes.
Fans fans(const Shape& shape);

namespace init {

/// Which fan scales a weight: that of the inputs keeps the variance of activations, that of the outputs the
/// variance of gradients.
enum class Fan { in, out, average };

/// Normal with variance 2 / fan, for layers before a ReLU (He et al. 2015, arXiv:1502.01852, eq. 10).
Initializer he_normal(Fan fan = Fan::in);
/// Uniform with variance 2 / fan: within sqrt(6 / fan).
Initializer he_uniform(Fan fan = Fan::in);
/// Normal with variance 1 / fan, by default of the average fan (Glorot and Bengio 2010).
Initializer glorot_normal(Fan fan = Fan::average);
/// Uniform with variance 1 / fan, by default of the average fan: within sqrt(6 / (fan_in + fan_out)) (Glorot
/// and Bengio 2010, eq. 16).
Initializer glorot_uniform(Fan fan = Fan::average);
/// glorot_normal(Fan::in): "Xavier" as the assignment uses the name.
Initializer xavier_normal();
/// Uniform within 1 / sqrt(fan_in), PyTorch's default of a Linear.
Initializer pytorch_default();
/// Normal with standard deviation `sigma`. @throws ValueError  sigma is negative or not finite.
Initializer normal(double sigma);
/// Normal with standard deviation `sigma`, drawn again where it is further than `bound` from 0.
/// @throws ValueError  sigma is negative or not finite, or the bound is not positive, or so small that hardly
/// any draw is within (less than sigma / 100).
Initializer truncated_normal(double sigma, double bound);
/// Uniform in [low, high). @throws ValueError  as for Rng::uniform().
Initializer uniform(double low, double high);
/// Rows, or columns if they are fewer, that are orthogonal and of length `gain` (Saxe et al. 2014,
/// arXiv:1312.6120); later axes belong to the columns. @throws ValueError  gain is not finite.
Initializer orthogonal(double gain = 1);
/// Always c. @throws ValueError  c is not finite.
Initializer constant(double c);
/// Always 0.
Initializer zeros();
/// Always 1.
Initializer ones();

}  // namespace init
}  // namespace xgrad
