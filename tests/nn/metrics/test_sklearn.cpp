// What scikit-learn makes of the same inputs: tests/pytorch/write_metrics.py wrote the file.
#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/metrics.hpp>
#include "support/arrays.hpp"

using namespace xgrad;

namespace {

constexpr double tolerance = 1e-13;

// One case of the file.
class Case {
public:
    explicit Case(std::string name) : name_(std::move(name)) {}

    template <class T>
    Tensor<T> input(const std::string& key) const {
        return std::visit([](const auto& array) { return Tensor<T>(Array<T>(array)); }, at(key));
    }
    Indices labels() const {
        return Indices(Array<std::int32_t>(std::get<Array<std::int64_t>>(at("labels"))));
    }
    void check(const std::string& key, const std::vector<double>& found) const {
        CAPTURE(name_ + "." + key);
        CHECK(test::difference(found, test::elements(std::get<Array<double>>(at(key)))) < tolerance);
    }

private:
    const AnyArray& at(const std::string& key) const { return file_.at(name_ + "." + key); }

    std::string name_;
    NamedArrays file_ = read_safetensors(std::filesystem::path(XGRAD_SOURCE_DIR) /
                                         "tests/nn/data/sklearn_metrics.safetensors")
                            .arrays;
};

// scikit-learn 1.2 has 0, or a number of one's choice, where we have NaN.
std::vector<double> zero_for_nan(std::vector<double> values) {
    for (double& value : values)
        if (std::isnan(value)) value = 0;
    return values;
}

template <class T>
void check_regression(const Case& expected) {
    const auto prediction = expected.input<T>("prediction"), target = expected.input<T>("target");
    expected.check("mean_absolute_error", {mean_absolute_error(prediction, target)});
    expected.check("mean_squared_error", {mean_squared_error(prediction, target)});
    expected.check("r2_score", {r2_score(prediction, target)});
}

}  // namespace

TEST_CASE_TEMPLATE("classification metrics: are scikit-learn's, also of classes that never occur", T, float,
                   double) {
    for (const Case& expected : {Case("classes"), Case("rare")}) {
        const auto logits = expected.input<T>("logits");
        const Indices labels = expected.labels();
        const std::size_t classes = logits.shape()[1];
        expected.check("accuracy", {accuracy(logits, labels)});
        std::vector<double> top_k;
        for (std::size_t k = 1; k < classes; ++k) top_k.push_back(top_k_accuracy(logits, labels, k));
        expected.check("top_k_accuracy", top_k);
        expected.check("calibration_error", {expected_calibration_error(logits, labels)});
        for (const auto& [name, average] :
             {std::pair("_macro", Average::macro), std::pair("_micro", Average::micro)}) {
            expected.check(std::string("precision") + name, {precision(logits, labels, average)});
            expected.check(std::string("recall") + name, {recall(logits, labels, average)});
            expected.check(std::string("f1") + name, {f1_score(logits, labels, average)});
        }
        ConfusionMatrix matrix(classes);
        matrix.add(logits, labels);
        expected.check("precision_by_class", zero_for_nan(matrix.precision()));
        expected.check("recall_by_class", zero_for_nan(matrix.recall()));
        expected.check("f1_by_class", zero_for_nan(matrix.f1_score()));
    }
}

TEST_CASE_TEMPLATE("roc_auc: is scikit-learn's, of scores with ties", T, float, double) {
    for (const Case& expected : {Case("binary"), Case("several")})
        expected.check("roc_auc", {roc_auc(expected.input<T>("scores"), expected.labels())});
}

TEST_CASE_TEMPLATE("regression metrics: are scikit-learn's", T, float, double) {
    check_regression<T>(Case("regression"));
}

TEST_CASE("regression metrics: are scikit-learn's, of numbers far from 0") {
    check_regression<double>(Case("offset"));
}
