#include <xgrad/nn/metrics.hpp>

#include <cmath>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

// Logits whose largest entry in row i is at classes[i].
Tensor<> predicting(const std::vector<std::size_t>& predictions, std::size_t classes) {
    Array<float> logits(Shape{predictions.size(), classes}, -1);
    for (std::size_t row = 0; row < predictions.size(); ++row) logits(row, predictions[row]) = 1;
    return Tensor<>(std::move(logits));
}

}  // namespace

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

TEST_CASE("ConfusionMatrix: counts truth and prediction over batches") {
    ConfusionMatrix matrix(3);
    matrix.add(predicting({0, 1, 1}, 3), {0, 1, 2});
    matrix.add(predicting({2, 0}, 3), {2, 1});
    CHECK(matrix.classes() == 3);
    CHECK(matrix.total() == 5);
    const std::uint64_t expected[3][3] = {{1, 0, 0}, {1, 1, 0}, {0, 1, 1}};  // [truth][prediction]
    for (std::size_t truth = 0; truth < 3; ++truth)
        for (std::size_t predicted = 0; predicted < 3; ++predicted)
            CHECK(matrix.count(truth, predicted) == expected[truth][predicted]);
    CHECK(matrix.accuracy() == 3.0 / 5);
    CHECK(matrix.recall() == std::vector<double>{1, 0.5, 0.5});
}

TEST_CASE("ConfusionMatrix: agrees with accuracy") {
    Rng rng(1);
    const Tensor logits = randn<double>({100, 4}, rng);
    std::vector<std::int32_t> labels;
    for (int i = 0; i < 100; ++i) labels.push_back(static_cast<std::int32_t>(rng.below(4)));
    ConfusionMatrix matrix(4);
    matrix.add(logits, labels);
    CHECK(matrix.accuracy() == accuracy(logits, labels));
}

TEST_CASE("ConfusionMatrix: the recall of a class without members is NaN") {
    ConfusionMatrix matrix(2);
    matrix.add(predicting({0}, 2), {0});
    CHECK(matrix.recall()[0] == 1);
    CHECK(std::isnan(matrix.recall()[1]));
}

TEST_CASE("ConfusionMatrix: prints itself") {
    ConfusionMatrix matrix(3);
    matrix.add(predicting({0, 1, 1, 1}, 3), {0, 1, 1, 0});
    CHECK(to_string(matrix, {"cat", "aeroplane", "dog"}) ==
          "            0 1 2   recall\n"
          "0 cat       1 1 0   50.0 %\n"
          "1 aeroplane 0 2 0  100.0 %\n"
          "2 dog       0 0 0        -\n");
    const ConfusionMatrix large(
        std::vector<std::vector<std::uint64_t>>(11, {1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 24}));
    const std::string text = to_string(large, std::vector<std::string>(11, "a"));
    CHECK(
        text.starts_with("        0    1    2    3    4    5    6    7    8    9   10   recall\n"
                         " 0 a 1000    0    0    0    0    0    0    0    0    0   24   97.7 %\n"));
    CHECK(text.ends_with("\n10 a 1000    0    0    0    0    0    0    0    0    0   24    2.3 %\n"));
}

TEST_CASE("ConfusionMatrix: counts nothing of a batch that it refuses") {
    ConfusionMatrix matrix(3);
    CHECK_THROWS_AS(matrix.add(zeros({2, 4}), {0, 1}), ShapeError);
    CHECK_THROWS_AS(matrix.add(zeros({2, 3}), {0, 3}), ValueError);
    CHECK(matrix.total() == 0);
}

TEST_CASE("ConfusionMatrix: adds what another one has counted") {
    ConfusionMatrix matrix(2), other(2);
    matrix.add(predicting({0, 1, 1}, 2), {0, 0, 1});
    other.add(predicting({1, 1}, 2), {0, 1});
    matrix += other;
    CHECK(matrix.count(0, 0) == 1);
    CHECK(matrix.count(0, 1) == 2);
    CHECK(matrix.count(1, 0) == 0);
    CHECK(matrix.count(1, 1) == 2);
    CHECK_THROWS_AS(matrix += ConfusionMatrix(3), ValueError);
    CHECK(matrix.total() == 5);
}

TEST_CASE("ConfusionMatrix: its rows make the same matrix again") {
    ConfusionMatrix matrix(2);
    matrix.add(predicting({0, 1, 1}, 2), {0, 0, 1});
    CHECK(matrix.rows() == std::vector<std::vector<std::uint64_t>>{{1, 1}, {0, 1}});
    CHECK(ConfusionMatrix(matrix.rows()).rows() == matrix.rows());
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
