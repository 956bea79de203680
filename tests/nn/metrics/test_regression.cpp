#include <xgrad/nn/metrics/regression.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include "support/tensors.hpp"

using namespace xgrad;

TEST_CASE_TEMPLATE("mean_absolute_error, mean_squared_error, r2_score: of all elements", T, float, double) {
    const Tensor<T> prediction(Array<T>{{1, 2}, {5, 4}}), target(Array<T>{{1, 4}, {4, 3}});
    CHECK(mean_absolute_error(prediction, target) == 4.0 / 4);
    CHECK(mean_squared_error(prediction, target) == 6.0 / 4);
    CHECK(r2_score(prediction, target) == 1 - 6.0 / 6);  // the mean of the targets is 3
    CHECK(mean_absolute_error(target, target) == 0);
    CHECK(mean_squared_error(target, target) == 0);
    CHECK(r2_score(target, target) == 1);
    CHECK(mean_absolute_error(full<T>({}, 3), full<T>({}, 5)) == 2);
}

TEST_CASE("r2_score: below 0 for predictions worse than the mean, -inf or NaN for equal targets") {
    const Tensor target(Array<float>{1, 2, 3});
    CHECK(r2_score(full({3}, 2), target) == 0);
    CHECK(r2_score(Tensor(Array<float>{3, 2, 1}), target) == -3);
    for (const double value : {0.0, 0.1, -1e30}) {
        CAPTURE(value);
        CHECK(r2_score(target, full({3}, value)) == -INFINITY);
        CHECK(std::isnan(r2_score(full({3}, value), full({3}, value))));
    }
    CHECK(r2_score(ones({1}), zeros({1})) == -INFINITY);
    CHECK(std::isnan(r2_score(ones({1}), ones({1}))));
}

TEST_CASE("r2_score: a large mean of the targets costs no digits") {
    Array<double> target(Shape{1000}), prediction(Shape{1000});
    Rng rng(1);
    for (std::size_t i = 0; i < 1000; ++i) {
        // Multiples of 1/1024: exact, also with the offset.
        target(i) = std::round(1024 * rng.normal()) / 1024;
        prediction(i) = target(i) + std::round(300 * rng.normal()) / 1024;
    }
    const Tensor<double> y(prediction), t(target);
    const double expected = r2_score(y, t);
    CHECK(expected > 0.8);
    CHECK(expected < 0.95);
    // A sum of the squares of these targets is right to 1e11 or so.
    CHECK(r2_score(y + 1e12, t + 1e12) == doctest::Approx(expected).epsilon(1e-13));
    RegressionMetrics merged;
    for (std::ptrdiff_t i = 0; i < 10; ++i) {
        RegressionMetrics part;
        part.add(slice(y, 0, 100 * i, 100 * i + 100) + 1e12, slice(t, 0, 100 * i, 100 * i + 100) + 1e12);
        merged += part;
    }
    CHECK(merged.r2_score() == doctest::Approx(expected).epsilon(1e-13));
}

TEST_CASE_TEMPLATE("RegressionMetrics: is the functions of all batches, added in any way", T, float, double) {
    Rng rng(1);
    const Tensor<T> y = randn<T>({60, 3}, rng), t = randn<T>({60, 3}, rng) + 5.0;
    RegressionMetrics added, merged;
    for (std::ptrdiff_t begin = 0, end = 1; begin < 60;
         begin = end, end = std::min<std::ptrdiff_t>(60, 3 * end)) {
        CAPTURE(begin);
        RegressionMetrics part;
        for (auto* metrics : {&added, &part}) metrics->add(slice(y, 0, begin, end), slice(t, 0, begin, end));
        merged += part;
    }
    merged += RegressionMetrics();
    for (const auto* metrics : {&added, &merged}) {
        CHECK(metrics->mean_absolute_error() == doctest::Approx(mean_absolute_error(y, t)).epsilon(1e-14));
        CHECK(metrics->mean_squared_error() == doctest::Approx(mean_squared_error(y, t)).epsilon(1e-14));
        CHECK(metrics->r2_score() == doctest::Approx(r2_score(y, t)).epsilon(1e-14));
    }
    merged += merged;
    CHECK(merged.mean_absolute_error() == doctest::Approx(mean_absolute_error(y, t)).epsilon(1e-14));
    CHECK(merged.r2_score() == doctest::Approx(r2_score(y, t)).epsilon(1e-14));
}

TEST_CASE("mean_squared_error, mean_absolute_error: agree with the losses") {
    Rng rng(1);
    const Tensor<double> y = randn<double>({100}, rng), t = randn<double>({100}, rng);
    CHECK(mean_squared_error(y, t) == doctest::Approx(mse_loss(y, t).item()).epsilon(1e-14));
    CHECK(mean_absolute_error(y, t) == doctest::Approx(l1_loss(y, t).item()).epsilon(1e-14));
}

TEST_CASE("RegressionMetrics: a NaN shows in every metric") {
    const Tensor prediction(Array<float>{1, NAN}), target(Array<float>{1, 2});
    CHECK(std::isnan(mean_absolute_error(prediction, target)));
    CHECK(std::isnan(mean_squared_error(prediction, target)));
    CHECK(std::isnan(r2_score(prediction, target)));
    CHECK(std::isnan(r2_score(target, prediction)));
}

TEST_CASE("RegressionMetrics: counts nothing of a batch that it refuses, and records nothing") {
    RegressionMetrics metrics;
    const Tape tape;
    const Tensor<float> x = Tensor<float>(Array<float>{1, 3}, RequiresGrad::yes) * 2.0;
    const std::size_t before = tape.size();
    metrics.add(x, zeros({2}));
    CHECK_THROWS_AS(metrics.add(x, zeros({2, 1})), ShapeError);
    CHECK(metrics.mean_absolute_error() == 4);
    CHECK(tape.size() == before);
}
