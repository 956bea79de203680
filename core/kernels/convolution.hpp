#pragma once

#include <array>
#include <cstddef>

namespace xgrad::kernels {

/// A number for each axis of an image: rows, columns.
using Plane = std::array<std::size_t, 2>;

/// The extents of a convolution of `batch` images x (in_channels, input...) with the filters
/// w (out_channels, in_channels / groups, kernel...) to images y (out_channels, output...):
/// y[o, p] = sum over c and t of x[c, stride p + dilation t - padding] w[o, c, t], where x is 0 outside of
/// the image and c is a channel of o's group. All arrays are contiguous.
struct Convolution {
    std::size_t batch;  ///< Images.
    std::size_t in_channels;  ///< Of x.
    std::size_t out_channels;  ///< Of y.
    std::size_t groups;  ///< Of channels, which do not see each other.
    Plane input;  ///< The extents of x.
    Plane kernel;  ///< The extents of a filter.
    Plane output;  ///< The extents of y.
    Plane stride;  ///< In x, from one element of y to the next.
    Plane padding;  ///< Zeros before the first element of x.
    Plane dilation;  ///< In x, from one tap of a filter to the next.
};

// The three bilinear maps; each one's derivatives are the other two. They are products of patches of an
// image, which are not stored, and a packed panel (implicit_gemm), or what takes less time: Winograd's
// products, and ways for few pixels and few channels. Nothing depends on the number of threads.

/// y = x * w + bias; a null bias is absent.
template <class T>
void convolve(const Convolution& convolution, const T* x, const T* w, const T* bias, T* y);

/// The gradient of x: what every element of y, given dy, took from it.
template <class T>
void convolve_input_gradient(const Convolution& convolution, const T* w, const T* dy, T* dx);

/// The gradient of w.
template <class T>
void convolve_weight_gradient(const Convolution& convolution, const T* x, const T* dy, T* dw);

}  // namespace xgrad::kernels
