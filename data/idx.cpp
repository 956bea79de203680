#include <xgrad/data/idx.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/crc32.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

constexpr std::string_view op = "read_idx";

constexpr std::uint32_t images_magic = 0x00000803,
                        labels_magic = 0x00000801;  // unsigned bytes; 3 axes, 1 axis

constexpr std::size_t class_count = 10;  // MNIST and Fashion-MNIST

struct Files {
    const char *images, *labels;
};
constexpr Files train_files{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
constexpr Files test_files{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

bool is_there(const fs::path& file) {
    std::error_code unreadable;
    return fs::exists(file, unreadable);
}

// The path of the file `name`, or of `name`.gz if only that exists.
fs::path find(const fs::path& folder, const char* name) {
    const fs::path plain = folder / name;
    const fs::path compressed = folder / (std::string(name) + ".gz");
    return is_there(plain) || !is_there(compressed) ? plain : compressed;
}

std::uint32_t read_number(ByteReader& reader, std::string_view expected) {
    std::array<std::uint8_t, 4> bytes{};
    reader.read_all(bytes, expected);
    std::uint32_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

void check_magic(ByteReader& reader, std::uint32_t magic, std::string_view content) {
    const std::string expected = fmt::format("the magic number {:#010x} ({})", magic, content);
    const std::uint32_t found = read_number(reader, expected);
    if (found != magic) reader.fail(0, expected, fmt::format("{:#010x}", found));
}

// The extents in a damaged file are arbitrary, so never allocate more than a file of this size can hold.
std::vector<std::uint8_t> read_rest(ByteReader& reader, std::uint64_t count, std::uint64_t each,
                                    std::uint64_t header, std::string_view content) {
    const std::uint64_t most = reader.most_bytes() - std::min(reader.most_bytes(), header);
    if (count > most / each)
        reader.fail(
            4, fmt::format("at most {} {} of {} bytes in a file of this size", most / each, content, each),
            fmt::to_string(count));
    std::vector<std::uint8_t> bytes;
    bytes.reserve(count * each);
    reader.append(bytes, count * each, fmt::format("{} {} of {} bytes", count, content, each));
    reader.expect_end();
    return bytes;
}

Dataset read_part(const fs::path& folder, const Files& files, const std::string& name,
                  const std::vector<std::string>& classes) {
    IdxImages images = read_idx_images(find(folder, files.images));
    std::vector<std::uint8_t> labels = read_idx_labels(find(folder, files.labels), classes.size());
    if (labels.size() != images.count)
        fail_in_file(op, find(folder, files.labels), 4,
                     fmt::format("{} labels, as many as {} has images", images.count, files.images),
                     fmt::to_string(labels.size()));
    return Dataset(name, classes, {1, images.height, images.width}, std::move(images.pixels),
                   std::move(labels));
}

}  // namespace

IdxImages read_idx_images(const fs::path& file) {
    constexpr std::uint32_t largest_extent = 65535;  // of an image; what is larger is a damaged header
    ByteReader reader(op, file, Gzip::detect);
    check_magic(reader, images_magic, "images");
    const auto extent = [&](std::uint64_t offset, std::string_view what, std::uint32_t most) {
        const std::string expected = fmt::format("the {}, from 1 to {}", what, most);
        const std::uint32_t value = read_number(reader, expected);
        if (value == 0 || value > most) reader.fail(offset, expected, fmt::to_string(value));
        return value;
    };
    const std::uint32_t count = extent(4, "number of images", std::numeric_limits<std::uint32_t>::max());
    const std::uint32_t height = extent(8, "height of the images", largest_extent);
    const std::uint32_t width = extent(12, "width of the images", largest_extent);
    return {count, height, width, read_rest(reader, count, std::uint64_t{height} * width, 16, "images")};
}

std::vector<std::uint8_t> read_idx_labels(const fs::path& file, std::size_t classes) {
    ByteReader reader(op, file, Gzip::detect);
    check_magic(reader, labels_magic, "labels");
    const std::uint32_t count = read_number(reader, "the number of labels");
    std::vector<std::uint8_t> labels = read_rest(reader, count, 1, 8, "labels");
    const auto wrong =
        std::find_if(labels.begin(), labels.end(), [&](std::uint8_t label) { return label >= classes; });
    if (wrong != labels.end()) {
        const auto index = static_cast<std::uint64_t>(wrong - labels.begin());
        reader.fail(8 + index,
                    fmt::format("a label below {}, the number of classes (label {})", classes, index),
                    fmt::to_string(*wrong));
    }
    return labels;
}

std::vector<fs::path> idx_files(const fs::path& folder) {
    std::vector<fs::path> files;
    for (const Files& part : {train_files, test_files})
        for (const char* name : {part.images, part.labels}) files.push_back(find(folder, name));
    return files;
}

bool holds_idx(const fs::path& folder) {
    const std::vector<fs::path> files = idx_files(folder);
    return std::any_of(files.begin(), files.end(), is_there);
}

TrainTest read_idx(const fs::path& folder, const std::string& name, const std::vector<std::string>& classes) {
    TrainTest data{read_part(folder, train_files, name, classes),
                   read_part(folder, test_files, name, classes)};
    const ImageShape expected = data.train.image_shape(), found = data.test.image_shape();
    if (found != expected)
        fail_in_file(
            op, find(folder, test_files.images), 8,
            fmt::format("images of {} x {} as in {}", expected.height, expected.width, train_files.images),
            fmt::format("{} x {}", found.height, found.width));
    return data;
}

bool holds_fashion_mnist(const fs::path& folder) {
    constexpr std::uint32_t checksum = 0x2ed6e46a;
    const std::vector<std::uint8_t> labels = read_idx_labels(find(folder, train_files.labels), class_count);
    return labels.size() == 60'000 && crc32(std::as_bytes(std::span(labels))) == checksum;
}

TrainTest read_fashion_mnist(const fs::path& folder) {
    return read_idx(folder, "Fashion-MNIST",
                    {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
                     "Bag", "Ankle boot"});
}

}  // namespace xgrad
