#include <xgrad/data/idx.hpp>

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/gzip.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;
using test::gzip;
using test::TempDir;

namespace {

Bytes idx(std::initializer_list<std::uint32_t> header, const Bytes& content) {
    Bytes bytes;
    for (const std::uint32_t value : header)
        for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
    bytes.insert(bytes.end(), content.begin(), content.end());
    return bytes;
}

// Three images of 2 x 3.
Bytes images() {
    return idx({0x803, 3, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 255});
}
Bytes labels() { return idx({0x801, 3}, {0, 9, 4}); }

void check_error(const TempDir& dir, const Bytes& bytes, const std::string& message) {
    const std::string file = dir.write("file", bytes);
    const bool are_labels = bytes.size() > 3 && bytes[3] == 1;
    const auto read = [&] { are_labels ? void(read_idx_labels(file, 10)) : void(read_idx_images(file)); };
    CHECK_THROWS_WITH_AS(read(), ("read_idx: " + file + ": " + message).c_str(), DataError);
}

Bytes cut(Bytes bytes, std::size_t count) {
    bytes.resize(count);
    return bytes;
}

Bytes joined(Bytes a, const Bytes& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

}  // namespace

TEST_CASE("read_idx_images, read_idx_labels: plain and compressed, told apart by content") {
    const TempDir dir;
    for (const bool compressed : {false, true}) {
        CAPTURE(compressed);
        const IdxImages found = read_idx_images(dir.write("images", compressed ? gzip(images()) : images()));
        CHECK(found.count == 3);
        CHECK(found.height == 2);
        CHECK(found.width == 3);
        CHECK(found.pixels == Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 255});
        CHECK(read_idx_labels(dir.write("labels.gz", compressed ? gzip(labels()) : labels()), 10) ==
              Bytes{0, 9, 4});
    }
}

TEST_CASE("read_idx_labels: a gzip file may have several members") {
    const TempDir dir;
    const Bytes all = labels();
    const Bytes first(all.begin(), all.begin() + 9), second(all.begin() + 9, all.end());
    CHECK(read_idx_labels(dir.write("labels", joined(gzip(first), gzip(second))), 10) == Bytes{0, 9, 4});
}

TEST_CASE("read_idx_images: more than is read at once, from a plain and from a compressed file") {
    const TempDir dir;
    Bytes pixels(400'000);
    for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i * i % 253);
    const Bytes file = idx({0x803, 400, 25, 40}, pixels);
    CHECK(read_idx_images(dir.write("plain", file)).pixels == pixels);
    CHECK(read_idx_images(dir.write("compressed", gzip(file))).pixels == pixels);
}

TEST_CASE("read_idx_images: the best that gzip can compress is not taken for a false header") {
    const TempDir dir;
    const Bytes zeros(20'000'000);
    CHECK(read_idx_images(dir.write("zeros", gzip(idx({0x803, 20'000, 10, 100}, zeros)))).pixels == zeros);
}

TEST_CASE("read_idx_images, read_idx_labels: reject a wrong magic number") {
    const TempDir dir;
    check_error(dir, {},
                "offset 0: expected the magic number 0x00000803 (images), found the end of the file");
    check_error(dir, {0, 0, 8},
                "offset 3: expected the magic number 0x00000803 (images), found the end of the file");
    check_error(dir, idx({0xd03, 1, 1, 1}, {1}),
                "offset 0: expected the magic number 0x00000803 (images), found 0x00000d03");
    const std::string file = dir.write("labels", labels());
    CHECK_THROWS_WITH_AS(
        read_idx_images(file),
        ("read_idx: " + file + ": offset 0: expected the magic number 0x00000803 (images), found 0x00000801")
            .c_str(),
        DataError);
    const std::string other = dir.write("images", images());
    CHECK_THROWS_WITH_AS(
        read_idx_labels(other, 10),
        ("read_idx: " + other + ": offset 0: expected the magic number 0x00000801 (labels), found 0x00000803")
            .c_str(),
        DataError);
}

TEST_CASE("read_idx_images, read_idx_labels: reject a header that is cut off, and extents that cannot be") {
    const TempDir dir;
    check_error(dir, cut(images(), 7),
                "offset 7: expected the number of images, from 1 to 4294967295, found the end of the file");
    check_error(dir, cut(images(), 14),
                "offset 14: expected the width of the images, from 1 to 65535, found the end of the file");
    check_error(dir, cut(labels(), 4), "offset 4: expected the number of labels, found the end of the file");
    check_error(dir, idx({0x803, 0, 2, 3}, {}),
                "offset 4: expected the number of images, from 1 to 4294967295, found 0");
    check_error(dir, idx({0x803, 1, 0, 3}, {}),
                "offset 8: expected the height of the images, from 1 to 65535, found 0");
    check_error(dir, idx({0x803, 1, 2, 65536}, {}),
                "offset 12: expected the width of the images, from 1 to 65535, found 65536");
}

TEST_CASE(
    "read_idx_images, read_idx_labels: extents that no file of this size can hold are found before memory is taken") {
    const TempDir dir;
    check_error(
        dir, idx({0x803, 0xffffffff, 65535, 65535}, Bytes(100)),
        "offset 4: expected at most 0 images of 4294836225 bytes in a file of this size, found 4294967295");
    check_error(dir, idx({0x803, 0xffffffff, 1, 1}, Bytes(100)),
                "offset 4: expected at most 100 images of 1 bytes in a file of this size, found 4294967295");
    check_error(dir, idx({0x803, 4, 2, 3}, Bytes(23)),
                "offset 4: expected at most 3 images of 6 bytes in a file of this size, found 4");
    check_error(dir, idx({0x801, 0xffffffff}, Bytes(3)),
                "offset 4: expected at most 3 labels of 1 bytes in a file of this size, found 4294967295");

    const Bytes compressed = gzip(idx({0x803, 0xffffffff, 1, 1}, Bytes(100)));
    const std::string most = std::to_string(1032 * compressed.size() - 16);
    check_error(
        dir, compressed,
        "offset 4: expected at most " + most + " images of 1 bytes in a file of this size, found 4294967295");
}

TEST_CASE("read_idx_images, read_idx_labels: reject a file that is short or over-long") {
    const TempDir dir;
    check_error(dir, cut(images(), 33),
                "offset 4: expected at most 2 images of 6 bytes in a file of this size, found 3");
    check_error(dir, joined(images(), {0}), "offset 34: expected the end of the file, found more bytes");
    check_error(dir, joined(labels(), {0, 0}), "offset 11: expected the end of the file, found more bytes");
    check_error(dir, gzip(cut(images(), 33)),
                "offset 33: expected 3 images of 6 bytes, found the end of the file");
    check_error(dir, gzip(joined(images(), {0})),
                "offset 34: expected the end of the file, found more bytes");
}

TEST_CASE("read_idx_labels: rejects a label that is not below the number of classes") {
    const TempDir dir;
    check_error(dir, idx({0x801, 3}, {0, 9, 10}),
                "offset 10: expected a label below 10, the number of classes (label 2), found 10");
}

TEST_CASE("read_idx_images: rejects a gzip file that is cut off, at every length") {
    const TempDir dir;
    const Bytes whole = gzip(images());
    for (std::size_t size = 2; size < whole.size(); ++size) {
        CAPTURE(size);
        check_error(dir, cut(whole, size),
                    "offset " + std::to_string(size) +
                        " of the compressed file: expected valid gzip data, found the end of the file");
    }
}

TEST_CASE("read_idx_images: rejects a gzip file that is damaged, whichever byte it is") {
    const TempDir dir;
    const Bytes whole = gzip(images());
    for (std::size_t i = 0; i < whole.size(); ++i) {
        if (i >= 4 && i < 10) continue;  // the time, the system, a hint: not part of the content
        CAPTURE(i);
        Bytes damaged = whole;
        damaged[i] ^= 0xff;
        const std::string file = dir.write("file", damaged);
        CHECK_THROWS_AS(read_idx_images(file), DataError);
    }
    const std::string start = "offset " + std::to_string(whole.size() - 4) +
                              " of the compressed file: expected valid gzip data, found ";
    Bytes wrong_checksum = whole;
    wrong_checksum[whole.size() - 8] ^= 1;
    check_error(dir, wrong_checksum, start + "incorrect data check");
}

TEST_CASE("read_idx_images: rejects what follows the gzip data") {
    const TempDir dir;
    const Bytes whole = gzip(images());
    const std::string file = dir.write("file", joined(whole, {'j', 'u', 'n', 'k'}));
    const std::string expected =
        "offset " + std::to_string(whole.size() + 2) +
        " of the compressed file: expected valid gzip data, found incorrect header check";
    CHECK_THROWS_WITH_AS(read_idx_images(file), ("read_idx: " + file + ": " + expected).c_str(), DataError);
}

TEST_CASE("read_idx_images: names a file that is missing") {
    CHECK_THROWS_WITH_AS(read_idx_images("/nowhere/images"),
                         "read_idx: /nowhere/images: expected a readable file: No such file or directory",
                         DataError);
}

namespace {

const std::vector<std::string> digits{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

// Three training images and one test image.
void write_all(const TempDir& dir) {
    dir.write("train-images-idx3-ubyte", images());
    dir.write("train-labels-idx1-ubyte.gz", gzip(labels()));
    dir.write("t10k-images-idx3-ubyte.gz", gzip(idx({0x803, 1, 2, 3}, {9, 8, 7, 6, 5, 4})));
    dir.write("t10k-labels-idx1-ubyte", idx({0x801, 1}, {3}));
}

}  // namespace

TEST_CASE("read_idx: reads the four files, with or without .gz") {
    const TempDir dir;
    CHECK_FALSE(holds_idx(dir.path()));
    write_all(dir);
    CHECK(holds_idx(dir.path()));
    CHECK_FALSE(holds_fashion_mnist(dir.path()));
    const auto [train, test] = read_idx(dir.path(), "Tiny", digits);
    CHECK(train.name() == "Tiny");
    CHECK(train.size() == 3);
    CHECK(train.image_shape() == ImageShape{1, 2, 3});
    CHECK(train.labels()[1] == 9);
    CHECK(test.size() == 1);
    CHECK(test.classes() == digits);
    CHECK(test.images()[0] == 9);
}

TEST_CASE("read_idx: names the file that is missing") {
    const TempDir dir;
    write_all(dir);
    const std::string file = dir.file("t10k-labels-idx1-ubyte");
    std::filesystem::remove(file);
    CHECK_THROWS_WITH_AS(
        read_idx(dir.path(), "Tiny", digits),
        ("read_idx: " + file + ": expected a readable file: No such file or directory").c_str(), DataError);
}

TEST_CASE("read_idx: rejects labels that are not as many as the images") {
    const TempDir dir;
    write_all(dir);
    const std::string file = dir.write("t10k-labels-idx1-ubyte", idx({0x801, 2}, {3, 4}));
    CHECK_THROWS_WITH_AS(
        read_idx(dir.path(), "Tiny", digits),
        ("read_idx: " + file +
         ": offset 4: expected 1 labels, as many as t10k-images-idx3-ubyte has images, found 2")
            .c_str(),
        DataError);
}

TEST_CASE("read_idx: rejects test images of another size than the training images") {
    const TempDir dir;
    write_all(dir);
    const std::string file = dir.write("t10k-images-idx3-ubyte", idx({0x803, 1, 3, 2}, {9, 8, 7, 6, 5, 4}));
    CHECK_THROWS_WITH_AS(read_idx(dir.path(), "Tiny", digits),
                         ("read_idx: " + file +
                          ": offset 8: expected images of 2 x 3 as in train-images-idx3-ubyte, found 3 x 2")
                             .c_str(),
                         DataError);
}

TEST_CASE("read_fashion_mnist: Debian's dataset-fashion-mnist") {
    const std::filesystem::path folder = "/usr/share/datasets/fashion-mnist";
    CHECK(holds_fashion_mnist(folder));
    const auto [train, test] = read_fashion_mnist(folder);
    CHECK(train.name() == "Fashion-MNIST");
    CHECK(train.size() == 60'000);
    CHECK(test.size() == 10'000);
    CHECK(train.image_shape() == ImageShape{1, 28, 28});
    CHECK(train.classes()[train.labels()[0]] == "Ankle boot");
    CHECK(test.classes()[test.labels()[1]] == "Pullover");
    for (std::uint8_t label = 0; label < 10; ++label) {
        CHECK(std::count(train.labels().begin(), train.labels().end(), label) == 6'000);
        CHECK(std::count(test.labels().begin(), test.labels().end(), label) == 1'000);
    }
    // The publisher's mean and deviation of all training pixels: 0.2860 and 0.3530.
    double sum = 0;
    for (const std::uint8_t pixel : train.images()) sum += pixel;
    CHECK(sum / 255 / static_cast<double>(train.images().size()) == doctest::Approx(0.2860).epsilon(1e-4));
}
