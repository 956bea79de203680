#pragma once

#include <xgrad/core/kernels/convolution.hpp>

namespace xgrad::kernels::patches {

/// Whether weight_gradient_by_winograd can do it, and is faster than a product of patches.
bool weights_suit_winograd(const Convolution& convolution);

/// Writes dw, as convolve_weight_gradient.
template <class T>
void weight_gradient_by_winograd(const Convolution& convolution, const T* x, const T* dy, T* dw);

}  // namespace xgrad::kernels::patches
