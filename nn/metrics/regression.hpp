#pragma once

#include <cstdint>

#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// The mean of |prediction - target|, over all elements.
/// @param prediction, target  of one shape, with elements.
/// @throws ShapeError  the shapes differ, or there are no elements.
template <class T>
double mean_absolute_error(const Tensor<T>& prediction, const Tensor<T>& target);

/// The mean of (prediction - target)^2, over all elements.
/// @param prediction, target  of one shape, with elements.
/// @throws ShapeError  the shapes differ, or there are no elements.
template <class T>
double mean_squared_error(const Tensor<T>& prediction, const Tensor<T>& target);

/// The coefficient of determination R^2: 1 - sum (prediction - target)^2 / sum (target - mean target)^2, over
/// all elements; 1 is best, 0 is what predicting the mean would reach. Where all targets are equal, as that
/// of one element is, R^2 is -infinity, or NaN if there is no error either: scikit-learn's
/// force_finite=False.
/// @param prediction, target  of one shape, with elements.
/// @throws ShapeError  the shapes differ, or there are no elements.
template <class T>
double r2_score(const Tensor<T>& prediction, const Tensor<T>& target);

/// The same three over many batches.
class RegressionMetrics {
public:
    /// Counts a batch. @throws ShapeError  the shapes differ, or there are no elements.
    template <class T>
    void add(const Tensor<T>& prediction, const Tensor<T>& target);

    /// Adds what another has counted. The result is that of adding its batches here, up to rounding.
    RegressionMetrics& operator+=(const RegressionMetrics& other);

    /// `mean_absolute_error` over all batches. @throws ValueError  nothing was counted.
    double mean_absolute_error() const;
    /// `mean_squared_error` over all batches. @throws ValueError  nothing was counted.
    double mean_squared_error() const;
    /// `r2_score` over all batches. @throws ValueError  nothing was counted.
    double r2_score() const;

private:
    void check_not_empty(const char* op) const;

    double count_ = 0;  // of elements
    double absolute_errors_ = 0, squared_errors_ = 0;  // their sums
    double first_target_ = 0, target_mean_ = 0;  // the mean minus the first
    double target_deviations_ = 0;  // the sum of (target - mean)^2
};

}  // namespace xgrad
