#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace apps {

/// A picture: height x width pixels of three bytes each, red, green, blue.
struct Picture {
    std::size_t height, width;
    std::vector<std::uint8_t> pixels;
};

/// Reads a PNG of any kind (transparent pixels are put on white; 16 bits become 8) or a binary PPM or PGM of
/// 8 bits. The first bytes decide the format.
/// @throws xgrad::DataError  the file has another format, is damaged, or has more than 2^26 pixels. The
/// message names the file and the problem.
Picture read_picture(const std::filesystem::path& file);

/// Converts a picture to the form of a data set's images: scaled to `shape`, each axis separately, and stored
/// channel by channel. A single channel is brightness (Rec. 601). Scaling uses a triangle filter whose
/// support is two output pixels, or two input pixels if these are larger: Pillow's BILINEAR.
/// @param shape  with 1 or 3 channels.
/// @throws xgrad::ValueError  another number of channels.
std::vector<std::uint8_t> resized(const Picture& picture, const xgrad::ImageShape& shape);

}  // namespace apps
