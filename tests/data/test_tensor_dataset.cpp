#include <xgrad/data/tensor_dataset.hpp>

#include <type_traits>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>

using namespace xgrad;

namespace {

// (count, 2): rows (i, -i).
template <class T>
Array<T> features(std::size_t count) {
    Array<T> x(Shape{count, 2});
    for (std::size_t i = 0; i < count; ++i) {
        x(i, 0) = static_cast<T>(i);
        x(i, 1) = -static_cast<T>(i);
    }
    return x;
}

Indices numbers(std::size_t count) {
    std::vector<std::int32_t> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<std::int32_t>(i));
    return Indices(values);
}

}  // namespace

TEST_CASE("TensorDataset: arrays, Tensors and indices become fields") {
    const Array<double> y{10, 11, 12};
    const Array<std::int32_t> mask{{1, 0}, {1, 1}, {0, 1}};
    const TensorDataset data(features<float>(3), y, Tensor<double>(y), numbers(3), mask);
    using Expected = const TensorDataset<Tensor<float>, Tensor<double>, Tensor<double>, Indices, Indices>;
    static_assert(std::is_same_v<decltype(data), Expected>);
    CHECK(data.size() == 3);
    CHECK(data.get<0>().value() == features<float>(3));
    CHECK(data.get<4>().values() == mask);

    const std::vector<std::size_t> rows{2, 0, 2};
    const auto chosen = data.select(rows);
    CHECK(chosen.size() == 3);
    CHECK(chosen.get<1>().value() == Array<double>{12, 10, 12});
    CHECK(chosen.get<0>().value() == Array<float>{{2, -2}, {0, 0}, {2, -2}});
    CHECK(chosen.get<4>() == Indices({3, 2}, {0, 1, 1, 0, 0, 1}));
    CHECK(data.select({}).size() == 0);
}

TEST_CASE_TEMPLATE("TensorDataset: batches are tuples of the same samples of every field", T, float, double) {
    const TensorDataset data(features<T>(10), features<double>(10), numbers(10));
    Batches batches(data, 4);
    Rng rng(1);
    std::vector<std::size_t> sizes;
    std::vector<bool> seen(10);
    for (const auto& [x, y, label] : batches.epoch(rng)) {
        static_assert(std::is_same_v<decltype(x), const Tensor<T>>);
        static_assert(std::is_same_v<decltype(label), const Indices>);
        sizes.push_back(label.size());
        for (std::size_t i = 0; i < label.size(); ++i) {
            CHECK(x.value()(i, 1) == -static_cast<T>(label[i]));
            CHECK(y.value()(i, 0) == label[i]);
            CHECK_FALSE(seen[static_cast<std::size_t>(label[i])]);
            seen[static_cast<std::size_t>(label[i])] = true;
        }
    }
    CHECK(sizes == std::vector<std::size_t>{4, 4, 2});
}

TEST_CASE("TensorDataset: samples of any shape, also integers alone") {
    Rng rng(1);
    const Array<double> images = randn<double>({6, 2, 3, 4}, rng).value();
    Batches of_images(TensorDataset{images}, 4);
    CHECK(std::get<0>(of_images.next()).shape() == Shape{4, 2, 3, 4});
    Batches flipped(TensorDataset{images}, 6, {.transforms = {RandomHorizontalFlip(1)}});
    const auto& [x] = flipped.next();
    CHECK(x.shape() == images.shape());
    CHECK(x.value()(5, 1, 2, 0) == images(5, 1, 2, 3));

    Batches of_integers(TensorDataset{numbers(5)}, 2);
    CHECK(std::get<0>(of_integers.next()) == Indices{0, 1});
}

TEST_CASE("TensorDataset: normalized by a Normalizer") {
    Batches batches(TensorDataset(features<double>(4), numbers(4)), Normalizer({1.5, -1.5}, {0.5, 2}), 4);
    const auto& [x, label] = batches.next();
    CHECK(x.value() == Array<double>{{-3, 0.75}, {-1, 0.25}, {1, -0.25}, {3, -0.75}});
    CHECK_FALSE(batches.has_seed());
}

TEST_CASE("TensorDataset: mixup mixes all fields alike") {
    Batches batches(TensorDataset(features<float>(8), features<double>(8)), 8, {.mixup = 1});
    Rng rng(3);
    bool between = false;
    for (int epoch = 0; epoch < 3; ++epoch)
        for (const auto& [x, y] : batches.epoch(rng))
            for (std::size_t i = 0; i < 8; ++i) {
                const double mixed = y.value()(i, 0);
                CHECK(static_cast<double>(x.value()(i, 0)) == doctest::Approx(mixed).epsilon(1e-6));
                CHECK(static_cast<double>(x.value()(i, 1)) == doctest::Approx(-mixed).epsilon(1e-6));
                between = between || mixed != std::floor(mixed);
            }
    CHECK(between);
}

TEST_CASE("TensorDataset: what it refuses") {
    CHECK_THROWS_WITH_AS(
        TensorDataset(features<float>(3), features<float>(4)),
        "TensorDataset: field 1 of shape (4, 2) has another number of samples than field 0 of shape (3, 2)",
        ShapeError);
    CHECK_THROWS_WITH_AS(TensorDataset(features<float>(3), Tensor<float>(Array<float>(Shape{}, 1.0F))),
                         "TensorDataset: field 1 of shape () has no axis of samples", ShapeError);
    const TensorDataset data(features<float>(3), numbers(3));
    CHECK_THROWS_WITH_AS(TensorDataset{features<float>(3)}.select(std::vector<std::size_t>{0, 3}),
                         "select_rows: rows[1] is 3, outside the 3 rows of (3, 2)", ValueError);
    CHECK_THROWS_WITH_AS(Batches(data.select({}), 1), "Batches: there are no samples", ValueError);
    CHECK_THROWS_WITH_AS(Batches(data, 2, {.mixup = 1}),
                         "Batches: field 1 has integers, which cannot be mixed: give one-hot rows instead",
                         ValueError);
    CHECK_THROWS_WITH_AS(Batches(TensorDataset{features<float>(3)}, 2, {.mixup = -1}),
                         "Batches: mixup must be finite and not negative, got -1", ValueError);
    CHECK_THROWS_WITH_AS(Batches(TensorDataset(numbers(3)), 2, {.transforms = {GaussianNoise(1)}}),
                         "Batches: field 0 has integers, which cannot be transformed", ValueError);
    CHECK_THROWS_WITH_AS(
        Batches(data, 2, {.transforms = {Cutout(1)}}),
        "Cutout: expected images, samples of shape (channels, height, width), got samples of shape (2)",
        ShapeError);
}
