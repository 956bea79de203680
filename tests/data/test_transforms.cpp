#include <xgrad/data/transforms.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <numbers>
#include <numeric>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

namespace {

constexpr ImageShape shape{2, 5, 7};

// Values that are all different: 1, 2, 3 ...
template <class T>
std::vector<T> counting() {
    std::vector<T> values(shape.size());
    std::iota(values.begin(), values.end(), T{1});
    return values;
}

template <class T, class F>
std::vector<T> transformed(const F& transform, std::vector<T> values, std::uint64_t seed) {
    Rng rng(seed);
    transform(Sample<T>{values.data(), shape, rng});
    return values;
}

template <class T>
std::vector<double> doubles(const std::vector<T>& values) {
    return {values.begin(), values.end()};
}

std::size_t at(std::size_t channel, std::size_t y, std::size_t x) {
    return (channel * shape.height + y) * shape.width + x;
}

// counting(), moved so that pixel (y + down, x + right) comes to (y, x).
std::vector<double> moved(std::ptrdiff_t down, std::ptrdiff_t right, double fill) {
    const std::vector<double> from = counting<double>();
    std::vector<double> to(shape.size(), fill);
    for (std::size_t channel = 0; channel < shape.channels; ++channel)
        for (std::ptrdiff_t y = 0; y < 5; ++y)
            for (std::ptrdiff_t x = 0; x < 7; ++x)
                if (y + down >= 0 && y + down < 5 && x + right >= 0 && x + right < 7)
                    to[at(channel, static_cast<std::size_t>(y), static_cast<std::size_t>(x))] = from[at(
                        channel, static_cast<std::size_t>(y + down), static_cast<std::size_t>(x + right))];
    return to;
}

}  // namespace

TEST_CASE("RandomCrop: moves the image by every offset up to the padding, in each direction, equally often") {
    std::map<std::vector<double>, int> found;
    const RandomCrop crop(2, 99);
    Rng rng(1);
    for (int i = 0; i < 10'000; ++i) {
        std::vector<double> values = counting<double>();
        crop(Sample<double>{values.data(), shape, rng});
        ++found[values];
    }
    CHECK(found.size() == 25);
    for (std::ptrdiff_t down = -2; down <= 2; ++down)
        for (std::ptrdiff_t right = -2; right <= 2; ++right)
            CHECK(std::abs(found[moved(down, right, 99)] - 400) < 100);  // five standard deviations
    std::set<std::vector<double>> possible;  // by more than the image's size: it may vanish
    for (std::ptrdiff_t down = -40; down <= 40; ++down)
        for (std::ptrdiff_t right = -40; right <= 40; ++right) possible.insert(moved(down, right, 99));
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        CHECK(possible.contains(transformed(RandomCrop(40, 99), counting<double>(), seed)));
    CHECK(transformed(RandomCrop(0), counting<double>(), 1) == counting<double>());
}

TEST_CASE("RandomHorizontalFlip: mirrors with its probability") {
    std::vector<double> mirrored(shape.size());
    for (std::size_t channel = 0; channel < 2; ++channel)
        for (std::size_t y = 0; y < 5; ++y)
            for (std::size_t x = 0; x < 7; ++x)
                mirrored[at(channel, y, x)] = counting<double>()[at(channel, y, 6 - x)];
    int flips = 0;
    for (std::uint64_t seed = 0; seed < 1000; ++seed) {
        const auto values = transformed(RandomHorizontalFlip(0.3), counting<double>(), seed);
        CHECK((values == mirrored || values == counting<double>()));
        flips += values == mirrored;
    }
    CHECK(flips > 300 - 5 * 15);  // five standard deviations
    CHECK(flips < 300 + 5 * 15);
    CHECK(transformed(RandomHorizontalFlip(1), counting<double>(), 1) == mirrored);
    CHECK(transformed(RandomHorizontalFlip(0), counting<double>(), 1) == counting<double>());
}

TEST_CASE("Cutout: blanks a square around any pixel, cut at the borders") {
    std::set<std::vector<double>> found, expected;
    for (std::uint64_t seed = 0; seed < 1000; ++seed)
        found.insert(transformed(Cutout(3, -1), counting<double>(), seed));
    for (int centre_y = 0; centre_y < 5; ++centre_y)
        for (int centre_x = 0; centre_x < 7; ++centre_x) {
            std::vector<double> values = counting<double>();
            for (int y = std::max(centre_y - 1, 0); y <= std::min(centre_y + 1, 4); ++y)
                for (int x = std::max(centre_x - 1, 0); x <= std::min(centre_x + 1, 6); ++x)
                    for (std::size_t channel = 0; channel < 2; ++channel)
                        values[at(channel, static_cast<std::size_t>(y), static_cast<std::size_t>(x))] = -1;
            expected.insert(values);
        }
    CHECK(found == expected);
    CHECK(transformed(Cutout(0), counting<double>(), 1) == counting<double>());
    CHECK(transformed(Cutout(100, 0), counting<double>(), 1) == std::vector<double>(shape.size(), 0.0));
}

// Bilinear interpolation of a plane is exact.
TEST_CASE("RandomRotation: a plane turns by the angle that was drawn") {
    const auto plane = [](double y, double x) { return 3 * x - 2 * y + 50; };
    std::vector<double> image(shape.size());
    for (std::size_t i = 0; i < image.size(); ++i)
        image[i] = plane(static_cast<double>(i / 7 % 5), static_cast<double>(i % 7));
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto values = transformed(RandomRotation(30, -1000), image, seed);
        const double angle = Rng(seed).uniform(-30, 30) * std::numbers::pi / 180;
        for (std::size_t y = 1; y < 4; ++y)
            for (std::size_t x = 2; x < 5; ++x) {
                const double dy = static_cast<double>(y) - 2, dx = static_cast<double>(x) - 3;
                CHECK(values[at(1, y, x)] ==
                      doctest::Approx(plane(2 + std::cos(angle) * dy + std::sin(angle) * dx,
                                            3 + std::cos(angle) * dx - std::sin(angle) * dy)));
            }
        CHECK(std::abs(values[at(0, 2, 3)] - image[at(0, 2, 3)]) < 1e-9);  // the centre
    }
    CHECK(transformed(RandomRotation(0), image, 1) == image);
    const std::vector<double> constant(shape.size(), 7);
    CHECK(transformed(RandomRotation(180, 7), constant, 5) == constant);
}

TEST_CASE("transforms: bytes change as values do") {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const auto same = [&](const auto& transform) {
            CHECK(doubles(transformed(transform, counting<std::uint8_t>(), seed)) ==
                  transformed(transform, counting<double>(), seed));
            CHECK(doubles(transformed(transform, counting<float>(), seed)) ==
                  transformed(transform, counting<double>(), seed));
        };
        same(RandomCrop(2, 9));
        same(RandomHorizontalFlip());
        same(Cutout(3, 255));
        const auto bytes = transformed(RandomRotation(20), counting<std::uint8_t>(), seed);
        const auto values = transformed(RandomRotation(20), counting<double>(), seed);
        for (std::size_t i = 0; i < bytes.size(); ++i) CHECK(bytes[i] == std::nearbyint(values[i]));
    }
}

TEST_CASE_TEMPLATE("GaussianNoise: adds normal noise of its deviation", T, float, double) {
    double sum = 0, squares = 0;
    for (std::uint64_t seed = 0; seed < 200; ++seed)
        for (const T value : transformed(GaussianNoise(0.5), std::vector<T>(shape.size(), T{3}), seed)) {
            sum += value - 3;
            squares += (value - 3) * (value - 3);
        }
    const double n = 200 * static_cast<double>(shape.size());
    CHECK(std::abs(sum / n) < 5 * 0.5 / std::sqrt(n));
    CHECK(squares / n == doctest::Approx(0.25).epsilon(0.05));
    CHECK(transformed(GaussianNoise(0), counting<T>(), 1) == counting<T>());
}

TEST_CASE_TEMPLATE("Normalize: scales each feature", T, float, double) {
    std::vector<double> mean(shape.size()), deviation(shape.size());
    for (std::size_t j = 0; j < mean.size(); ++j) {
        mean[j] = static_cast<double>(j) / 2;
        deviation[j] = 1 + static_cast<double>(j);
    }
    const auto values = transformed(Normalize(Normalizer(mean, deviation)), counting<T>(), 1);
    for (std::size_t j = 0; j < values.size(); ++j)
        CHECK(static_cast<double>(values[j]) ==
              doctest::Approx((1 + static_cast<double>(j) - mean[j]) / deviation[j]).epsilon(1e-5));
}

TEST_CASE("transforms: what they say of bad options and of samples that are no images") {
    CHECK_THROWS_WITH_AS(RandomHorizontalFlip(1.5),
                         "RandomHorizontalFlip: expected a probability in [0, 1], got 1.5", ValueError);
    CHECK_THROWS_WITH_AS(RandomHorizontalFlip(std::nan("")),
                         "RandomHorizontalFlip: expected a probability in [0, 1], got nan", ValueError);
    CHECK_THROWS_WITH_AS(RandomRotation(-1), "RandomRotation: expected an angle in [0, 180] degrees, got -1",
                         ValueError);
    CHECK_THROWS_WITH_AS(GaussianNoise{std::numeric_limits<double>::infinity()},
                         "GaussianNoise: deviation must be finite and not negative, got inf", ValueError);
    const std::string rest =
        ": expected images, samples of shape (channels, height, width), got samples of shape (12)";
    const auto check = [&](const Transform<float>& transform, const std::string& name) {
        CHECK_NOTHROW(transform.check({1, 3, 4}));
        CHECK_THROWS_WITH_AS(transform.check({12}), (name + rest).c_str(), ShapeError);
    };
    check(RandomCrop(1), "RandomCrop");
    check(RandomHorizontalFlip(), "RandomHorizontalFlip");
    check(Cutout(1), "Cutout");
    check(RandomRotation(5), "RandomRotation");
    CHECK_THROWS_WITH_AS(Transform<float>(Normalize(Normalizer({1.0}, {1.0}))).check({12}),
                         "Normalize: the samples have 12 values, the normalizer 1", ShapeError);
    CHECK_NOTHROW(Transform<float>(GaussianNoise(1)).check({12}));
}
