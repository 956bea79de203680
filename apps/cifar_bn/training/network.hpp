#pragma once

#include "cifar_bn/training/config.hpp"

#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// The report's net: linear, batch norm if set, and ReLU for every hidden width, then a linear layer to the
/// classes.
template <class T>
xgrad::Sequential<T> make_network(std::size_t features, const std::vector<std::size_t>& hidden,
                                  std::size_t classes, bool batch_norm, const xgrad::Initializer& initializer,
                                  xgrad::Rng& rng, const xgrad::BatchNormOptions& batch_norm_options = {});

/// lambda times the sum of the squares of all parameters that decay (the weights).
template <class T>
double regularization(xgrad::Module<T>& net, double lambda);

}  // namespace cifar_bn
