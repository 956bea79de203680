#include <xgrad/data/batches.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::Bytes;

namespace {

// `count` images of two features: (i, 255 - i), label i mod 10.
Dataset counting(std::size_t count) {
    Bytes images, labels;
    for (std::size_t i = 0; i < count; ++i) {
        images.push_back(static_cast<std::uint8_t>(i));
        images.push_back(static_cast<std::uint8_t>(255 - i));
        labels.push_back(static_cast<std::uint8_t>(i % 10));
    }
    return Dataset("Counting", std::vector<std::string>(10, "digit"), {1, 1, 2}, images, labels);
}

// The number of each image in a batch, read back from its first feature.
template <class T>
std::vector<int> images_of(const Normalizer& normalizer, const Batch<T>& batch) {
    std::vector<int> images;
    for (std::size_t row = 0; row < batch.labels.size(); ++row) {
        const auto y = static_cast<double>(batch.x.value()(row, 0));
        images.push_back(static_cast<int>(std::lround(y * normalizer.deviation()[0] + normalizer.mean()[0])));
        CHECK(batch.labels[row] == images.back() % 10);
    }
    return images;
}

std::vector<int> first(int count) {
    std::vector<int> numbers(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) numbers[static_cast<std::size_t>(i)] = i;
    return numbers;
}

// The images of an epoch, and the sizes of its batches.
struct Seen {
    std::vector<int> images;
    std::vector<std::size_t> sizes;
};
template <class Range>
Seen all(const Normalizer& normalizer, Range&& epoch) {
    Seen seen;
    for (const auto& batch : epoch) {
        CHECK(batch.x.shape() == Shape{batch.labels.size(), 2});
        const std::vector<int> images = images_of(normalizer, batch);
        seen.images.insert(seen.images.end(), images.begin(), images.end());
        seen.sizes.push_back(images.size());
    }
    return seen;
}

std::vector<int> sorted(std::vector<int> values) {
    std::sort(values.begin(), values.end());
    return values;
}

}  // namespace

TEST_CASE_TEMPLATE("Batches: values are normalized and labels belong to them", T, float, double) {
    const Dataset data = counting(5);
    const Normalizer normalizer(data);
    ImageBatches<T> batches(data.slice(1, 4), normalizer, 3);
    const Batch<T>& batch = batches.next();
    REQUIRE(batch.x.shape() == Shape{3, 2});
    CHECK(batch.labels == Indices{1, 2, 3});
    for (std::size_t row = 0; row < 3; ++row) {
        const double byte = static_cast<double>(row) + 1;
        const double expected[] = {byte, 255 - byte};
        for (std::size_t j = 0; j < 2; ++j)
            CHECK(static_cast<double>(batch.x.value()(row, j)) ==
                  doctest::Approx((expected[j] - normalizer.mean()[j]) / normalizer.deviation()[j])
                      .epsilon(sizeof(T) == 4 ? 1e-5 : 1e-12));
    }
    CHECK_FALSE(batch.x.requires_grad());
}

TEST_CASE("Batches: in the data set's order, each image once, the last batch kept or dropped") {
    const Dataset data = counting(10);
    const Normalizer normalizer(data);

    ImageBatches<float> keep(data, normalizer, 4);
    CHECK(keep.per_epoch() == 3);
    for (int repeat = 0; repeat < 2; ++repeat) {
        const Seen seen = all(normalizer, keep.epoch());
        CHECK(seen.images == first(10));
        CHECK(seen.sizes == std::vector<std::size_t>{4, 4, 2});
    }

    ImageBatches<float> drop(data, normalizer, 4, LastBatch::drop);
    CHECK(drop.per_epoch() == 2);
    CHECK(all(normalizer, drop.epoch()).images == first(8));

    for (const LastBatch last : {LastBatch::keep, LastBatch::drop}) {
        ImageBatches<float> even(data, normalizer, 5, last);
        CHECK(even.per_epoch() == 2);
        CHECK(all(normalizer, even.epoch()).sizes == std::vector<std::size_t>{5, 5});
    }

    ImageBatches<float> one(data, normalizer, 100);
    CHECK(one.per_epoch() == 1);
    CHECK(all(normalizer, one.epoch()).images == first(10));
}

TEST_CASE("Batches: shuffled, each image once in an epoch, each epoch in another order") {
    const Dataset data = counting(200);
    const Normalizer normalizer(data);
    ImageBatches<float> batches(data, normalizer, 30);
    Rng rng(1);
    const std::vector<int> one = all(normalizer, batches.epoch(rng)).images;
    const std::vector<int> two = all(normalizer, batches.epoch(rng)).images;
    CHECK(sorted(one) == first(200));
    CHECK(sorted(two) == first(200));
    CHECK(one != first(200));
    CHECK(two != one);
}

TEST_CASE("Batches: which images a dropped last batch leaves out changes with the epoch") {
    const Dataset data = counting(7);
    const Normalizer normalizer(data);
    ImageBatches<float> batches(data, normalizer, 3, LastBatch::drop);
    Rng rng(1);
    std::vector<int> seen;
    for (int epoch = 0; epoch < 60; ++epoch) {
        const std::vector<int> images = sorted(all(normalizer, batches.epoch(rng)).images);
        CHECK(images.size() == 6);
        CHECK(std::adjacent_find(images.begin(), images.end()) == images.end());
        seen.insert(seen.end(), images.begin(), images.end());
    }
    for (int image = 0; image < 7; ++image) CHECK(std::count(seen.begin(), seen.end(), image) < 60);
}

TEST_CASE("Batches: the order depends on the random generator's state alone") {
    const Dataset data = counting(50);
    const Normalizer normalizer(data);
    ImageBatches<float> fresh(data, normalizer, 7), used(data, normalizer, 7);
    Rng other(9);
    for (int i = 0; i < 3; ++i) used.next(other);
    Rng a(5), b(5);
    CHECK(all(normalizer, fresh.epoch(a)).images == all(normalizer, used.epoch(b)).images);
    CHECK(a == b);
}

TEST_CASE("Batches: next() goes on for ever, as one epoch after the other") {
    const Dataset data = counting(10);
    const Normalizer normalizer(data);
    for (const LastBatch last : {LastBatch::keep, LastBatch::drop}) {
        ImageBatches<float> by_step(data, normalizer, 4, last), by_epoch(data, normalizer, 4, last);
        Rng a(3), b(3);
        for (int epoch = 0; epoch < 3; ++epoch) {
            std::vector<int> steps;
            for (std::size_t i = 0; i < by_step.per_epoch(); ++i) {
                const std::vector<int> images = images_of(normalizer, by_step.next(a));
                steps.insert(steps.end(), images.begin(), images.end());
            }
            CHECK(steps == all(normalizer, by_epoch.epoch(b)).images);
        }
    }
    ImageBatches<float> in_order(data, normalizer, 10);
    for (int epoch = 0; epoch < 3; ++epoch) CHECK(images_of(normalizer, in_order.next()) == first(10));
}

TEST_CASE("Batches: an epoch that is left early is continued by next(), and replaced by a new one") {
    const Dataset data = counting(6);
    const Normalizer normalizer(data);
    ImageBatches<float> batches(data, normalizer, 2);
    for ([[maybe_unused]] const auto& batch : batches.epoch()) break;
    CHECK(images_of(normalizer, batches.next()) == std::vector<int>{2, 3});
    CHECK(all(normalizer, batches.epoch()).images == first(6));
}

TEST_CASE("Batches: a batch that was kept does not change when the next one comes") {
    const Dataset data = counting(4);
    const Normalizer normalizer(data);
    ImageBatches<float> batches(data, normalizer, 2);
    const Batch<float> kept = batches.next();
    batches.next();
    CHECK(images_of(normalizer, kept) == std::vector<int>{0, 1});
}

TEST_CASE("Batches: goes on where another one stood") {
    const Dataset data = counting(10);
    const Normalizer normalizer(data);
    for (const int steps : {0, 1, 2, 3, 4}) {
        CAPTURE(steps);
        ImageBatches<float> original(data, normalizer, 4), resumed(data, normalizer, 4);
        Rng rng(8);
        for (int i = 0; i < steps; ++i) original.next(rng);
        resumed.restore(original.state());
        Rng same = rng;
        for (int i = 0; i < 7; ++i)
            CHECK(images_of(normalizer, original.next(rng)) == images_of(normalizer, resumed.next(same)));
    }
}

TEST_CASE("Batches: rejects a state that is none of its own") {
    const Dataset data = counting(4);
    ImageBatches<float> batches(data, Normalizer(data), 2);
    CHECK_NOTHROW(batches.restore({{3, 1, 0, 2}, 4}));
    CHECK_THROWS_WITH_AS(batches.restore({{0, 1, 2}, 0}),
                         "Batches: expected an order of 4 samples, got one of 3", ValueError);
    CHECK_THROWS_WITH_AS(batches.restore({{}, 2}), "Batches: expected an order of 4 samples, got one of 0",
                         ValueError);
    CHECK_THROWS_WITH_AS(batches.restore({{0, 1, 2, 1}, 0}),
                         "Batches: expected every sample once in the order, got 1 twice", ValueError);
    CHECK_THROWS_WITH_AS(batches.restore({{0, 1, 2, 4}, 0}),
                         "Batches: expected every sample once in the order, got 4 of 4", ValueError);
    CHECK_THROWS_WITH_AS(batches.restore({{0, 1, 2, 3}, 3}),
                         "Batches: position 3 in 4 samples is not the beginning of a batch of 2", ValueError);
    CHECK_THROWS_WITH_AS(batches.restore({{0, 1, 2, 3}, 6}),
                         "Batches: position 6 in 4 samples is not the beginning of a batch of 2", ValueError);
    CHECK(batches.state().order == std::vector<std::size_t>{3, 1, 0, 2});  // what is rejected changes nothing
}

TEST_CASE("Batches: rejects what makes no batches") {
    const Dataset data = counting(4);
    const Normalizer normalizer(data);
    using B = ImageBatches<float>;
    CHECK_THROWS_WITH_AS(B(data, normalizer, 0), "Batches: the batch size must be positive, got 0",
                         ValueError);
    CHECK_THROWS_WITH_AS(B(data, normalizer, 5, LastBatch::drop),
                         "Batches: 4 samples are less than one batch of 5, and the last batch is dropped",
                         ValueError);
    CHECK_THROWS_WITH_AS(B(data.slice(0, 0), normalizer, 1), "Batches: there are no samples", ValueError);
    const Dataset other("Other", {"class"}, {1, 1, 3}, Bytes(6), Bytes(2));
    CHECK_THROWS_WITH_AS(B(other, normalizer, 1), "Normalize: the samples have 3 values, the normalizer 2",
                         ShapeError);
}

TEST_CASE("Batches: a copy of a batch remains valid when the next one is taken") {
    const Dataset data = counting(4);
    ImageBatches<float> batches(data, Normalizer(data), 2);
    const Batch<float> first = batches.next();
    const Array<float> x = first.x.value();
    batches.next();
    CHECK(first.labels == Indices{0, 1});
    CHECK(first.x.value() == x);
}
