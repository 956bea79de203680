#pragma once

#include <xgrad/core/kernels/convolution.hpp>

namespace xgrad::kernels::patches {

/// Whether there are so few results for each weight that weight_gradient_of_few_pixels is faster.
bool weights_see_few_pixels(const Convolution& convolution);

/// Writes dw, as convolve_weight_gradient: dw is a product as it lies, of patches that are stored.
template <class T>
void weight_gradient_of_few_pixels(const Convolution& convolution, const T* x, const T* dy, T* dw);

/// Whether weight_gradient_by_winograd can do it, and is faster than a product of patches.
bool weights_suit_winograd(const Convolution& convolution);

/// Writes dw, as convolve_weight_gradient.
template <class T>
void weight_gradient_by_winograd(const Convolution& convolution, const T* x, const T* dy, T* dw);

}  // namespace xgrad::kernels::patches
