// What random transforms promise: the same bits with any number of threads, and after a resumption.
#include <xgrad/data/batches.hpp>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/threads.hpp"

using namespace xgrad;

namespace {

Dataset noise(std::size_t count) {
    Rng rng(7);
    std::vector<std::uint8_t> images(count * 3 * 16 * 16), labels(count);
    for (auto& byte : images) byte = static_cast<std::uint8_t>(rng.below(256));
    for (auto& label : labels) label = static_cast<std::uint8_t>(rng.below(4));
    return Dataset("noise", {"a", "b", "c", "d"}, {3, 16, 16}, images, labels);
}

template <class T>
BatchOptions<T> everything(const Dataset& data) {
    return {.transforms = {RandomCrop(4), RandomHorizontalFlip(), Cutout(5), RandomRotation(15),
                           Normalize(Normalizer(data)), GaussianNoise(0.1)},
            .mixup = 0.4};
}

template <class T>
bool same(const Batch<T>& a, const Batch<T>& b) {
    return a.labels == b.labels && a.x.value() == b.x.value() &&
           a.soft_labels.value() == b.soft_labels.value();
}

template <class T>
std::vector<Batch<T>> take(ImageBatches<T>& batches, Rng& rng, int count) {
    std::vector<Batch<T>> taken;
    for (int i = 0; i < count; ++i) taken.push_back(batches.next(rng));
    return taken;
}

}  // namespace

TEST_CASE_TEMPLATE("augmentation: the same bits for any number of threads", T, float, double) {
    const Dataset data = noise(50);
    std::vector<std::vector<Batch<T>>> runs;
    for (const int threads : {1, 2, 3}) {
        const test::Threads scope(threads);
        ImageBatches<T> batches(data, 16, everything<T>(data));
        Rng rng(5);
        runs.push_back(take(batches, rng, 9));
    }
    for (std::size_t run = 1; run < runs.size(); ++run)
        for (std::size_t i = 0; i < runs[0].size(); ++i) CHECK(same(runs[0][i], runs[run][i]));
}

TEST_CASE("augmentation: a restored epoch goes on with the same bits") {
    const Dataset data = noise(50);
    for (const int steps : {0, 1, 3, 4, 6}) {
        CAPTURE(steps);
        ImageBatches<float> original(data, 16, everything<float>(data)),
            resumed(data, 16, everything<float>(data));
        CHECK(original.has_seed());
        Rng rng(8);
        take(original, rng, steps);
        resumed.restore(original.state());
        Rng copy = rng;
        const auto expected = take(original, rng, 6), found = take(resumed, copy, 6);
        for (std::size_t i = 0; i < found.size(); ++i) CHECK(same(expected[i], found[i]));
    }
}

TEST_CASE("augmentation: a sample changes with the epoch") {
    const Dataset data = noise(1);
    ImageBatches<float> batches(data, 1, {.transforms = {GaussianNoise(1)}});
    Rng rng(1);
    const auto taken = take(batches, rng, 3);
    CHECK(taken[0].x.value() != taken[1].x.value());
    CHECK(taken[1].x.value() != taken[2].x.value());
    CHECK(batches.next().x.value() ==
          Batch<float>(batches.next()).x.value());  // in order: every epoch is the same
}

TEST_CASE("augmentation: draws from the generator nothing that a training without it does not") {
    const Dataset data = noise(20);
    ImageBatches<float> plain(data, Normalizer(data), 5),
        listed(data, 5, {.transforms = {Normalize(Normalizer(data))}}), none(data, 5);
    CHECK_FALSE(plain.has_seed());
    Rng a(1), b(1), c(1);
    for (int i = 0; i < 9; ++i) {
        const auto &x = plain.next(a), &y = listed.next(b), &z = none.next(c);
        CHECK(x.x.value() == y.x.value());
        CHECK(x.labels == z.labels);
        CHECK_FALSE(x.soft_labels.defined());
        CHECK(z.x.value()(0, 0) == static_cast<float>(static_cast<int>(z.x.value()(0, 0))));  // a byte
    }
    CHECK(a == b);
    CHECK(a == c);
}

TEST_CASE("augmentation: the same whether pixels move before or after their conversion") {
    const Dataset data = noise(30);
    const Normalizer same_for_all(std::vector<double>(768, 100), std::vector<double>(768, 50));
    // A transform that does nothing, and keeps the others from working on bytes.
    const auto nothing = [](const Sample<float>&) {};
    ImageBatches<float> on_bytes(
        data, 30, {.transforms = {RandomCrop(4, 100), RandomHorizontalFlip(), Normalize(same_for_all)}});
    ImageBatches<float> on_values(
        data, 30,
        {.transforms = {nothing, RandomCrop(4, 100), RandomHorizontalFlip(), Normalize(same_for_all)}});
    Rng a(2), b(2);
    const Array<float> x = on_bytes.next(a).x.value(), y = on_values.next(b).x.value();
    for (std::size_t i = 0; i < x.size(); ++i)  // one of the two may fuse the product and the sum
        REQUIRE(x.data()[i] == doctest::Approx(y.data()[i]).epsilon(1e-5));
}

TEST_CASE("augmentation: mixup mixes images and labels by the same weights") {
    // Image i is i + 1 everywhere, and of class i.
    std::vector<std::uint8_t> images, labels;
    for (std::uint8_t i = 0; i < 4; ++i) {
        images.insert(images.end(), 6, static_cast<std::uint8_t>(i + 1));
        labels.push_back(i);
    }
    const Dataset data("steps", {"a", "b", "c", "d"}, {1, 2, 3}, images, labels);
    for (const double alpha : {0.01, 0.2, 1.0, 8.0}) {
        ImageBatches<double> batches(data, 4, {.mixup = alpha});
        Rng rng(1);
        double mean = 0, variance = 0;
        int mixed = 0;
        for (int epoch = 0; epoch < 2000; ++epoch) {
            const auto& batch = batches.next(rng);
            for (std::size_t i = 0; i < 4; ++i) {
                double value = 0, sum = 0;
                for (std::size_t j = 0; j < 4; ++j) {
                    const double weight = batch.soft_labels.value()(i, j);
                    value += weight * static_cast<double>(j + 1);
                    sum += weight;
                }
                REQUIRE(sum == doctest::Approx(1));
                REQUIRE(batch.x.value()(i, 5) == doctest::Approx(value));
                const double own = batch.soft_labels.value()(i, static_cast<std::size_t>(batch.labels[i]));
                if (own == 1 && alpha > 0.1) continue;  // with itself
                mean += own;
                variance += (own - 0.5) * (own - 0.5);
                ++mixed;
            }
        }
        if (alpha > 0.1) {  // of Beta(alpha, alpha): 1/2 and 1 / (4 (2 alpha + 1))
            CHECK(mean / mixed == doctest::Approx(0.5).epsilon(0.03));
            CHECK(variance / mixed == doctest::Approx(1 / (4 * (2 * alpha + 1))).epsilon(0.06));
        }
    }
}

TEST_CASE(
    "augmentation: an error of a user's transform reaches who asks for the batch, and the next try works") {
    for (const int threads : {1, 2}) {
        const test::Threads scope(threads);
        const Dataset data = noise(12);
        bool broken = false;
        ImageBatches<float> batches(data, 4, {.transforms = {[&](const Sample<float>& sample) {
                                                  if (broken) throw std::runtime_error("no such transform");
                                                  sample.values[0] = -1;
                                              }}});
        CHECK(batches.next().x.value()(0, 0) == -1);
        // What is prepared already may have succeeded.
        batches.restore(batches.state());
        broken = true;
        CHECK_THROWS_WITH_AS(batches.next(), "no such transform", std::runtime_error);
        broken = false;
        CHECK(batches.next().x.value()(0, 0) == -1);
        CHECK(batches.state().position == 8);
    }
}

TEST_CASE("augmentation: what it refuses") {
    const Dataset data = noise(2);
    CHECK_THROWS_WITH_AS(Batches(data, 1, {.mixup = std::nan("")}),
                         "Batches: mixup must be finite and not negative, got nan", ValueError);
    CHECK_THROWS_WITH_AS(Batches(data, 1, {.transforms = {Normalize(Normalizer({1.0}, {1.0}))}}),
                         "Normalize: the samples have 768 values, the normalizer 1", ShapeError);
}
