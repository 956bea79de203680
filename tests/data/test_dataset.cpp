#include <xgrad/data/dataset.hpp>

#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/data/open_dataset.hpp>

using namespace xgrad;
using test::Bytes;
using test::TempDir;

namespace {

// Six images of 1 x 2 x 2, whose bytes count on from 0.
Dataset six() {
    Bytes images(24);
    std::iota(images.begin(), images.end(), std::uint8_t{0});
    return Dataset("Six", {"a", "b", "c"}, {1, 2, 2}, images, {0, 1, 2, 2, 1, 0});
}

Bytes copy(std::span<const std::uint8_t> bytes) { return Bytes(bytes.begin(), bytes.end()); }

}  // namespace

TEST_CASE("Dataset: holds what it was given") {
    const Dataset data = six();
    CHECK(data.name() == "Six");
    CHECK(data.classes() == std::vector<std::string>{"a", "b", "c"});
    CHECK(data.image_shape() == ImageShape{1, 2, 2});
    CHECK(data.features() == 4);
    CHECK(data.size() == 6);
    CHECK(data.images().size() == 24);
    CHECK(data.images()[23] == 23);
    CHECK(copy(data.labels()) == Bytes{0, 1, 2, 2, 1, 0});
}

TEST_CASE("Dataset: a slice shares the memory, and slices of slices add up") {
    const Dataset data = six();
    const Dataset part = data.slice(2, 3);
    CHECK(part.size() == 3);
    CHECK(part.images().data() == data.images().data() + 8);
    CHECK(part.images().size() == 12);
    CHECK(copy(part.labels()) == Bytes{2, 2, 1});
    CHECK(part.name() == "Six");

    const Dataset last = part.slice(2, 1);
    CHECK(copy(last.images()) == Bytes{16, 17, 18, 19});
    CHECK(copy(last.labels()) == Bytes{1});
    CHECK(data.slice(6, 0).size() == 0);
    CHECK(data.slice(6, 0).images().empty());
}

TEST_CASE("Dataset: a slice outlives the data set that it was taken from") {
    const Dataset last = [] { return six().slice(5, 1); }();
    CHECK(copy(last.images()) == Bytes{20, 21, 22, 23});
}

TEST_CASE("Dataset: rejects a slice beyond the end, and one whose end overflows") {
    const Dataset part = six().slice(1, 4);
    CHECK_THROWS_WITH_AS(part.slice(2, 3), "Dataset::slice: 3 images from 2 on are outside the 4 of Six",
                         ValueError);
    CHECK_THROWS_WITH_AS(part.slice(5, 0), "Dataset::slice: 0 images from 5 on are outside the 4 of Six",
                         ValueError);
    CHECK_THROWS_WITH_AS(part.slice(1, static_cast<std::size_t>(-1)),
                         "Dataset::slice: 18446744073709551615 images from 1 on are outside the 4 of Six",
                         ValueError);
}

TEST_CASE("Dataset: selected images are copied, in the order of their numbers") {
    const Dataset data = six().slice(1, 5), part = data.select(std::vector<std::size_t>{4, 0, 4});
    CHECK(copy(part.images()) == Bytes{20, 21, 22, 23, 4, 5, 6, 7, 20, 21, 22, 23});
    CHECK(copy(part.labels()) == Bytes{0, 1, 0});
    CHECK(part.name() == "Six");
    CHECK(part.classes() == data.classes());
    CHECK(part.image_shape() == data.image_shape());
    CHECK(data.select({}).size() == 0);
    CHECK_THROWS_WITH_AS(data.select(std::vector<std::size_t>{4, 5}),
                         "Dataset::select: rows[1] is 5, outside the 5 images of Six", ValueError);
}

TEST_CASE("Dataset: rejects what does not fit together") {
    const auto make = [](std::size_t classes, ImageShape shape, std::size_t bytes, Bytes labels) {
        return Dataset("D", std::vector<std::string>(classes, "class"), shape, Bytes(bytes),
                       std::move(labels));
    };
    CHECK_NOTHROW(make(2, {1, 2, 2}, 8, {0, 1}));
    CHECK_NOTHROW(make(2, {1, 2, 2}, 0, {}));
    CHECK_THROWS_WITH_AS(make(2, {1, 2, 2}, 7, {0, 1}),
                         "Dataset: D: expected 2 images (one per label) of 4 bytes, got 7 bytes", DataError);
    CHECK_THROWS_WITH_AS(make(2, {1, 2, 2}, 4, {0, 1}),
                         "Dataset: D: expected 2 images (one per label) of 4 bytes, got 4 bytes", DataError);
    CHECK_THROWS_WITH_AS(make(2, {1, 2, 2}, 4, {}),
                         "Dataset: D: expected 0 images (one per label) of 4 bytes, got 4 bytes", DataError);
    CHECK_THROWS_WITH_AS(make(2, {1, 0, 2}, 0, {0}),
                         "Dataset: D: expected extents of an image from 1 to 65535, got 1 x 0 x 2",
                         DataError);
    CHECK_THROWS_WITH_AS(make(2, {1, 65536, 2}, 0, {0}),
                         "Dataset: D: expected extents of an image from 1 to 65535, got 1 x 65536 x 2",
                         DataError);
    CHECK_THROWS_WITH_AS(make(2, {1, 1, 1}, 3, {0, 1, 2}),
                         "Dataset: D: label 2 of image 2 is not below 2, the number of classes", DataError);
    CHECK_THROWS_WITH_AS(make(0, {1, 1, 1}, 0, {}), "Dataset: D: expected 1 to 256 classes, got 0",
                         DataError);
    CHECK_THROWS_WITH_AS(make(257, {1, 1, 1}, 0, {}), "Dataset: D: expected 1 to 256 classes, got 257",
                         DataError);
}

TEST_CASE("open_dataset: Fashion-MNIST is known by its labels") {
    const auto [train, test] = open_dataset("/usr/share/datasets/fashion-mnist");
    CHECK(train.name() == "Fashion-MNIST");
    CHECK(test.classes()[9] == "Ankle boot");
}

TEST_CASE("open_dataset: another set in MNIST's layout is named after its folder") {
    const TempDir dir;
    for (const std::string part : {"train", "t10k"}) {
        dir.write("letters/" + part + "-images-idx3-ubyte",
                  Bytes{0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 5, 6});
        dir.write("letters/" + part + "-labels-idx1-ubyte", Bytes{0, 0, 8, 1, 0, 0, 0, 1, 7});
    }
    for (const std::string folder : {"letters", "letters/"}) {
        const auto [train, test] = open_dataset(dir.file(folder));
        CHECK(train.name() == "letters");
        CHECK(train.classes()[train.labels()[0]] == "7");
        CHECK(test.features() == 2);
    }
}

TEST_CASE("open_dataset: CIFAR-10 is known by any of its files, so that the others are missed by name") {
    const TempDir dir;
    dir.write("cifar-10-batches-bin/test_batch.bin", "");
    const std::string missing = dir.file("cifar-10-batches-bin/data_batch_1.bin");
    CHECK_THROWS_WITH_AS(
        open_dataset(dir.path()),
        ("read_cifar10: " + missing + ": expected a readable file: No such file or directory").c_str(),
        DataError);
}

TEST_CASE("open_dataset: says what it looked for") {
    const TempDir dir;
    const std::string folder = dir.path().string();
    CHECK_THROWS_WITH_AS(
        open_dataset(folder),
        ("open_dataset: " + folder +
         ": found neither CIFAR-10 (data_batch_1.bin, here or in cifar-10-batches-bin/) nor CIFAR-100 (train.bin, here or in cifar-100-binary/) nor Fashion-MNIST or the like (train-images-idx3-ubyte, with or without .gz)")
            .c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(open_dataset("/nowhere"), "open_dataset: /nowhere: there is no such folder",
                         DataError);
}

TEST_CASE("dataset_files: what open_dataset() reads images and labels from") {
    CHECK(dataset_files("/usr/share/datasets/fashion-mnist").at(3) ==
          "/usr/share/datasets/fashion-mnist/t10k-labels-idx1-ubyte.gz");
    const TempDir dir;
    dir.write("cifar-10-batches-bin/test_batch.bin", "");
    const auto files = dataset_files(dir.path());
    CHECK(files.size() == 6);
    CHECK(files.front() == dir.file("cifar-10-batches-bin/data_batch_1.bin"));
    CHECK(files.back() == dir.file("cifar-10-batches-bin/test_batch.bin"));
    CHECK_THROWS_WITH_AS(dataset_files("/nowhere"), "open_dataset: /nowhere: there is no such folder",
                         DataError);
}
