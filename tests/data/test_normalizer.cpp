#include <xgrad/data/normalizer.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/rng.hpp>
#include <xgrad/io/safetensors.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;

namespace {

// `count` images of `width` features.
Dataset dataset(std::size_t width, const Bytes& images) {
    return Dataset("Test", {"class"}, {1, 1, width}, images, Bytes(images.size() / width, 0));
}

Bytes random_bytes(std::size_t count, std::uint64_t seed) {
    Rng rng(seed);
    Bytes bytes(count);
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(rng.below(256));
    return bytes;
}

template <class T>
T normalized(const Normalizer& normalizer, std::size_t feature, std::uint8_t byte) {
    const Affine<T>& affine = normalizer.affine<T>();
    return affine.scale[feature] * static_cast<T>(byte) + affine.shift[feature];
}

}  // namespace

TEST_CASE("Normalizer: a feature's mean and deviation in bytes, with N - 1") {
    const Normalizer normalizer(dataset(2, {0, 10, 255, 20, 51, 60}));
    CHECK(normalizer.features() == 2);
    CHECK(normalizer.mean()[0] == doctest::Approx(0.4 * 255).epsilon(1e-15));
    CHECK(normalizer.deviation()[0] ==
          doctest::Approx(255 * std::sqrt((0.16 + 0.36 + 0.04) / 2)).epsilon(1e-15));
    CHECK(normalizer.mean()[1] == doctest::Approx(30).epsilon(1e-15));
    CHECK(normalizer.deviation()[1] == doctest::Approx(std::sqrt((400.0 + 100 + 900) / 2)).epsilon(1e-15));
}

TEST_CASE("Normalizer: the training set gets mean 0 and deviation 1 in every feature") {
    constexpr std::size_t count = 1000, width = 7;
    const Bytes images = random_bytes(count * width, 1);
    const Normalizer normalizer(dataset(width, images));
    for (std::size_t j = 0; j < width; ++j) {
        double sum = 0, squares = 0, largest_difference = 0;
        for (std::size_t i = 0; i < count; ++i) {
            const double y = normalized<double>(normalizer, j, images[i * width + j]);
            sum += y;
            squares += y * y;
            const auto as_float =
                static_cast<double>(normalized<float>(normalizer, j, images[i * width + j]));
            largest_difference = std::max(largest_difference, std::abs(as_float - y));
        }
        CHECK(std::abs(sum / count) < 1e-13);
        CHECK(squares / (count - 1) == doctest::Approx(1).epsilon(1e-12));
        CHECK(largest_difference < 1e-6);
    }
}

TEST_CASE("Normalizer: by channel, all its values have one mean and deviation") {
    const Dataset images("Test", {"class"}, {2, 1, 2}, {0, 10, 7, 7, 20, 30, 7, 7}, Bytes(2, 0));
    const Normalizer normalizer(images, NormalizeBy::channel);
    CHECK(normalizer.mean() == std::vector<double>{15, 15, 7, 7});
    const double deviation = std::sqrt(500.0 / 3);  // of 0, 10, 20 and 30
    CHECK(normalizer.deviation()[0] == doctest::Approx(deviation).epsilon(1e-15));
    CHECK(normalizer.deviation()[1] == normalizer.deviation()[0]);
    CHECK(normalizer.deviation()[2] == 255);  // a constant channel
    const test::TempDir dir;
    const ImageFiles files({"Test", {"class"}, {2, 1, 2}, 1, 0},
                           {dir.write("images", {0, 0, 10, 7, 7, 0, 20, 30, 7, 7})});
    const Normalizer of_files(files, NormalizeBy::channel);
    CHECK(of_files.mean() == normalizer.mean());
    CHECK(of_files.deviation() == normalizer.deviation());
}

TEST_CASE("Normalizer: of a slice, only its images count") {
    const Dataset data = dataset(1, {200, 10, 30, 200});
    const Normalizer normalizer(data.slice(1, 2));
    CHECK(normalizer.mean()[0] == doctest::Approx(20).epsilon(1e-15));
    CHECK(normalizer.deviation()[0] == doctest::Approx(std::sqrt(200.0)).epsilon(1e-15));
}

TEST_CASE("Normalizer: nothing cancels where one image in a hundred thousand differs by 1") {
    constexpr std::size_t count = 100'000;
    Bytes images(count, 254);
    images[4321] = 255;
    const Normalizer normalizer(dataset(1, images));
    CHECK(normalizer.mean()[0] == doctest::Approx(254 + 1.0 / count).epsilon(1e-15));
    CHECK(normalizer.deviation()[0] ==
          doctest::Approx(std::sqrt(1.0 / count)).epsilon(1e-14));  // (1 - 1/N) / (N - 1) = 1/N
}

TEST_CASE("Normalizer: a constant feature has deviation 255 and becomes 0") {
    for (const int value : {0, 1, 77, 128, 255}) {
        CAPTURE(value);
        const auto byte = static_cast<std::uint8_t>(value);
        const Normalizer normalizer(dataset(2, {byte, 0, byte, 9, byte, 3}));
        CHECK(normalizer.deviation()[0] == 255);
        CHECK(std::abs(normalized<float>(normalizer, 0, byte)) < 1e-7f);
        CHECK(std::abs(normalized<double>(normalizer, 0, byte)) < 1e-15);
        CHECK(normalized<double>(normalizer, 0, 128) ==
              doctest::Approx((128.0 - value) / 255));  // an image unlike the training set's
    }
}

TEST_CASE("Normalizer: rejects fewer than two images") {
    const Dataset data = dataset(1, {1, 2});
    CHECK_THROWS_WITH_AS(Normalizer(data.slice(0, 1)),
                         "Normalizer: a standard deviation needs at least 2 images, got 1 of Test",
                         ValueError);
    CHECK_THROWS_WITH_AS(Normalizer(data.slice(0, 0)),
                         "Normalizer: a standard deviation needs at least 2 images, got 0 of Test",
                         ValueError);
}

TEST_CASE("Normalizer: of the same numbers, the same to the last bit, also by way of a file") {
    const test::TempDir dir;
    const Normalizer original(dataset(7, random_bytes(700, 2)));
    const Normalizer same(original.mean(), original.deviation());
    save_normalizer(dir.file("normalizer"), original);
    const Normalizer loaded = load_normalizer(dir.file("normalizer"));
    for (const Normalizer* other : {&same, &loaded}) {
        CHECK(other->mean() == original.mean());
        CHECK(other->deviation() == original.deviation());
        CHECK(other->affine<float>().scale == original.affine<float>().scale);
        CHECK(other->affine<double>().shift == original.affine<double>().shift);
    }
}

TEST_CASE("Normalizer: refuses numbers that are none") {
    const double nan = std::nan("");
    CHECK_THROWS_WITH_AS(Normalizer({}, {}),
                         "Normalizer: expected as many deviations as means and at least one, got 0 and 0",
                         ValueError);
    CHECK_THROWS_WITH_AS(Normalizer({1, 2}, {1}),
                         "Normalizer: expected as many deviations as means and at least one, got 1 and 2",
                         ValueError);
    const std::string message =
        "Normalizer: feature 1: expected a finite mean and a positive, finite deviation, got ";
    CHECK_THROWS_WITH_AS(Normalizer({1, 2}, {1, 0}), (message + "2 and 0").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Normalizer({1, 2}, {1, -1}), (message + "2 and -1").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Normalizer({1, nan}, {1, 1}), (message + "nan and 1").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Normalizer({1, 2}, {1, nan}), (message + "2 and nan").c_str(), ValueError);
}

TEST_CASE("load_normalizer: says what is wrong with the file") {
    const test::TempDir dir;
    const std::string file = dir.file("normalizer");
    const auto check_refused = [&](const NamedArrays& arrays, const std::string& what) {
        write_safetensors(file, {arrays, {}});
        CHECK_THROWS_WITH_AS(load_normalizer(file), ("load_normalizer: " + file + ": " + what).c_str(),
                             DataError);
    };
    const Array<double> one{1.0};
    const std::string expected = "expected the arrays mean and deviation, F64 with one axis, and no others";
    check_refused({{"mean", one}}, expected);
    check_refused({{"mean", one}, {"deviation", Array<float>{1.0f}}}, expected);
    check_refused({{"mean", one}, {"deviation", Array<double>(Shape{1, 1}, 1.0)}}, expected);
    check_refused({{"mean", one}, {"deviation", one}, {"x", one}}, expected);
    check_refused({{"mean", one}, {"deviation", Array<double>{1.0, 2.0}}},
                  "Normalizer: expected as many deviations as means and at least one, got 2 and 1");
    CHECK_THROWS_AS(load_normalizer(dir.file("none")), DataError);
}

TEST_CASE_TEMPLATE("Normalizer: of the features of a Tensor, which may be of any shape", T, float, double) {
    const Tensor<T> x(Array<T>{{{1, 5}, {-2, 3}}, {{2, 5}, {0, 3}}, {{6, 5}, {2, 3}}});  // (3, 2, 2)
    const Normalizer normalizer(x);
    CHECK(normalizer.mean() == std::vector<double>{3, 5, 0, 3});
    CHECK(normalizer.deviation() == std::vector<double>{std::sqrt(7.0), 1, 2, 1});
    const Normalizer constant(
        Tensor<T>(Array<T>(Shape{10, 1}, static_cast<T>(0.1))));  // whose sum is rounded
    CHECK(constant.mean() == std::vector<double>{static_cast<double>(static_cast<T>(0.1))});
    CHECK(constant.deviation() == std::vector<double>{1});
    CHECK_THROWS_WITH_AS(Normalizer(Tensor<T>(Array<T>{{1, 2}})),
                         "Normalizer: a standard deviation needs at least 2 samples, got 1", ValueError);
    CHECK_THROWS_WITH_AS(Normalizer(Tensor<T>(Array<T>(Shape{}, T{1}))),
                         "Normalizer: a standard deviation needs at least 2 samples, got 0", ValueError);
    CHECK_THROWS_WITH_AS(Normalizer(Tensor<T>(Array<T>{{1, 2}, {1, std::numeric_limits<T>::infinity()}})),
                         "Normalizer: feature 1: a value is not finite", ValueError);
}
