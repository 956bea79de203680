#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

// Statistics of small samples. The quantiles are Boost.Math's.
namespace apps {

/// An interval, closed.
struct Interval {
    double low, high;

    bool has(double value) const { return low <= value && value <= high; }
};

/// The mean and standard deviation of a sample (N - 1 in the denominator; 0 for a single value).
struct Spread {
    double mean, deviation;
};
/// @throws xgrad::ValueError  no values (as for every function below).
Spread spread(const std::vector<double>& values);

/// Mean and standard deviation as `86.10 ± 0.21`; of a single value, the value.
std::string text_of(const std::vector<double>& values);

/// The mean of a sample, its smallest and its largest value: a point of a curve and of the band around it.
std::array<double, 3> mean_and_range(const std::vector<double>& values);

/// The interval in which the mean of a normal population lies with that confidence (Student's t). A single
/// value gives an unbounded one.
Interval mean_interval(const std::vector<double>& values, double confidence);

/// The skewness of a sample, and its standard error if the population is normal (Joanes and Gill 1998). Both
/// are 0 for fewer than three values, or if all are equal.
struct Skewness {
    double value, error;
};
Skewness skewness(const std::vector<double>& values);

/// Where one more value of the same population is to be expected, and how unusual a given one is.
struct Prediction {
    Interval interval;  ///< Holds one more value with at least `confidence`, if the sample is large enough.
    double confidence;  ///< That of the interval.
    double p;  ///< The probability of a value at least as unusual as the given one.
};

/// By Student's t, for a normal population. @param value  the given one.
Prediction normal_prediction(const std::vector<double>& values, double confidence, double value);

/// By ranks, for any population without ties: of n + 1 values each is as likely to be the smallest. The
/// interval is that of the sample; with n values its confidence is (n - 1) / (n + 1) at most.
Prediction rank_prediction(const std::vector<double>& values, double confidence, double value);

/// The interval of a proportion with at least that confidence (Clopper and Pearson 1934), from `successes` of
/// `trials`.
Interval proportion_interval(std::size_t successes, std::size_t trials, double confidence);

/// The differences b - a of pairs. @throws xgrad::ValueError  the sizes differ.
std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b);

/// Adjusts the p-values of many tests so that a true hypothesis is rejected in any of them with at most the
/// probability at which the adjusted values are compared (Holm 1979). In the order given.
std::vector<double> holm(const std::vector<double>& p);

/// The probability of samples that are at least as different as these, if their populations' means differ by
/// `margin` or more (two one-sided t-tests with the pooled variance; Schuirmann 1987). Small: the means are
/// equivalent.
double equivalence_p(const std::vector<double>& a, const std::vector<double>& b, double margin);

}  // namespace apps
