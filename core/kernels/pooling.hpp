#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <xgrad/core/kernels/convolution.hpp>

namespace xgrad::kernels {

/// What an element of a pooled axis is computed from.
struct Stretch {
    std::size_t begin;  ///< The first element; the next ones are a step apart.
    std::size_t end;  ///< Behind the last one.
    std::size_t divisor;  ///< What a mean is divided by: it may count zeros around the image.
};

/// The windows of a pooled image.
struct Pooling {
    Plane input;  ///< The extents of the image.
    std::vector<Stretch> rows;  ///< For each row of the result.
    std::vector<Stretch> columns;  ///< For each column of the result.
    Plane step;  ///< From one element of a window to the next; of a mean {1, 1}.

    /// The elements of the result.
    std::size_t outputs() const { return rows.size() * columns.size(); }
};

/// For each of `planes` images: the largest element of each window, and its position in the image; of equal
/// ones the first, of NaN the last. Every window has an element, and an image less than 2^31.
template <class T>
void max_pool(std::size_t planes, const Pooling& pooling, const T* x, T* y, std::int32_t* positions);

/// The gradient of `max_pool`: dx has each dy at its position, and zeros elsewhere; several at one add up.
/// @param inputs, outputs  the elements of an image before and after pooling.
template <class T>
void max_pool_gradient(std::size_t planes, std::size_t inputs, std::size_t outputs,
                       const std::int32_t* positions, const T* dy, T* dx);

/// The sum of each window over the product of its divisors.
template <class T>
void average_pool(std::size_t planes, const Pooling& pooling, const T* x, T* y);

/// The gradient of `average_pool`.
template <class T>
void average_pool_gradient(std::size_t planes, const Pooling& pooling, const T* dy, T* dx);

}  // namespace xgrad::kernels
