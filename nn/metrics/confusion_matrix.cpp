#include <xgrad/nn/metrics/confusion_matrix.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include <xgrad/autograd/ops/indexing.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/nn/metrics/checks.hpp>

namespace xgrad {
namespace {

double ratio(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? std::numeric_limits<double>::quiet_NaN()
                      : static_cast<double>(part) / static_cast<double>(whole);
}

template <class F>
std::vector<double> by_class(const ConfusionMatrix& matrix, F value) {
    std::vector<double> values;
    for (std::size_t i = 0; i < matrix.classes(); ++i) values.push_back(value(i));
    return values;
}

double averaged(const char* op, const ConfusionMatrix& matrix, const std::vector<double>& values,
                Average average) {
    if (matrix.total() == 0) fail<ValueError>(op, "nothing was counted yet");
    if (average == Average::micro) return matrix.accuracy();
    double sum = 0;
    std::size_t classes = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (matrix.members(i) + matrix.predictions(i) == 0) continue;
        ++classes;
        if (!std::isnan(values[i])) sum += values[i];
    }
    return sum / static_cast<double>(classes);
}

template <class T>
ConfusionMatrix of_batch(const char* op, const Tensor<T>& logits, const Indices& labels) {
    detail::check_batch(op, logits, labels);
    ConfusionMatrix matrix(logits.shape()[1]);
    matrix.add(logits, labels);
    return matrix;
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(std::size_t classes)
    : classes_(classes), counts_(checked_size("ConfusionMatrix", {classes, classes}), 0) {
    if (classes == 0) fail<ValueError>("ConfusionMatrix", "expected at least one class, got 0");
}

ConfusionMatrix::ConfusionMatrix(const std::vector<std::vector<std::uint64_t>>& rows)
    : ConfusionMatrix(rows.size()) {
    for (std::size_t truth = 0; truth < classes_; ++truth) {
        if (rows[truth].size() != classes_)
            fail<ValueError>("ConfusionMatrix", fmt::format("expected rows of {} counts, got {} in row {}",
                                                            classes_, rows[truth].size(), truth));
        std::copy(rows[truth].begin(), rows[truth].end(),
                  counts_.begin() + static_cast<std::ptrdiff_t>(truth * classes_));
    }
}

template <class T>
void ConfusionMatrix::add(const Tensor<T>& logits, const Indices& labels) {
    detail::check_batch("ConfusionMatrix::add", logits, labels);
    if (logits.shape()[1] != classes_)
        fail<ShapeError>("ConfusionMatrix::add", fmt::format("expected logits (batch, {}), got {}", classes_,
                                                             to_string(logits.shape())));
    const Indices predicted = argmax(logits, 1);
    for (std::size_t row = 0; row < labels.size(); ++row)
        ++counts_[static_cast<std::size_t>(labels[row]) * classes_ +
                  static_cast<std::size_t>(predicted[row])];
}

ConfusionMatrix& ConfusionMatrix::operator+=(const ConfusionMatrix& other) {
    if (other.classes_ != classes_)
        fail<ValueError>("ConfusionMatrix::operator+=",
                         fmt::format("{} classes and {}", classes_, other.classes_));
    std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
    return *this;
}

std::uint64_t ConfusionMatrix::count(std::size_t truth, std::size_t predicted) const {
    if (truth >= classes_ || predicted >= classes_)
        fail<ValueError>("ConfusionMatrix::count",
                         fmt::format("({}, {}) is outside {} classes", truth, predicted, classes_));
    return counts_[truth * classes_ + predicted];
}

std::vector<std::vector<std::uint64_t>> ConfusionMatrix::rows() const {
    std::vector<std::vector<std::uint64_t>> rows;
    for (auto row = counts_.begin(); row != counts_.end(); row += static_cast<std::ptrdiff_t>(classes_))
        rows.emplace_back(row, row + static_cast<std::ptrdiff_t>(classes_));
    return rows;
}

std::uint64_t ConfusionMatrix::total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t ConfusionMatrix::members(std::size_t truth) const {
    std::uint64_t members = 0;
    for (std::size_t predicted = 0; predicted < classes_; ++predicted) members += count(truth, predicted);
    return members;
}

std::uint64_t ConfusionMatrix::predictions(std::size_t predicted) const {
    std::uint64_t predictions = 0;
    for (std::size_t truth = 0; truth < classes_; ++truth) predictions += count(truth, predicted);
    return predictions;
}

std::uint64_t ConfusionMatrix::correct() const {
    std::uint64_t correct = 0;
    for (std::size_t i = 0; i < classes_; ++i) correct += count(i, i);
    return correct;
}

double ConfusionMatrix::accuracy() const {
    if (total() == 0) fail<ValueError>("ConfusionMatrix::accuracy", "nothing was counted yet");
    return ratio(correct(), total());
}

std::vector<double> ConfusionMatrix::precision() const {
    return by_class(*this, [&](std::size_t i) { return ratio(count(i, i), predictions(i)); });
}

std::vector<double> ConfusionMatrix::recall() const {
    return by_class(*this, [&](std::size_t i) { return ratio(count(i, i), members(i)); });
}

std::vector<double> ConfusionMatrix::f1_score() const {
    return by_class(*this,
                    [&](std::size_t i) { return ratio(2 * count(i, i), members(i) + predictions(i)); });
}

double ConfusionMatrix::precision(Average average) const {
    return averaged("ConfusionMatrix::precision", *this, precision(), average);
}

double ConfusionMatrix::recall(Average average) const {
    return averaged("ConfusionMatrix::recall", *this, recall(), average);
}

double ConfusionMatrix::f1_score(Average average) const {
    return averaged("ConfusionMatrix::f1_score", *this, f1_score(), average);
}

template <class T>
double precision(const Tensor<T>& logits, const Indices& labels, Average average) {
    return of_batch("precision", logits, labels).precision(average);
}

template <class T>
double recall(const Tensor<T>& logits, const Indices& labels, Average average) {
    return of_batch("recall", logits, labels).recall(average);
}

template <class T>
double f1_score(const Tensor<T>& logits, const Indices& labels, Average average) {
    return of_batch("f1_score", logits, labels).f1_score(average);
}

std::string to_string(const ConfusionMatrix& matrix, const std::vector<std::string>& names) {
    if (names.size() != matrix.classes())
        fail<ValueError>("ConfusionMatrix",
                         fmt::format("expected {} names, got {}", matrix.classes(), names.size()));
    std::size_t longest_name = 0;
    std::uint64_t highest = matrix.classes() - 1;  // number in a column
    for (std::size_t truth = 0; truth < matrix.classes(); ++truth) {
        longest_name = std::max(longest_name, names[truth].size());
        highest = std::max(highest, matrix.members(truth));
    }
    const std::size_t digits = std::to_string(matrix.classes() - 1).size(),
                      width = std::to_string(highest).size();
    std::string text = fmt::format("{:{}}", "", digits + 1 + longest_name);
    for (std::size_t predicted = 0; predicted < matrix.classes(); ++predicted)
        text += fmt::format(" {:>{}}", predicted, width);
    text += "   recall\n";
    const std::vector<double> recalls = matrix.recall();
    for (std::size_t truth = 0; truth < matrix.classes(); ++truth) {
        text += fmt::format("{:>{}} {:{}}", truth, digits, names[truth], longest_name);
        for (std::size_t predicted = 0; predicted < matrix.classes(); ++predicted)
            text += fmt::format(" {:>{}}", matrix.count(truth, predicted), width);
        text += fmt::format("  {:>7}\n",
                            std::isnan(recalls[truth]) ? "-" : fmt::format("{:.1f} %", 100 * recalls[truth]));
    }
    return text;
}

#define INSTANTIATE(T)                                                    \
    template double precision(const Tensor<T>&, const Indices&, Average); \
    template double recall(const Tensor<T>&, const Indices&, Average);    \
    template double f1_score(const Tensor<T>&, const Indices&, Average);  \
    template void ConfusionMatrix::add(const Tensor<T>&, const Indices&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
