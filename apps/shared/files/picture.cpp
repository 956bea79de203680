#include "shared/files/picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <string>

#include <fmt/format.h>
#include <png.h>

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

constexpr std::uint64_t most_pixels = std::uint64_t{1} << 26;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
    xgrad::fail<xgrad::DataError>("picture", fmt::format("{}: {}", file.string(), what));
}

// Called before memory is allocated for the pixels.
// @param most  the number of pixels that the rest of the file can hold.
void check_extents(const std::filesystem::path& file, std::uint64_t width, std::uint64_t height,
                   std::uint64_t most) {
    if (width == 0 || height == 0 || width > most_pixels / height)
        refuse(file, fmt::format("expected 1 to {} pixels, found {} x {}", most_pixels, width, height));
    if (width * height > most)
        refuse(file, fmt::format("found {} x {} pixels, but bytes for {} at most", width, height, most));
}

Picture read_png(const std::filesystem::path& file) {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    const auto check_success = [&](int success) {
        if (success) return;
        const std::string message = image.message;
        png_image_free(&image);
        refuse(file, "is no PNG that can be read: " + message);
    };
    check_success(png_image_begin_read_from_file(&image, file.c_str()));
    try {
        constexpr std::uint64_t best_deflate = 1032, pixels_per_byte = 8;
        check_extents(file, image.width, image.height,
                      std::filesystem::file_size(file) * best_deflate * pixels_per_byte);
    } catch (...) {
        png_image_free(&image);
        throw;
    }
    image.format = PNG_FORMAT_RGB;
    Picture picture{image.height, image.width, std::vector<std::uint8_t>(PNG_IMAGE_SIZE(image))};
    const png_color white{255, 255, 255};
    check_success(png_image_finish_read(&image, &white, picture.pixels.data(), 0, nullptr));
    return picture;
}

// Reads a number of a PPM header, after blanks and comments.
std::uint64_t header_number(std::istream& in) {
    while ((in >> std::ws).peek() == '#') in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    std::string digits;
    while (digits.size() < 10 && std::isdigit(in.peek())) digits += static_cast<char>(in.get());
    return digits.empty() ? 0 : std::stoull(digits);
}

Picture read_ppm(const std::filesystem::path& file, std::istream& in, std::size_t channels) {
    const std::uint64_t width = header_number(in), height = header_number(in), most = header_number(in);
    const std::uint64_t read = in ? static_cast<std::uint64_t>(in.tellg()) : 0;
    check_extents(file, width, height, (std::filesystem::file_size(file) - read) / channels);
    if (most == 0 || most > 255) refuse(file, fmt::format("expected values up to 1 ... 255, found {}", most));
    if (!std::isspace(in.get())) refuse(file, "expected a blank behind the header");
    Picture picture{height, width, std::vector<std::uint8_t>(height * width * 3)};
    const std::size_t bytes = height * width * channels;
    if (!in.read(reinterpret_cast<char*>(picture.pixels.data()), static_cast<std::streamsize>(bytes)))
        refuse(file, fmt::format("expected {} bytes of pixels, found {}", bytes, in.gcount()));
    if (channels == 1)
        for (std::size_t i = bytes; i-- > 0;)
            std::fill_n(picture.pixels.data() + 3 * i, 3, picture.pixels[i]);
    for (std::uint8_t& value : picture.pixels)
        value = static_cast<std::uint8_t>(std::min<std::uint64_t>((value * 255 + most / 2) / most, 255));
    return picture;
}

// How one output value along an axis is computed: the index of the first input value, and the weights of that
// value and the following ones.
struct Weights {
    std::size_t first;
    std::vector<double> of;
};

std::vector<Weights> triangle_weights(std::size_t from, std::size_t to) {
    const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
    std::vector<Weights> all;
    for (std::size_t i = 0; i < to; ++i) {
        const double centre = (static_cast<double>(i) + 0.5) * scale;
        const auto first = static_cast<std::size_t>(std::max(0.0, std::floor(centre - reach)));
        const auto last = std::min(from, static_cast<std::size_t>(std::ceil(centre + reach)));
        Weights weights{first, {}};
        double sum = 0;
        for (std::size_t j = first; j < last; ++j)
            sum += weights.of.emplace_back(
                std::max(0.0, 1 - std::abs(static_cast<double>(j) + 0.5 - centre) / reach));
        for (double& weight : weights.of) weight /= sum;
        all.push_back(std::move(weights));
    }
    return all;
}

}  // namespace

Picture read_picture(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::array<char, 8> start{};
    if (!in.read(start.data(), 2))
        refuse(file,
               "expected a PNG, PPM or PGM, found no file that can be read, or one of less than 2 bytes");
    if (start[0] == 'P' && (start[1] == '5' || start[1] == '6'))
        return read_ppm(file, in, start[1] == '5' ? 1 : 3);
    in.read(start.data() + 2, 6);
    if (std::memcmp(start.data(), "\x89PNG\r\n\x1a\n", start.size()) == 0) return read_png(file);
    refuse(file, "expected a PNG, or a binary PPM or PGM (P6, P5), found neither");
}

std::vector<std::uint8_t> resized(const Picture& picture, const xgrad::ImageShape& shape) {
    if (shape.channels != 1 && shape.channels != 3)
        xgrad::fail<xgrad::ValueError>(
            "picture",
            fmt::format("the net takes images of {} channels, and a picture has 1 or 3", shape.channels));
    const std::vector<Weights> rows = triangle_weights(picture.height, shape.height),
                               columns = triangle_weights(picture.width, shape.width);
    std::vector<std::uint8_t> image;
    for (std::size_t channel = 0; channel < shape.channels; ++channel) {
        const auto value = [&](std::size_t y, std::size_t x) {
            const std::uint8_t* rgb = picture.pixels.data() + 3 * (y * picture.width + x);
            return shape.channels == 3 ? static_cast<double>(rgb[channel])
                                       : 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
        };
        for (const Weights& row : rows) {
            std::vector<double> line(picture.width);  // the weighted mean of the input rows
            for (std::size_t j = 0; j < row.of.size(); ++j)
                for (std::size_t x = 0; x < picture.width; ++x)
                    line[x] += row.of[j] * value(row.first + j, x);
            for (const Weights& column : columns) {
                double sum = 0;
                for (std::size_t j = 0; j < column.of.size(); ++j)
                    sum += column.of[j] * line[column.first + j];
                image.push_back(static_cast<std::uint8_t>(std::lround(sum)));
            }
        }
    }
    return image;
}

}  // namespace apps
