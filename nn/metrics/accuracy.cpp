#include <xgrad/nn/metrics/accuracy.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops/indexing.hpp>
#include <xgrad/nn/metrics/checks.hpp>

namespace xgrad {
namespace {

// The number of rows whose label is among the k best classes.
template <class T>
std::uint64_t correct_rows(const char* op, const Tensor<T>& logits, const Indices& labels, std::size_t k) {
    detail::check_batch(op, logits, labels);
    if (k < 1 || k > logits.shape()[1])
        fail<ValueError>(op, fmt::format("expected k in [1, {}] for logits {}, got {}", logits.shape()[1],
                                         to_string(logits.shape()), k));
    const Indices best = topk(logits.detach(), k, 1).indices;  // (batch, k)
    std::uint64_t correct = 0;
    for (std::size_t row = 0; row < labels.size(); ++row) {
        const std::int32_t *first = best.begin() + row * k, *last = first + k;
        if (std::find(first, last, labels[row]) != last) ++correct;
    }
    return correct;
}

double fraction(std::uint64_t part, std::uint64_t whole) {
    return static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

template <class T>
double accuracy(const Tensor<T>& logits, const Indices& labels) {
    return fraction(correct_rows("accuracy", logits, labels, 1), labels.size());
}

template <class T>
double top_k_accuracy(const Tensor<T>& logits, const Indices& labels, std::size_t k) {
    return fraction(correct_rows("top_k_accuracy", logits, labels, k), labels.size());
}

TopKAccuracy::TopKAccuracy(std::size_t k) : k_(k) {
    if (k == 0) fail<ValueError>("TopKAccuracy", "expected k >= 1, got 0");
}

template <class T>
void TopKAccuracy::add(const Tensor<T>& logits, const Indices& labels) {
    correct_ += correct_rows("TopKAccuracy::add", logits, labels, k_);
    total_ += labels.size();
}

TopKAccuracy& TopKAccuracy::operator+=(const TopKAccuracy& other) {
    if (other.k_ != k_)
        fail<ValueError>("TopKAccuracy::operator+=", fmt::format("k is {} and {}", k_, other.k_));
    correct_ += other.correct_;
    total_ += other.total_;
    return *this;
}

double TopKAccuracy::value() const {
    if (total_ == 0) fail<ValueError>("TopKAccuracy::value", "nothing was counted yet");
    return fraction(correct_, total_);
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

#define INSTANTIATE(T)                                                             \
    template double accuracy(const Tensor<T>&, const Indices&);                    \
    template double top_k_accuracy(const Tensor<T>&, const Indices&, std::size_t); \
    template void TopKAccuracy::add(const Tensor<T>&, const Indices&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
