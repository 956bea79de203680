#pragma once

#include <cstddef>
#include <functional>

#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// Draws one element of a weight that connects `fan_in` inputs with `fan_out` outputs.
using Initializer = std::function<double(std::size_t fan_in, std::size_t fan_out, Rng& rng)>;

/// A trainable Tensor of shape (fan_out, fan_in); `initializer` draws each element.
/// @throws ValueError  `initializer` is empty.  @throws ShapeError  2^60 elements or more.
template <class T>
Tensor<T> initialized_weight(std::size_t fan_out, std::size_t fan_in, const Initializer& initializer,
                             Rng& rng);

namespace init {

/// Normal with standard deviation sqrt(2 / fan_in), for layers before a ReLU (He et al. 2015,
/// arXiv:1502.01852, eq. 10).
Initializer he_normal();
/// Normal with standard deviation sqrt(1 / fan_in): "Xavier" as the assignment uses the name. (Glorot and
/// Bengio 2010 use the average of fan_in and fan_out.)
Initializer xavier_normal();
/// Normal with standard deviation `sigma`. @throws ValueError  sigma is negative or not finite.
Initializer normal(double sigma);
/// Always 0.
Initializer zeros();
/// Always 1.
Initializer ones();

}  // namespace init
}  // namespace xgrad
