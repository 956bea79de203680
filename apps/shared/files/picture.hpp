#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include <xgrad/data/dataset.hpp>

namespace apps {

/// A picture: height x width pixels of three bytes, red, green, blue.
struct Picture {
    std::size_t height, width;
    std::vector<std::uint8_t> pixels;
};

/// Reads a PNG of any kind (what is transparent lies on white; 16 bits become 8) or a binary PPM or PGM of 8
/// bits; which of them, the first bytes tell.
/// @throws xgrad::DataError  none of these, damaged, or more than 2^26 pixels; names the file and what is
/// wrong.
Picture read_picture(const std::filesystem::path& file);

/// The picture in the form of a data set's images: scaled to `shape`, each axis by itself, channel by
/// channel. One channel is brightness (Rec. 601). A pixel is the mean of those it covers, weighted by a
/// triangle that is two new pixels wide (two old ones, where they are the larger): what Pillow calls
/// BILINEAR.
/// @param shape  with 1 or 3 channels. @throws xgrad::ValueError  with others.
std::vector<std::uint8_t> resized(const Picture& picture, const xgrad::ImageShape& shape);

}  // namespace apps
