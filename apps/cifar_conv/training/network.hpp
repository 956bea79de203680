#pragma once

#include "cifar_conv/training/config.hpp"

#include <xgrad/core/rng.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/nn/init.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_conv {

/// One of two nets of 3x3 convolutions with `width` channels, then twice, four times and eight times as many,
/// each followed by batch norm, if set, and ReLU; last the mean of each channel and a linear layer to the
/// classes. `weights` are those of the convolutions and of the linear layer.
///
/// `vgg` (Simonyan and Zisserman 2015, arXiv:1409.1556): one convolution of the first width and two of each
/// other, a max pooling between one width and the next.
///
/// `resnet` (He et al. 2016, arXiv:1512.03385): a convolution, and a residual block of two convolutions for
/// each width. Where the width doubles, the block halves the image, and its shortcut is a 1x1 convolution.
xgrad::Sequential<float> make_network(const Config& config, const xgrad::ImageShape& shape,
                                      std::size_t classes, xgrad::Rng& rng,
                                      const xgrad::Initializer& weights = xgrad::init::he_normal());

}  // namespace cifar_conv
