#include <xgrad/nn/metrics/regression.hpp>

#include <cmath>

#include <fmt/format.h>

namespace xgrad {
namespace {

template <class T>
void check(const char* op, const Tensor<T>& prediction, const Tensor<T>& target) {
    if (prediction.shape() != target.shape())
        fail<ShapeError>(op, fmt::format("prediction has shape {}, target {}", to_string(prediction.shape()),
                                         to_string(target.shape())));
    if (prediction.size() == 0)
        fail<ShapeError>(op, fmt::format("no elements: shape {}", to_string(prediction.shape())));
}

template <class T>
RegressionMetrics of_batch(const char* op, const Tensor<T>& prediction, const Tensor<T>& target) {
    check(op, prediction, target);
    RegressionMetrics metrics;
    metrics.add(prediction, target);
    return metrics;
}

}  // namespace

template <class T>
double mean_absolute_error(const Tensor<T>& prediction, const Tensor<T>& target) {
    return of_batch("mean_absolute_error", prediction, target).mean_absolute_error();
}

template <class T>
double mean_squared_error(const Tensor<T>& prediction, const Tensor<T>& target) {
    return of_batch("mean_squared_error", prediction, target).mean_squared_error();
}

template <class T>
double r2_score(const Tensor<T>& prediction, const Tensor<T>& target) {
    return of_batch("r2_score", prediction, target).r2_score();
}

template <class T>
void RegressionMetrics::add(const Tensor<T>& prediction, const Tensor<T>& target) {
    check("RegressionMetrics::add", prediction, target);
    for (std::size_t i = 0; i < target.size(); ++i) {
        const auto t = static_cast<double>(target.value().data()[i]);
        const double error = static_cast<double>(prediction.value().data()[i]) - t;
        RegressionMetrics element;
        element.count_ = 1;
        element.absolute_errors_ = std::abs(error);
        element.squared_errors_ = error * error;
        element.first_target_ = t;
        *this += element;
    }
}

RegressionMetrics& RegressionMetrics::operator+=(const RegressionMetrics& other) {
    if (other.count_ == 0) return *this;
    if (count_ == 0) return *this = other;
    // Chan, Golub and LeVeque (1983, The American Statistician 37, 242-247); with one element it is Welford's
    // update. There is no difference of large sums, and the mean is counted from the first target: targets
    // far from 0 cost no digits.
    const double distance = (other.first_target_ - first_target_) + (other.target_mean_ - target_mean_);
    const double count = count_ + other.count_, weight = other.count_ / count;
    target_mean_ += distance * weight;
    target_deviations_ += other.target_deviations_ + distance * distance * count_ * weight;
    absolute_errors_ += other.absolute_errors_;
    squared_errors_ += other.squared_errors_;
    count_ = count;
    return *this;
}

double RegressionMetrics::mean_absolute_error() const {
    check_not_empty("RegressionMetrics::mean_absolute_error");
    return absolute_errors_ / count_;
}

double RegressionMetrics::mean_squared_error() const {
    check_not_empty("RegressionMetrics::mean_squared_error");
    return squared_errors_ / count_;
}

double RegressionMetrics::r2_score() const {
    check_not_empty("RegressionMetrics::r2_score");
    return 1 - squared_errors_ / target_deviations_;
}

void RegressionMetrics::check_not_empty(const char* op) const {
    if (count_ == 0) fail<ValueError>(op, "nothing was counted yet");
}

#define INSTANTIATE(T)                                                       \
    template double mean_absolute_error(const Tensor<T>&, const Tensor<T>&); \
    template double mean_squared_error(const Tensor<T>&, const Tensor<T>&);  \
    template double r2_score(const Tensor<T>&, const Tensor<T>&);            \
    template void RegressionMetrics::add(const Tensor<T>&, const Tensor<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
