#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <xgrad/core/kernels/patches.hpp>
#include <xgrad/core/kernels/winograd.hpp>

// What Winograd's forms of the convolutions' maps share.
namespace xgrad::kernels::patches {

inline constexpr std::size_t winograd_side = 3;  ///< Of the filters.
inline constexpr std::size_t winograd_taps = winograd_side * winograd_side;
static_assert(implicit_columns % winograd_channels == 0);  // the columns of a panel are whole registers

/// Fewer tiles of a whole batch are too little work for the filters that have to be transformed.
inline constexpr std::size_t winograd_least_tiles = 48;
inline constexpr std::size_t winograd_least_channels = 8;  ///< Of a group, in x and in y.

/// The tiles that cover the results of an image.
inline Plane tiles_of(const Plane& results) { return {ceiling(results[0], 2), ceiling(results[1], 2)}; }

/// Tiles that are transformed at once: those of whole images, or of some rows of one image.
struct Chunk {
    std::size_t first_image;  ///< Of the batch.
    std::size_t images;       ///< One, unless they are whole.
    std::size_t first_row;    ///< Of tiles.
    std::size_t rows;         ///< Of tiles, of each image.

    /// Their number. @param of_image  the tiles of a whole image.
    std::size_t tiles(const Plane& of_image) const { return images * rows * of_image[1]; }
};

/// All tiles of a batch, in chunks of up to `most_tiles`. If there are enough images, `threads` have equally
/// many chunks, which are as large as each other.
inline std::vector<Chunk> chunks_of(std::size_t batch, const Plane& tiles, std::size_t most_tiles,
                                    std::size_t threads) {
    const std::size_t most_images = std::clamp<std::size_t>(most_tiles / area(tiles), 1, batch);
    const std::size_t count = std::min(batch, rounded_up(ceiling(batch, most_images), threads));
    const std::size_t rows = evened(tiles[0], std::clamp<std::size_t>(most_tiles / tiles[1], 1, tiles[0]));
    std::vector<Chunk> chunks;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t image = batch * i / count, images = batch * (i + 1) / count - image;
        for (std::size_t row = 0; row < tiles[0]; row += rows)
            chunks.push_back({image, images, row, std::min(rows, tiles[0] - row)});
    }
    return chunks;
}

/// How many tiles have these bytes: the positions of that many channels.
template <class T>
std::size_t tiles_in(std::size_t bytes, std::size_t channels) {
    return bytes / (winograd_positions * channels * sizeof(T));
}

}  // namespace xgrad::kernels::patches
