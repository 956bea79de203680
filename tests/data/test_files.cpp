// Data sets that stay in their files.
#include <xgrad/data/image_files.hpp>
#include <xgrad/data/tensor_files.hpp>

#include <fstream>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>
#include <xgrad/io/safetensors.hpp>
#include "support/temp_dir.hpp"
#include "support/threads.hpp"

using namespace xgrad;
using test::Bytes;
using test::TempDir;

namespace {

constexpr ImageShape shape{2, 3, 4};
const std::vector<std::string> classes{"a", "b", "c"};

// `count` images of noise as a data set, and as files of `per_file` records of two label bytes.
struct Images {
    Dataset dataset;
    std::vector<std::filesystem::path> files;
};
Images images(const TempDir& dir, std::size_t count, std::size_t per_file) {
    Rng rng(5);
    Bytes pixels, labels;
    Images made{Dataset("noise", classes, shape, {}, {}), {}};
    for (std::size_t first = 0; first < count; first += per_file) {
        Bytes records;
        for (std::size_t i = first; i < std::min(first + per_file, count); ++i) {
            labels.push_back(static_cast<std::uint8_t>(rng.below(3)));
            records.push_back(77);
            records.push_back(labels.back());
            for (std::size_t j = 0; j < shape.size(); ++j) {
                pixels.push_back(static_cast<std::uint8_t>(rng.below(256)));
                records.push_back(pixels.back());
            }
        }
        made.files.emplace_back(
            dir.write("images-" + std::to_string(first), std::string(records.begin(), records.end())));
    }
    made.dataset = Dataset("noise", classes, shape, pixels, labels);
    return made;
}

ImageRecords records() { return {"noise", classes, shape, 2, 1}; }

}  // namespace

TEST_CASE("ImageFiles: the images of all files, in their order") {
    const TempDir dir;
    const Images made = images(dir, 23, 10);
    const ImageFiles files(records(), made.files);
    REQUIRE(files.size() == 23);
    CHECK(files.name() == "noise");
    CHECK(files.features() == 24);
    for (std::size_t row = 0; row < 23; ++row) {
        const LabelledImage image = files.image(row), expected = made.dataset.image(row);
        CHECK(image.label == expected.label);
        CHECK(std::equal(image.pixels, image.pixels + 24, expected.pixels));
    }
    const Normalizer streamed(files), whole(made.dataset);
    CHECK(streamed.mean() == whole.mean());
    CHECK(streamed.deviation() == whole.deviation());
}

TEST_CASE_TEMPLATE("ImageFiles: batches have the same bits as those of images in memory", T, float, double) {
    const TempDir dir;
    const Images made = images(dir, 60, 25);
    const BatchOptions<T> options{.transforms = {RandomCrop(1), RandomHorizontalFlip(),
                                                 Normalize(Normalizer(made.dataset)), GaussianNoise(0.1)},
                                  .mixup = 0.5,
                                  .window = 20};
    for (const int threads : {1, 2}) {
        const test::Threads scope(threads);
        ImageBatches<T> memory(made.dataset, 16, options);
        Batches<ImageLoader<T, ImageFiles>> files(ImageFiles(records(), made.files), 16, options);
        Rng a(1), b(1);
        for (int i = 0; i < 9; ++i) {
            const auto &x = memory.next(a), &y = files.next(b);
            CHECK(x.x.value() == y.x.value());
            CHECK(x.labels == y.labels);
            CHECK(x.soft_labels.value() == y.soft_labels.value());
        }
    }
}

TEST_CASE("ImageFiles: what they refuse") {
    const TempDir dir;
    const Images made = images(dir, 4, 4);
    const std::string file = made.files[0].string();
    CHECK_THROWS_WITH_AS(ImageFiles(records(), {}), "ImageFiles: there are no files", DataError);
    CHECK_THROWS_WITH_AS(
        ImageFiles(records(), {dir.path() / "none"}),
        ("ImageFiles: " + dir.file("none") + ": expected a readable file: No such file or directory").c_str(),
        DataError);
    CHECK_THROWS_WITH_AS(
        ImageFiles({"noise", classes, shape, 1, 0}, made.files),
        ("ImageFiles: " + file + ": expected records of 25 bytes, found a file of 104").c_str(), DataError);
    CHECK_THROWS_WITH_AS(ImageFiles({"noise", classes, shape, 2, 2}, made.files),
                         "ImageFiles: there is no label byte 2 among 2", ValueError);
    CHECK_THROWS_WITH_AS(ImageFiles({"noise", {}, shape, 2, 1}, made.files),
                         "ImageFiles: noise: expected 1 to 256 classes, got 0", DataError);
    CHECK_THROWS_WITH_AS(ImageFiles({"noise", classes, {0, 1, 1}, 2, 1}, made.files),
                         "ImageFiles: noise: expected extents of an image from 1 to 65535, got 0 x 1 x 1",
                         DataError);
    const std::string label = "ImageFiles: " + file + ": record 0: expected a label below 3, found 77";
    const ImageFiles wrong({"noise", classes, shape, 2, 0}, made.files);
    CHECK_THROWS_WITH_AS(wrong.image(0), label.c_str(), DataError);
    const test::Threads two(2);
    Batches batches(wrong, 4);
    CHECK_THROWS_AS(batches.next(), DataError);  // from the thread that read it
    const ImageFiles cut(records(), made.files);
    std::filesystem::resize_file(made.files[0], 100);
    CHECK_THROWS_WITH_AS(
        cut.image(3),
        ("ImageFiles: " + file + ": offset 100: expected 4 more bytes, found the end of the file").c_str(),
        DataError);
}

namespace {

// Samples i = first ... first + count - 1: x (2), y (), label (3).
Safetensors tensors(std::size_t first, std::size_t count) {
    Array<float> x(Shape{count, 2});
    Array<double> y(Shape{count});
    Array<std::int64_t> labels(Shape{count, 3});
    for (std::size_t i = 0; i < count; ++i) {
        x(i, 0) = static_cast<float>(first + i);
        x(i, 1) = -x(i, 0);
        y(i) = static_cast<double>(first + i) / 2;
        for (std::size_t j = 0; j < 3; ++j) labels(i, j) = static_cast<std::int64_t>(10 * (first + i) + j);
    }
    return {{{"x", x}, {"y", y}, {"label", labels}}, {}};
}

using Files = TensorFiles<Tensor<float>, Tensor<double>, Indices>;

}  // namespace

TEST_CASE("TensorFiles: batches are tuples of the fields, as of tensors in memory") {
    const TempDir dir;
    std::vector<std::filesystem::path> shards;
    for (const std::size_t first : {0u, 7u, 20u}) {
        shards.push_back(dir.path() / std::to_string(first));
        write_safetensors(shards.back(), tensors(first, first == 0 ? 7 : first == 7 ? 13 : 10));
    }
    const Files files(shards, {"x", "y", "label"});
    CHECK(files.size() == 30);
    CHECK(files.sample_shape<2>() == Shape{3});
    Batches batches(files, 8, {.transforms = {GaussianNoise(0)}, .window = 16});
    Rng rng(2);
    std::vector<bool> seen(30);
    for (const auto& [x, y, label] : batches.epoch(rng))
        for (std::size_t i = 0; i < y.size(); ++i) {
            const auto number = static_cast<std::size_t>(label[3 * i] / 10);
            CHECK(x.value()(i, 0) == static_cast<float>(number));
            CHECK(y.value()(i) == static_cast<double>(number) / 2);
            CHECK(label[3 * i + 2] == static_cast<std::int32_t>(10 * number + 2));
            seen[number] = true;
        }
    CHECK(std::count(seen.begin(), seen.end(), true) == 30);

    const Safetensors all = tensors(0, 30);
    const TensorDataset memory(std::get<Array<float>>(all.arrays.at("x")),
                               std::get<Array<double>>(all.arrays.at("y")));
    const TensorFiles<Tensor<float>, Tensor<double>> same(shards, {"x", "y"});
    Batches one(memory, 7, {.mixup = 0.3, .window = 20});
    Batches two(same, 7, {.mixup = 0.3, .window = 20});
    Rng a(1), b(1);
    for (int i = 0; i < 9; ++i) {
        const auto& [x, y] = one.next(a);
        const auto& [u, v] = two.next(b);
        CHECK(x.value() == u.value());
        CHECK(y.value() == v.value());
    }
}

TEST_CASE("TensorFiles: what they refuse") {
    const TempDir dir;
    const std::string file = dir.file("one"), other = dir.file("other");
    write_safetensors(file, tensors(0, 5));
    const auto check = [&](auto make, const std::string& message) {
        CHECK_THROWS_WITH_AS(make(), ("TensorFiles: " + message).c_str(), DataError);
    };
    check([&] { Files({}, {"x", "y", "label"}); }, "there are no files");
    check([&] { Files({file}, {"x", "z", "label"}); },
          file + ": z: expected an array of this name, found none");
    check([&] { Files({file}, {"y", "y", "label"}); },
          file + ": y: expected F32 with an axis of samples, found F64 of shape (5)");
    Safetensors changed = tensors(0, 5);
    changed.arrays["y"] = Array<double>(Shape{4}, 0.0);
    write_safetensors(other, changed);
    check([&] { Files({other}, {"x", "y", "label"}); }, other + ": y: expected 5 samples, as x has, found 4");
    changed = tensors(0, 5);
    changed.arrays["x"] = Array<float>(Shape{5, 3}, 0.0F);
    write_safetensors(other, changed);
    check([&] { Files({file, other}, {"x", "y", "label"}); },
          other + ": x: expected samples of shape (2), as in " + file + ", found (3)");
    changed = tensors(0, 5);
    std::get<Array<std::int64_t>>(changed.arrays["label"])(1, 1) = std::int64_t{1} << 40;
    write_safetensors(other, changed);
    Batches batches(Files({other}, {"x", "y", "label"}), 5);
    check([&] { batches.next(); }, "label: sample 1: expected integers of 32 bits, found 1099511627776");
}
