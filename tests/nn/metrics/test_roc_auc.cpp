#include <xgrad/nn/metrics/roc_auc.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include "support/tensors.hpp"

using namespace xgrad;

TEST_CASE_TEMPLATE("roc_auc: the fraction of pairs in which class 1 has the higher score", T, float, double) {
    const Tensor<T> scores(Array<T>{T(0.1), T(0.4), T(0.35), T(0.8)});
    CHECK(roc_auc(scores, {0, 0, 1, 1}) == 3.0 / 4);
    CHECK(roc_auc(scores, {0, 0, 0, 1}) == 1);
    CHECK(roc_auc(scores, {1, 0, 0, 0}) == 0);
    CHECK(roc_auc(scores, {1, 1, 0, 0}) == 1 - 3.0 / 4);
}

TEST_CASE("roc_auc: equal scores count half") {
    CHECK(roc_auc(zeros({5}), {0, 1, 1, 0, 1}) == 0.5);
    const Tensor scores(Array<float>{1, 2, 2, 2, 3});
    CHECK(roc_auc(scores, {0, 0, 1, 1, 1}) == (1 + 0.5 + 1 + 0.5 + 1 + 1) / 6);
    CHECK(roc_auc(Tensor(Array<float>{-0.0F, 0.0F}), {0, 1}) == 0.5);
    CHECK(roc_auc(Tensor(Array<float>{INFINITY, INFINITY, -INFINITY}), {0, 1, 0}) == 0.75);
}

TEST_CASE("roc_auc: depends on the order of the scores alone") {
    Rng rng(1);
    const Tensor<double> scores = randn<double>({200}, rng);
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < 200; ++i) labels.push_back(scores.value()(i) + rng.normal() > 0);
    const double expected = roc_auc(scores, labels);
    CHECK(expected > 0.7);
    CHECK(roc_auc(exp(scores), labels) == expected);
    CHECK(roc_auc(-scores, labels) == doctest::Approx(1 - expected).epsilon(1e-15));
    // By definition: every pair.
    double won = 0, pairs = 0;
    for (std::size_t i = 0; i < 200; ++i)
        for (std::size_t j = 0; j < 200; ++j)
            if (labels[i] == 1 && labels[j] == 0) {
                ++pairs;
                won += scores.value()(i) > scores.value()(j) ? 1 : 0;
            }
    CHECK(expected == won / pairs);
}

TEST_CASE_TEMPLATE("roc_auc: of several classes it is the mean of each against the others", T, float,
                   double) {
    const Tensor<T> scores(Array<T>{{5, 3, 2}, {4, 5, 1}, {4, 2, 4}, {1, 1, 8}});
    const Indices labels{0, 1, 0, 2};
    const double first = (1 + 1 + 0.5 + 1) / 4, second = 1, third = 1;
    CHECK(roc_auc(scores, labels) == doctest::Approx((first + second + third) / 3).epsilon(1e-15));
    // Two columns that sum to 1 say the same as one.
    const Tensor<T> one(Array<T>{T(0.25), T(0.5), T(0.75), T(0.5)});
    CHECK(roc_auc(stack<T>({1.0 - one, one}, 1), {0, 1, 1, 0}) == roc_auc(one, {0, 1, 1, 0}));
}

TEST_CASE_TEMPLATE("RocAuc: is roc_auc of all batches, added in any way", T, float, double) {
    Rng rng(1);
    for (const bool binary : {true, false}) {
        const Tensor<T> scores = randn<T>(binary ? Shape{30} : Shape{30, 3}, rng);
        std::vector<std::int32_t> labels;
        for (std::int32_t i = 0; i < 30; ++i) labels.push_back(i % (binary ? 2 : 3));
        RocAuc added, merged;
        for (std::ptrdiff_t begin = 0; begin < 30; begin += 10) {
            const Indices part_labels(
                std::vector<std::int32_t>(labels.begin() + begin, labels.begin() + begin + 10));
            RocAuc part;
            for (RocAuc* auc : {&added, &part}) auc->add(slice(scores, 0, begin, begin + 10), part_labels);
            merged += part;
        }
        merged += RocAuc();
        CHECK(added.value() == roc_auc(scores, labels));
        CHECK(merged.value() == roc_auc(scores, labels));
        merged += merged;
        CHECK(merged.value() == roc_auc(scores, labels));
    }
}

TEST_CASE("RocAuc: a batch may have one class only") {
    RocAuc auc;
    auc.add(Tensor(Array<float>{1, 2}), {0, 0});
    auc.add(Tensor(Array<float>{3, 1}), {1, 1});
    CHECK(auc.value() == (0.5 + 0 + 1 + 1) / 4);
}

TEST_CASE("RocAuc: keeps nothing of a batch that it refuses, and records nothing") {
    RocAuc auc;
    const Tape tape;
    const Tensor<float> scores = Tensor<float>(Array<float>{1, 3}, RequiresGrad::yes) * 2.0;
    const std::size_t before = tape.size();
    auc.add(scores, {0, 1});
    CHECK_THROWS_AS(auc.add(Tensor(Array<float>{9, NAN}), {0, 0}), ValueError);
    CHECK_THROWS_AS(auc.add(ones({1, 2}), {0}), ShapeError);
    CHECK(auc.value() == 1);
    CHECK(tape.size() == before);
}
