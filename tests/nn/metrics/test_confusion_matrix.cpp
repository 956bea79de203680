#include <xgrad/nn/metrics/confusion_matrix.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/nn/metrics/accuracy.hpp>
#include "support/tensors.hpp"

using namespace xgrad;

namespace {

// Logits whose largest entry in row i is at classes[i].
Tensor<> predicting(const std::vector<std::size_t>& predictions, std::size_t classes) {
    Array<float> logits(Shape{predictions.size(), classes}, -1);
    for (std::size_t row = 0; row < predictions.size(); ++row) logits(row, predictions[row]) = 1;
    return Tensor<>(std::move(logits));
}

// The batch of the tests below: class 1 is predicted too often, class 3 never, and class 4 neither occurs nor
// is predicted.
ConfusionMatrix four_of_five() {
    return ConfusionMatrix(
        {{2, 1, 0, 0, 0}, {0, 3, 0, 0, 0}, {0, 1, 0, 0, 0}, {0, 0, 1, 0, 0}, {0, 0, 0, 0, 0}});
}

}  // namespace

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

TEST_CASE("ConfusionMatrix: precision, recall and F1 of each class; 0/0 is NaN") {
    const ConfusionMatrix matrix = four_of_five();
    CHECK(test::difference(matrix.precision(), test::Values{1, 3. / 5, 0, NAN, NAN}) == 0);
    CHECK(test::difference(matrix.recall(), test::Values{2. / 3, 1, 0, 0, NAN}) == 0);
    CHECK(test::difference(matrix.f1_score(), test::Values{4. / 5, 6. / 8, 0, 0, NAN}) == 0);
    for (std::size_t i = 0; i < 2; ++i)  // the harmonic mean
        CHECK(matrix.f1_score()[i] ==
              doctest::Approx(2 / (1 / matrix.precision()[i] + 1 / matrix.recall()[i])).epsilon(1e-15));
    CHECK(matrix.members(1) == 3);
    CHECK(matrix.predictions(1) == 5);
}

TEST_CASE(
    "ConfusionMatrix: the macro average is over the classes that occur or are predicted, an undefined value is 0") {
    const ConfusionMatrix matrix = four_of_five();
    CHECK(matrix.precision(Average::macro) == (1 + 3. / 5) / 4);
    CHECK(matrix.recall(Average::macro) == (2. / 3 + 1) / 4);
    CHECK(matrix.f1_score(Average::macro) == (4. / 5 + 6. / 8) / 4);
    ConfusionMatrix one(3);  // of three classes only one occurs, and is always recognised
    one.add(predicting({2, 2}, 3), {2, 2});
    CHECK(one.precision(Average::macro) == 1);
    CHECK(one.recall(Average::macro) == 1);
    CHECK(one.f1_score(Average::macro) == 1);
}

TEST_CASE("ConfusionMatrix: the micro averages are the accuracy") {
    const ConfusionMatrix matrix = four_of_five();
    CHECK(matrix.precision(Average::micro) == matrix.accuracy());
    CHECK(matrix.recall(Average::micro) == matrix.accuracy());
    CHECK(matrix.f1_score(Average::micro) == matrix.accuracy());
}

TEST_CASE("ConfusionMatrix: the averages of a single class") {
    ConfusionMatrix matrix(1);
    matrix.add(predicting({0, 0}, 1), {0, 0});
    for (const Average average : {Average::macro, Average::micro}) {
        CHECK(matrix.precision(average) == 1);
        CHECK(matrix.recall(average) == 1);
        CHECK(matrix.f1_score(average) == 1);
    }
}

TEST_CASE_TEMPLATE("precision, recall, f1_score: of one batch, macro unless micro is asked for", T, float,
                   double) {
    const Tensor<T> logits(Array<T>{{2, 1, 0}, {0, 2, 1}, {2, 1, 0}, {2, 1, 0}});
    const Indices labels{0, 1, 1, 2};  // predicted: 0, 1, 0, 0
    CHECK(precision(logits, labels) == (1. / 3 + 1 + 0) / 3);
    CHECK(recall(logits, labels) == (1 + 1. / 2 + 0) / 3);
    CHECK(f1_score(logits, labels) == (2. / 4 + 2. / 3 + 0) / 3);
    CHECK(precision(logits, labels, Average::micro) == 0.5);
    CHECK(recall(logits, labels, Average::micro) == 0.5);
    CHECK(f1_score(logits, labels, Average::micro) == 0.5);
}

TEST_CASE("ConfusionMatrix, precision: record nothing") {
    const Tape tape;
    const Tensor<float> logits = Tensor<float>(Array<float>{{2, 1}, {1, 2}}, RequiresGrad::yes) * 2.0;
    const std::size_t before = tape.size();
    ConfusionMatrix matrix(2);
    matrix.add(logits, {0, 1});
    (void)precision(logits, {0, 1});
    CHECK(tape.size() == before);
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
    matrix += matrix;
    CHECK(matrix.total() == 10);
}

TEST_CASE("ConfusionMatrix: its rows make the same matrix again") {
    ConfusionMatrix matrix(2);
    matrix.add(predicting({0, 1, 1}, 2), {0, 0, 1});
    CHECK(matrix.rows() == std::vector<std::vector<std::uint64_t>>{{1, 1}, {0, 1}});
    CHECK(ConfusionMatrix(matrix.rows()).rows() == matrix.rows());
}
