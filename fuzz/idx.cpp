// read_idx_images and read_idx_labels, plain and compressed.
#include <xgrad/data/idx.hpp>

#include <initializer_list>

#include "fuzz.hpp"

using namespace xgrad;
using fuzz::require;

namespace {

std::string write_plain(std::initializer_list<std::size_t> header, const test::Bytes& content) {
    test::Bytes bytes;
    bytes.reserve(4 * header.size() + content.size());
    for (const std::size_t value : header)
        for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    bytes.insert(bytes.end(), content.begin(), content.end());
    return fuzz::folder().write("plain", bytes);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string file = fuzz::folder().write("file", test::Bytes(bytes, bytes + size));
    if (const auto images = fuzz::accepted<DataError>(file, [&] { return read_idx_images(file); })) {
        require(images->pixels.size() == images->count * images->height * images->width,
                "the number of pixels is not the header's");
        const IdxImages plain = read_idx_images(
            write_plain({0x803, images->count, images->height, images->width}, images->pixels));
        require(plain.pixels == images->pixels, "the plain file has other pixels than the compressed one");
    }
    if (const auto labels = fuzz::accepted<DataError>(file, [&] { return read_idx_labels(file, 10); }))
        require(read_idx_labels(write_plain({0x801, labels->size()}, *labels), 10) == *labels,
                "the plain file has other labels than the compressed one");
    return 0;
}
