#include "shared/statistics/statistics.hpp"

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/rng.hpp>

using namespace apps;
using doctest::Approx;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("spread: mean and standard deviation, 0 for a single value") {
    CHECK(spread({2, 4, 6}).mean == Approx(4));
    CHECK(spread({2, 4, 6}).deviation == Approx(2));
    CHECK(spread({3}).deviation == 0);
    CHECK_THROWS_WITH_AS(spread({}), "statistics: expected at least one value, got none", xgrad::ValueError);
}

TEST_CASE("mean_interval: Student's t, unbounded for a single value") {
    // t(0.975, 2) = 4.302653
    CHECK(mean_interval({2, 4, 6}, 0.95).low == Approx(4 - 4.302653 * 2 / std::sqrt(3)));
    CHECK(mean_interval({2, 4, 6}, 0.95).high == Approx(4 + 4.302653 * 2 / std::sqrt(3)));
    CHECK(mean_interval({2}, 0.95).low == -infinity);
    CHECK(mean_interval({2, 2}, 0.95).has(2));
    CHECK_FALSE(mean_interval({2, 2}, 0.95).has(2.1));
}

TEST_CASE("skewness: of a lopsided sample, with its standard error") {
    // The values that R's e1071 gives (type 2): skewness(c(1, 1, 1, 1, 10)) = 2.236068.
    CHECK(skewness({1, 1, 1, 1, 10}).value == Approx(2.236068));
    CHECK(skewness({1, 1, 1, 1, 10}).error == Approx(std::sqrt(6.0 * 5 * 4 / (3 * 6 * 8))));
    CHECK(skewness({1, 2, 3}).value == Approx(0));
    for (const auto& none : {std::vector<double>{1, 5}, std::vector<double>{2, 2, 2, 2}})
        CHECK(skewness(none).error == 0);
}

TEST_CASE("normal_prediction: holds one more value as often as it says") {
    const Prediction prediction = normal_prediction({2, 4, 6}, 0.95, 4 + 4.302653 * 2 * std::sqrt(4.0 / 3));
    CHECK(prediction.interval.high == Approx(4 + 4.302653 * 2 * std::sqrt(4.0 / 3)));
    CHECK(prediction.p == Approx(0.05).epsilon(1e-5));
    CHECK(normal_prediction({2, 4, 6}, 0.95, 4).p == 1);
    CHECK(normal_prediction({2, 2, 2}, 0.95, 2).p == 1);
    CHECK(normal_prediction({2, 2, 2}, 0.95, 3).p == 0);
    CHECK(normal_prediction({2}, 0.95, 99).p == 1);

    xgrad::Rng rng(1);
    int held = 0;
    constexpr int repeats = 4000;
    for (int i = 0; i < repeats; ++i) {
        std::vector<double> values(5);
        for (double& value : values) value = rng.normal();
        held += normal_prediction(values, 0.95, 0).interval.has(rng.normal());
    }
    CHECK(std::abs(held / double{repeats} - 0.95) < 0.015);
}

TEST_CASE("rank_prediction: the sample's ends, or less where it is large") {
    const std::vector<double> four{3, 1, 9, 2};
    const Prediction prediction = rank_prediction(four, 0.95, 10);
    CHECK(prediction.interval.low == 1);
    CHECK(prediction.interval.high == 9);
    CHECK(prediction.confidence == Approx(0.6));  // (n - 1) / (n + 1)
    CHECK(prediction.p == Approx(0.4));           // the largest of five, on either side
    CHECK(rank_prediction(four, 0.95, 2.5).p == 1);
    std::vector<double> many(79);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    CHECK(rank_prediction(many, 0.95, 100).interval.low == 1);  // the second of 79
    CHECK(rank_prediction(many, 0.95, 100).interval.high == 77);
    CHECK(rank_prediction(many, 0.95, 100).confidence == Approx(0.95));
    CHECK(rank_prediction(many, 0.95, 100).p == Approx(0.025));
}

TEST_CASE("proportion_interval: Clopper and Pearson's") {
    CHECK(proportion_interval(0, 10, 0.95).low == 0);
    CHECK(proportion_interval(0, 10, 0.95).high == Approx(1 - std::pow(0.025, 0.1)));
    CHECK(proportion_interval(10, 10, 0.95).low == Approx(std::pow(0.025, 0.1)));
    CHECK(proportion_interval(10, 10, 0.95).high == 1);
    CHECK(proportion_interval(3, 10, 0.95).low == Approx(0.0667395));  // R: binom.test(3, 10)
    CHECK(proportion_interval(3, 10, 0.95).high == Approx(0.6524529));
    CHECK_THROWS_WITH_AS(proportion_interval(3, 2, 0.95), "statistics: 3 of 2 is no proportion",
                         xgrad::ValueError);
}

TEST_CASE("differences: pair by pair") {
    CHECK(differences({1, 2}, {4, 3}) == std::vector<double>{3, 1});
    CHECK_THROWS_WITH_AS(differences({1}, {}), "statistics: 1 values cannot be paired with 0",
                         xgrad::ValueError);
}

TEST_CASE("holm: the smallest p counts for all, the next one for the others") {
    CHECK(holm({0.01, 0.04, 0.03, 0.005}) == std::vector<double>{0.03, 0.06, 0.06, 0.02});  // R: p.adjust
    CHECK(holm({0.9, 0.8}) == std::vector<double>{1, 1});
    CHECK(holm({}).empty());
}

TEST_CASE("equivalence_p: small if the means are close beyond doubt") {
    const std::vector<double> a{50, 50.1, 49.9, 50.05, 49.95}, b{50.02, 50.12, 49.92, 50.07, 49.97};
    CHECK(equivalence_p(a, b, 0.5) < 0.001);
    CHECK(equivalence_p(a, b, 0.01) > 0.5);
    CHECK(equivalence_p(a, {51, 51.1, 50.9}, 0.5) > 0.99);
    CHECK(equivalence_p({50}, b, 0.5) == 1);
    CHECK(equivalence_p({50, 50}, {50.4, 50.4}, 0.5) == 0);
    CHECK(equivalence_p({50, 50}, {50.6, 50.6}, 0.5) == 1);
    // The pooled variance is 1, t = 1 / sqrt(1/2), and P(T > sqrt 2) = 53/512 for 6 degrees of freedom.
    CHECK(equivalence_p({1, 2, 3, 4}, {2, 2, 3, 3}, 1) == doctest::Approx(53.0 / 512).epsilon(1e-12));
    CHECK(equivalence_p({2, 2, 3, 3}, {1, 2, 3, 4}, 1) == doctest::Approx(53.0 / 512).epsilon(1e-12));
}
