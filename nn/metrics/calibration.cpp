#include <xgrad/nn/metrics/calibration.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops/indexing.hpp>
#include <xgrad/nn/metrics/checks.hpp>

namespace xgrad {
namespace {

std::vector<CalibrationBin> empty_bins(const char* op, std::size_t bins) {
    if (bins == 0) fail<ValueError>(op, "expected at least one bin, got 0");
    return std::vector<CalibrationBin>(bins);
}

template <class T>
void count(const char* op, const Tensor<T>& logits, const Indices& labels,
           std::vector<CalibrationBin>& bins) {
    detail::check_batch(op, logits, labels);
    const std::size_t classes = logits.shape()[1];
    const Indices predicted = argmax(logits, 1);
    std::vector<CalibrationBin> counted = bins;
    const T* row = logits.value().data();
    for (std::size_t i = 0; i < labels.size(); ++i, row += classes) {
        const auto largest = static_cast<double>(row[predicted[i]]);
        if (!std::isfinite(largest))
            fail<ValueError>(op, fmt::format("row {} of logits {} has no softmax: its largest logit is {}", i,
                                             to_string(logits.shape()), largest));
        double sum = 0;
        for (std::size_t j = 0; j < classes; ++j) sum += std::exp(static_cast<double>(row[j]) - largest);
        const double confidence = 1 / sum;  // in (0, 1], as the largest logit's exp is 1
        const double upper_bound = std::ceil(confidence * static_cast<double>(bins.size()));
        CalibrationBin& bin = counted[static_cast<std::size_t>(upper_bound) - 1];
        ++bin.count;
        if (predicted[i] == labels[i]) ++bin.correct;
        bin.confidence += confidence;
    }
    bins = std::move(counted);
}

double expected_error(const std::vector<CalibrationBin>& bins) {
    double sum = 0;
    std::uint64_t total = 0;
    for (const CalibrationBin& bin : bins) {
        sum += std::abs(static_cast<double>(bin.correct) - bin.confidence);  // the bin's gap times its count
        total += bin.count;
    }
    return sum / static_cast<double>(total);
}

}  // namespace

template <class T>
double expected_calibration_error(const Tensor<T>& logits, const Indices& labels, std::size_t bins) {
    constexpr const char* op = "expected_calibration_error";
    std::vector<CalibrationBin> counts = empty_bins(op, bins);
    count(op, logits, labels, counts);
    return expected_error(counts);
}

Calibration::Calibration(std::size_t bins) : bins_(empty_bins("Calibration", bins)) {}

template <class T>
void Calibration::add(const Tensor<T>& logits, const Indices& labels) {
    count("Calibration::add", logits, labels, bins_);
}

Calibration& Calibration::operator+=(const Calibration& other) {
    if (other.bins_.size() != bins_.size())
        fail<ValueError>("Calibration::operator+=",
                         fmt::format("{} bins and {}", bins_.size(), other.bins_.size()));
    for (std::size_t i = 0; i < bins_.size(); ++i) {
        bins_[i].count += other.bins_[i].count;
        bins_[i].correct += other.bins_[i].correct;
        bins_[i].confidence += other.bins_[i].confidence;
    }
    return *this;
}

double Calibration::expected_error() const {
    if (std::all_of(bins_.begin(), bins_.end(), [](const auto& bin) { return bin.count == 0; }))
        fail<ValueError>("Calibration::expected_error", "nothing was counted yet");
    return xgrad::expected_error(bins_);
}

#define INSTANTIATE(T)                                                                         \
    template double expected_calibration_error(const Tensor<T>&, const Indices&, std::size_t); \
    template void Calibration::add(const Tensor<T>&, const Indices&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
