#pragma once

#include <cstddef>

namespace xgrad::kernels {

inline constexpr std::size_t narrow_channels = 4;  ///< At most so many channels are computed together.
inline constexpr std::size_t narrow_pixels = 64;   ///< A multiple of those that are computed together.

/// y[o, i] = sum_l w[l, o] x[i + steps[l]]: a correlation to few channels, over pixels that lie next to each
/// other. An element's sum has one order, wherever the element lies.
/// @param n  pixels, a multiple of narrow_pixels.  @param out  channels of y, at most narrow_channels.
/// @param k  the length of the sums.  @param steps  their k offsets.  @param w  (k, out).  @param y  (out,
/// n).
template <class T>
void narrow_correlation(std::size_t n, std::size_t out, std::size_t k, const std::ptrdiff_t* steps,
                        const T* x, const T* w, T* y);

}  // namespace xgrad::kernels
