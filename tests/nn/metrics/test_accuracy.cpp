#include <xgrad/nn/metrics/accuracy.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

using namespace xgrad;

TEST_CASE_TEMPLATE("accuracy: the fraction of rows whose largest logit is the label's", T, float, double) {
    const Tensor<T> logits(Array<T>{{3, 1, 2}, {0, 5, 1}, {-3, -1, -2}, {1, 2, 3}});
    CHECK(accuracy(logits, {0, 1, 1, 2}) == 1.0);
    CHECK(accuracy(logits, {0, 1, 2, 0}) == 0.5);
    CHECK(accuracy(logits, {1, 2, 0, 0}) == 0.0);
    CHECK(accuracy(ones<T>({1, 1}), {0}) == 1.0);
}

TEST_CASE(
    "accuracy: of equal logits the first counts, and a NaN is larger than any number, as in NumPy and PyTorch") {
    CHECK(accuracy(Tensor(Array<float>{{1, 1, 0}}), {0}) == 1.0);
    CHECK(accuracy(Tensor(Array<float>{{1, 1, 0}}), {1}) == 0.0);
    CHECK(accuracy(Tensor(Array<float>{{5, NAN, 7}}), {1}) == 1.0);
    CHECK(accuracy(Tensor(Array<float>{{5, NAN, NAN}}), {1}) == 1.0);
    CHECK(accuracy(Tensor(Array<float>{{-INFINITY, -INFINITY}}), {0}) == 1.0);
}

TEST_CASE_TEMPLATE("top_k_accuracy: the fraction of rows whose label is among the k largest logits", T, float,
                   double) {
    const Tensor<T> logits(Array<T>{{4, 1, 3, 2}, {1, 2, 3, 4}, {-1, -2, -4, -3}});
    const Indices labels{2, 0, 2};  // the second largest, and the smallest twice
    CHECK(top_k_accuracy(logits, labels, 1) == 0);
    CHECK(top_k_accuracy(logits, labels, 2) == 1.0 / 3);
    CHECK(top_k_accuracy(logits, labels, 3) == 1.0 / 3);
    CHECK(top_k_accuracy(logits, labels, 4) == 1);
    CHECK(top_k_accuracy(ones<T>({1, 1}), {0}, 1) == 1);
}

TEST_CASE(
    "top_k_accuracy: of equal logits the first ones count, and a NaN is larger than any number, as in topk") {
    const Tensor equal(Array<float>{{1, 1, 1, 0}});
    CHECK(top_k_accuracy(equal, {1}, 2) == 1);
    CHECK(top_k_accuracy(equal, {2}, 2) == 0);
    CHECK(top_k_accuracy(Tensor(Array<float>{{5, NAN, INFINITY}}), {1}, 1) == 1);
    CHECK(top_k_accuracy(Tensor(Array<float>{{5, NAN, INFINITY}}), {0}, 2) == 0);
}

TEST_CASE("top_k_accuracy: is accuracy for k = 1") {
    Rng rng(1);
    const Tensor logits = randn({100, 4}, rng);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 100; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(4)));
    CHECK(top_k_accuracy(logits, labels, 1) == accuracy(logits, labels));
}

TEST_CASE_TEMPLATE("TopKAccuracy: is top_k_accuracy of all batches, added in any way", T, float, double) {
    const Tensor<T> first(Array<T>{{3, 2, 1}, {1, 2, 3}}), second(Array<T>{{1, 3, 2}});
    TopKAccuracy all(2), other(2);
    all.add(first, {1, 0});
    CHECK(all.value() == 0.5);
    other.add(second, {2});
    all += other;
    CHECK(all.value() == 2.0 / 3);
    CHECK(all.value() == top_k_accuracy(concatenate<T>({first, second}), {1, 0, 2}, 2));
    all += TopKAccuracy(2);
    CHECK(all.value() == 2.0 / 3);
}

TEST_CASE("TopKAccuracy: counts nothing of a batch that it refuses") {
    TopKAccuracy top(2);
    top.add(ones({1, 3}), {0});
    CHECK_THROWS_AS(top.add(ones({2, 3}), {2, 3}), ValueError);
    CHECK_THROWS_AS(top.add(ones({1, 1}), {0}), ValueError);
    CHECK(top.value() == 1);
}

TEST_CASE("accuracy, TopKAccuracy: record nothing") {
    const Tape tape;
    const Tensor<float> logits = Tensor<float>(Array<float>{{2, 1}, {1, 2}}, RequiresGrad::yes) * 2.0;
    const std::size_t before = tape.size();
    (void)accuracy(logits, {0, 1});
    TopKAccuracy(2).add(logits, {0, 1});
    CHECK(tape.size() == before);
}

TEST_CASE("confidence_interval: the score interval") {
    struct Case {
        std::uint64_t successes, trials;
        double low, high;
    };
    // The formula, evaluated in Python
    for (const Case& c : {Case{5335, 10000, 0.523711, 0.543263}, Case{1, 10, 0.017876, 0.404150},
                          Case{0, 10, 0, 0.277533}, Case{10, 10, 0.722467, 1}}) {
        CAPTURE(c.successes);
        CHECK(confidence_interval(c.successes, c.trials).low == doctest::Approx(c.low).epsilon(1e-4));
        CHECK(confidence_interval(c.successes, c.trials).high == doctest::Approx(c.high).epsilon(1e-4));
    }
}
