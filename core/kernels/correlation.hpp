#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <xgrad/core/kernels/patches.hpp>

// What a convolution and the gradient of its x are.
namespace xgrad::kernels::patches {

/// A map of images: y[o, origin + step p] = sum over c and t of x[c, stride p + t] w[o, c, t] for the pixels
/// p of a grid and the taps t of a filter.
template <class T>
struct Correlation {
    std::size_t batch;   ///< Images.
    std::size_t groups;  ///< Of channels, which do not see each other.
    std::size_t in;      ///< Channels of a group of x.
    std::size_t out;     ///< Channels of a group of y.
    Plane input;         ///< The extents of x.
    Plane grid;          ///< Those of the pixels p.
    Plane stride;        ///< In x, from one pixel of the grid to the next.
    std::vector<Offset> taps;         ///< Of the filter, in x.
    const T* w;                       ///< Of tap t at w_tap(t) + c * w_in + o * w_out + group * w_group.
    std::vector<std::size_t> w_taps;  ///< Of w_tap(); empty: t itself.
    std::size_t w_in;     ///< From one channel of x to the next.
    std::size_t w_out;    ///< From one channel of y to the next.
    std::size_t w_group;  ///< From one group to the next.
    const T* bias;        ///< Null: none.
    Plane output;         ///< The extents of y.
    Plane origin;         ///< In y, of the grid's first pixel.
    Plane step;           ///< In y, from one pixel of the grid to the next.

    /// The length of a sum.
    std::size_t depth() const { return in * taps.size(); }

    /// The weights of some channels: a row for each tap of each channel of x.
    void pack(const Columns& columns, T* panel) const {
        const T* from = w + columns.group * w_group + columns.first * w_out;
        const std::size_t n = columns.padded();
        if (columns.count < n) std::fill_n(panel, depth() * n, T{0});
        if (w_in == taps.size()) return transpose_matrix(columns.count, depth(), from, w_out, panel, n);
        for (std::size_t c = 0; c < in; ++c)
            for (std::size_t t = 0; t < taps.size(); ++t, panel += n)
                for (std::size_t o = 0; o < columns.count; ++o)
                    panel[o] = from[c * w_in + w_tap(t) + o * w_out];
    }
    /// The weights of a tap, after those of a channel of x and one of y.
    std::size_t w_tap(std::size_t t) const { return w_taps.empty() ? t : w_taps[t]; }

    /// Writes results (pixels, n) of one image, the first of them for a given pixel of the grid. `buffer` has
    /// their size.
    void store(std::size_t pixels, const Columns& columns, const T* results, std::size_t pixel, T* buffer,
               T* y) const {
        const std::size_t plane = area(output);
        if (grid == output)
            return transpose_matrix(pixels, columns.count, results, columns.padded(), y + pixel, plane);
        transpose_matrix(pixels, columns.count, results, columns.padded(), buffer, pixels);
        const std::size_t end = pixel + pixels;
        for (std::size_t o = 0; o < columns.count; ++o, y += plane)
            for (std::size_t i = pixel; i < end;) {
                const std::size_t row = i / grid[1], first = i % grid[1],
                                  count = std::min(grid[1] - first, end - i);
                T* to = y + (origin[0] + row * step[0]) * output[1] + origin[1] + first * step[1];
                for (std::size_t j = 0; j < count; ++j) to[j * step[1]] = buffer[j];
                buffer += count;
                i += count;
            }
    }
};

/// Whether there are so few results for each weight that correlate_few_pixels is faster.
template <class T>
bool has_few_pixels(const Correlation<T>& map);

/// Writes y: the product of the weights, as they lie, and of patches that are stored.
template <class T>
void correlate_few_pixels(const Correlation<T>& map, const T* x, T* y);

/// Whether y has so few channels that correlate_few_channels is faster.
template <class T>
bool has_few_channels(const Correlation<T>& map);

/// Writes y: pixels lie in the registers, and not channels.
template <class T>
void correlate_few_channels(const Correlation<T>& map, const T* x, T* y);

/// Whether correlate_by_winograd can do it, and is faster than a product of patches.
template <class T>
bool suits_winograd(const Correlation<T>& map);

/// Writes y.
template <class T>
void correlate_by_winograd(const Correlation<T>& map, const T* x, T* y);

}  // namespace xgrad::kernels::patches
