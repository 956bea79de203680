#include <xgrad/nn/metrics.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include <fmt/format.h>

namespace xgrad {
namespace {

template <class T>
void check_batch(const char* op, const Tensor<T>& logits, const Indices& labels) {
    if (logits.dim() != 2 || logits.size() == 0)
        fail<ShapeError>(op,
                         fmt::format("expected logits (batch, classes), got {}", to_string(logits.shape())));
    const std::size_t batch = logits.shape()[0], classes = logits.shape()[1];
    if (labels.shape() != Shape{batch})
        fail<ShapeError>(op, fmt::format("logits {} need labels ({}), got {}", to_string(logits.shape()),
                                         batch, to_string(labels.shape())));
    labels.check(op, "labels", classes);
}

}  // namespace

template <class T>
double accuracy(const Tensor<T>& logits, const Indices& labels) {
    check_batch("accuracy", logits, labels);
    const Indices predicted = argmax(logits, 1);
    const auto correct = std::transform_reduce(predicted.begin(), predicted.end(), labels.begin(), 0.0,
                                               std::plus<>(), std::equal_to<>());
    return correct / static_cast<double>(labels.size());
}

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
    check_batch("ConfusionMatrix::add", logits, labels);
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

std::uint64_t ConfusionMatrix::correct() const {
    std::uint64_t correct = 0;
    for (std::size_t i = 0; i < classes_; ++i) correct += count(i, i);
    return correct;
}

double ConfusionMatrix::accuracy() const {
    if (total() == 0) fail<ValueError>("ConfusionMatrix::accuracy", "nothing was counted yet");
    return static_cast<double>(correct()) / static_cast<double>(total());
}

std::vector<double> ConfusionMatrix::recall() const {
    std::vector<double> recalls(classes_, std::numeric_limits<double>::quiet_NaN());
    for (std::size_t truth = 0; truth < classes_; ++truth)
        if (const std::uint64_t all = members(truth); all > 0)
            recalls[truth] = static_cast<double>(count(truth, truth)) / static_cast<double>(all);
    return recalls;
}

Interval confidence_interval(std::uint64_t successes, std::uint64_t trials) {
    if (trials == 0 || successes > trials)
        fail<ValueError>(
            "confidence_interval",
            fmt::format("expected trials, and at most as many successes, got {} of {}", successes, trials));
    constexpr double z = 1.959963984540054;  // 97.5 % of the standard normal distribution lie below
    const auto n = static_cast<double>(trials);
    const double p = static_cast<double>(successes) / n, z2n = z * z / n;
    const double centre = (p + z2n / 2) / (1 + z2n),
                 half = z / (1 + z2n) * std::sqrt((p * (1 - p) + z2n / 4) / n);
    return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
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

#define INSTANTIATE(T)                                          \
    template double accuracy(const Tensor<T>&, const Indices&); \
    template void ConfusionMatrix::add(const Tensor<T>&, const Indices&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
