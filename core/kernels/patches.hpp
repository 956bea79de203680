#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/buffer.hpp>
#include <xgrad/core/kernels/convolution.hpp>
#include <xgrad/core/kernels/implicit_gemm.hpp>

// What the maps of convolution.hpp share: where the elements of patches lie, and how channels become panels.
namespace xgrad::kernels::patches {

/// A signed distance in an image: rows, columns.
using Offset = std::array<std::ptrdiff_t, 2>;

inline constexpr std::size_t panel_columns = 64;  ///< Channels of a panel.
inline constexpr std::size_t stretch = 96;  ///< Rows of a panel that stay in the first-level cache.
inline constexpr std::size_t most_rows = 96;  ///< Rows of a result for a panel; a multiple of implicit_rows.
inline constexpr std::size_t most_bytes = std::size_t{1} << 19;  ///< What a thread reads again and again.

constexpr std::size_t ceiling(std::size_t x, std::size_t divisor) { return (x + divisor - 1) / divisor; }
constexpr std::size_t rounded_up(std::size_t x, std::size_t multiple) {
    return ceiling(x, multiple) * multiple;
}
/// The most that parts may have, so that they are as many as with `most`, and nearly equal.
constexpr std::size_t evened(std::size_t all, std::size_t most) { return ceiling(all, ceiling(all, most)); }
constexpr std::size_t area(const Plane& plane) { return plane[0] * plane[1]; }
constexpr std::ptrdiff_t integer(std::size_t x) { return static_cast<std::ptrdiff_t>(x); }

/// Work space that is not initialized.
template <class T>
using Scratch = Buffer<T, RecyclingAllocator<T>>;

/// The channels of a panel. Panels of `groups` groups of channels are numbered group by group.
struct Columns {
    std::size_t group;
    std::size_t first;  ///< Within the group.
    std::size_t count;
    /// The columns of the panel: the last ones may belong to no channel.
    std::size_t padded() const { return rounded_up(count, implicit_columns); }
};
inline std::size_t panels_of(std::size_t channels) { return ceiling(channels, panel_columns); }
inline Columns columns_of(std::size_t panel, std::size_t channels) {
    const std::size_t first = panel % panels_of(channels) * panel_columns;
    return {panel / panels_of(channels), first, std::min(panel_columns, channels - first)};
}

/// The columns of the panels before one. @param channels  those of a group.
inline std::size_t columns_before(const Columns& columns, std::size_t channels) {
    return columns.group * rounded_up(channels, implicit_columns) + columns.first;
}

/// The taps of the filter, as offsets into the image.
inline std::vector<Offset> taps_of(const Convolution& convolution) {
    std::vector<Offset> taps;
    for (std::size_t a = 0; a < convolution.kernel[0]; ++a)
        for (std::size_t b = 0; b < convolution.kernel[1]; ++b)
            taps.push_back({integer(a * convolution.dilation[0]) - integer(convolution.padding[0]),
                            integer(b * convolution.dilation[1]) - integer(convolution.padding[1])});
    return taps;
}

/// Signals, which are images of one row, as images of one column, which lie in memory in the same way: bands
/// are of rows.
inline Convolution upright(Convolution convolution) {
    if (convolution.input[0] == 1 && convolution.kernel[0] == 1 && convolution.output[0] == 1)
        for (Plane* plane : {&convolution.input, &convolution.output, &convolution.kernel,
                             &convolution.stride, &convolution.padding, &convolution.dilation})
            std::swap((*plane)[0], (*plane)[1]);
    return convolution;
}

/// A rectangle that may reach beyond an image, where there are zeros.
struct Window {
    Offset first{};
    Plane extent{};

    /// What the taps reach from the pixels of some rows of a grid, which lie `stride` apart.
    Window(const std::vector<Offset>& taps, const Plane& stride, std::size_t first_row, const Plane& grid) {
        for (const std::size_t axis : {0U, 1U}) {
            if (taps.empty()) return;
            const auto [least, most] =
                std::minmax_element(taps.begin(), taps.end(),
                                    [=](const Offset& a, const Offset& b) { return a[axis] < b[axis]; });
            first[axis] = (*least)[axis] + (axis == 0 ? integer(first_row * stride[0]) : 0);
            extent[axis] = (grid[axis] - 1) * stride[axis] +
                           static_cast<std::size_t>((*most)[axis] - (*least)[axis]) + 1;
        }
    }

    /// Where pixel (0, 0) of the grid finds a channel's tap in images of this window.
    std::ptrdiff_t at(std::size_t channel, const Offset& tap) const {
        return integer(channel * area(extent)) + (tap[0] - first[0]) * integer(extent[1]) + tap[1] - first[1];
    }
    bool is_whole(const Plane& image) const { return first == Offset{0, 0} && extent == image; }

    /// Copies images (channels, image...) to (channels, extent...), with the zeros.
    template <class T>
    void copy(std::size_t channels, const Plane& image, const T* x, T* y) const {
        const Overlap overlap(*this, image);
        std::fill_n(y, channels * area(extent), T{0});
        for (std::size_t channel = 0; channel < channels; ++channel, x += area(image), y += area(extent))
            copy_rows(overlap.rows, overlap.columns, x + overlap.from, image[1], y + overlap.to, extent[1]);
    }
    /// Copies an image (channels, image...) to (extent..., n): the channels come to lie next to each other.
    /// What is not of the image is left as it is.
    template <class T>
    void copy_transposed(std::size_t channels, const Plane& image, const T* x, std::size_t n, T* y) const {
        constexpr std::size_t together = 16;  // streams that are read
        const Overlap overlap(*this, image);
        for (std::size_t c = 0; c < channels; c += together)
            for (std::size_t row = 0; row < overlap.rows; ++row)
                transpose_matrix(std::min(together, channels - c), overlap.columns,
                                 x + c * area(image) + overlap.from + row * image[1], area(image),
                                 y + (overlap.to + row * extent[1]) * n + c, n);
    }

private:
    // What it shares with an image: a rectangle, and where that begins in the image and in the window.
    struct Overlap {
        std::size_t rows, columns, from, to;

        Overlap(const Window& window, const Plane& image) {
            const auto not_negative = [](std::ptrdiff_t n) {
                return static_cast<std::size_t>(std::max<std::ptrdiff_t>(0, n));
            };
            const auto before = [&](std::size_t axis) {
                return std::min(not_negative(-window.first[axis]), window.extent[axis]);
            };
            const auto shared = [&](std::size_t axis) {
                const std::size_t begin = not_negative(window.first[axis]);
                return begin < image[axis] ? std::min(image[axis] - begin, window.extent[axis] - before(axis))
                                           : 0;
            };
            rows = shared(0);
            columns = shared(1);
            from = not_negative(window.first[0]) * image[1] + not_negative(window.first[1]);
            to = before(0) * window.extent[1] + before(1);
        }
    };
};

}  // namespace xgrad::kernels::patches
