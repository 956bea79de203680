#include <xgrad/nn/metrics/calibration.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include "support/tensors.hpp"

using namespace xgrad;

namespace {

// Logits of two classes such that class 0 is predicted with these confidences.
template <class T = double>
Tensor<T> confident(const std::vector<double>& confidences) {
    Array<T> logits(Shape{confidences.size(), 2}, T{0});
    for (std::size_t i = 0; i < confidences.size(); ++i)
        logits(i, 0) = static_cast<T>(std::log(confidences[i] / (1 - confidences[i])));
    return Tensor<T>(std::move(logits));
}

}  // namespace

TEST_CASE_TEMPLATE("expected_calibration_error: the mean over the bins of |accuracy - confidence|", T, float,
                   double) {
    // Ten bins: of 0.62 and 0.68 one is right, 0.95 is wrong.
    const Tensor<T> logits = confident<T>({0.62, 0.95, 0.68});
    CHECK(expected_calibration_error(logits, {0, 1, 1}, 10) ==
          doctest::Approx(2. / 3 * (0.65 - 0.5) + 1. / 3 * 0.95).epsilon(1e-6));
    // One bin: accuracy and confidence of all.
    CHECK(expected_calibration_error(logits, {0, 1, 1}, 1) ==
          doctest::Approx((0.62 + 0.95 + 0.68) / 3 - 1. / 3).epsilon(1e-6));
    // 15 bins: 0.62 is in (9/15, 10/15] and 0.68 in (10/15, 11/15].
    CHECK(expected_calibration_error(logits, {0, 1, 1}) ==
          doctest::Approx((0.38 + 0.95 + 0.68) / 3).epsilon(1e-6));
    CHECK(expected_calibration_error(full<T>({2, 2}, 7), {0, 1}) == 0);  // sure of nothing, right in half
}

TEST_CASE("expected_calibration_error: extreme logits") {
    CHECK(expected_calibration_error(Tensor(Array<float>{{1000, -1000}}), {0}) == 0);
    CHECK(expected_calibration_error(Tensor(Array<float>{{1000, -1000}}), {1}) == 1);
    CHECK(expected_calibration_error(Tensor(Array<float>{{-1, -INFINITY}}), {0}) == 0);
    CHECK(expected_calibration_error(ones({1, 1}), {0}) == 0);
}

TEST_CASE("Calibration: a bin contains its upper bound") {
    Calibration calibration(4);
    calibration.add(confident({0.5, 0.51, 0.74, 0.76}), {0, 0, 1, 0});
    calibration.add(zeros<double>({1, 4}), {3});  // 0.25
    calibration.add(Tensor<double>(Array<double>{{800, 0}}), {0});  // 1
    std::vector<std::uint64_t> counts, correct;
    std::vector<double> confidence;
    for (const CalibrationBin& bin : calibration.bins()) {
        counts.push_back(bin.count);
        correct.push_back(bin.correct);
        confidence.push_back(bin.confidence);
    }
    CHECK(counts == std::vector<std::uint64_t>{1, 1, 2, 2});
    CHECK(correct == std::vector<std::uint64_t>{0, 1, 1, 2});
    CHECK(test::difference(confidence, test::Values{0.25, 0.5, 1.25, 1.76}) < 1e-14);
    CHECK(Calibration().bins().size() == 15);
}

TEST_CASE_TEMPLATE("Calibration: is expected_calibration_error of all batches, added in any way", T, float,
                   double) {
    Rng rng(1);
    const Tensor<T> logits = randn<T>({30, 3}, rng);
    std::vector<std::int32_t> labels;
    for (std::int32_t i = 0; i < 30; ++i) labels.push_back(i % 3);
    Calibration added(7), merged(7);
    for (std::ptrdiff_t begin = 0; begin < 30; begin += 10) {
        const Indices part_labels(
            std::vector<std::int32_t>(labels.begin() + begin, labels.begin() + begin + 10));
        Calibration part(7);
        for (Calibration* calibration : {&added, &part})
            calibration->add(slice(logits, 0, begin, begin + 10), part_labels);
        merged += part;
    }
    merged += Calibration(7);
    const double expected = expected_calibration_error(logits, labels, 7);
    CHECK(added.expected_error() == doctest::Approx(expected).epsilon(1e-14));
    CHECK(merged.expected_error() == doctest::Approx(expected).epsilon(1e-14));
    merged += merged;
    CHECK(merged.expected_error() == doctest::Approx(expected).epsilon(1e-14));
}

TEST_CASE("Calibration: counts nothing of a batch that it refuses, and records nothing") {
    Calibration calibration;
    const Tape tape;
    const Tensor<float> logits = Tensor<float>(Array<float>{{500, 0}, {0, 500}}, RequiresGrad::yes) * 2.0;
    const std::size_t before = tape.size();
    calibration.add(logits, {0, 1});
    CHECK_THROWS_AS(calibration.add(Tensor(Array<float>{{0, 1}, {0, NAN}}), {0, 0}), ValueError);
    CHECK(calibration.expected_error() == 0);
    CHECK(calibration.bins().back().count == 2);
    CHECK(tape.size() == before);
}
