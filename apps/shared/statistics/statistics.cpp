#include "shared/statistics/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/students_t.hpp>

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void check_not_empty(const std::vector<double>& values) {
    if (values.empty()) xgrad::fail<xgrad::ValueError>("statistics", "expected at least one value, got none");
}

// The quantile of Student's t such that |t| is larger with probability 1 - confidence.
double t_quantile(double degrees, double confidence) {
    return boost::math::quantile(
        boost::math::complement(boost::math::students_t(degrees), (1 - confidence) / 2));
}

double upper_tail(double degrees, double t) {
    if (!std::isfinite(t)) return t > 0 ? 0 : 1;
    return boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), t));
}

}  // namespace

Spread spread(const std::vector<double>& values) {
    check_not_empty(values);
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() < 2 ? 0 : std::sqrt(squares / (count - 1))};
}

std::string text_of(const std::vector<double>& values) {
    const auto [mean, deviation] = spread(values);
    return values.size() == 1 ? fmt::format("{:.2f}", mean) : fmt::format("{:.2f} ± {:.2f}", mean, deviation);
}

std::array<double, 3> mean_and_range(const std::vector<double>& values) {
    const double mean = spread(values).mean;
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return {mean, *low, *high};
}

Interval mean_interval(const std::vector<double>& values, double confidence) {
    const auto [mean, deviation] = spread(values);
    if (values.size() < 2) return {-infinity, infinity};
    const auto count = static_cast<double>(values.size());
    const double half = t_quantile(count - 1, confidence) * deviation / std::sqrt(count);
    return {mean - half, mean + half};
}

Skewness skewness(const std::vector<double>& values) {
    const auto [mean, deviation] = spread(values);
    if (values.size() < 3 || deviation == 0) return {0, 0};
    const auto n = static_cast<double>(values.size());
    double cubes = 0;
    for (const double value : values) cubes += std::pow((value - mean) / deviation, 3);
    return {n / ((n - 1) * (n - 2)) * cubes, std::sqrt(6 * n * (n - 1) / ((n - 2) * (n + 1) * (n + 3)))};
}

Prediction normal_prediction(const std::vector<double>& values, double confidence, double value) {
    const auto [mean, deviation] = spread(values);
    if (values.size() < 2) return {{-infinity, infinity}, 1, 1};
    const auto n = static_cast<double>(values.size());
    const double error = deviation * std::sqrt(1 + 1 / n), half = t_quantile(n - 1, confidence) * error;
    const double distance = std::abs(value - mean);
    const double p = distance == 0 ? 1 : 2 * upper_tail(n - 1, distance / error);
    return {{mean - half, mean + half}, confidence, p};
}

Prediction rank_prediction(const std::vector<double>& values, double confidence, double value) {
    check_not_empty(values);
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    const auto n = static_cast<double>(values.size());
    // The interval from the k-th smallest to the k-th largest has the confidence 1 - 2 k / (n + 1).
    const double rank = std::max(1.0, std::floor((1 - confidence) / 2 * (n + 1)));
    const auto left_out = static_cast<std::size_t>(rank) - 1;
    const auto below =
        static_cast<double>(std::upper_bound(sorted.begin(), sorted.end(), value) - sorted.begin());
    const auto above =
        static_cast<double>(sorted.end() - std::lower_bound(sorted.begin(), sorted.end(), value));
    return {{sorted[left_out], sorted[sorted.size() - 1 - left_out]},
            std::max(0.0, 1 - 2 * rank / (n + 1)),
            std::min(1.0, 2 * (std::min(below, above) + 1) / (n + 1))};
}

Interval proportion_interval(std::size_t successes, std::size_t trials, double confidence) {
    if (trials == 0 || successes > trials)
        xgrad::fail<xgrad::ValueError>("statistics",
                                       fmt::format("{} of {} is no proportion", successes, trials));
    const auto k = static_cast<double>(successes), n = static_cast<double>(trials);
    const double tail = (1 - confidence) / 2;
    using boost::math::beta_distribution, boost::math::complement, boost::math::quantile;
    return {successes == 0 ? 0 : quantile(beta_distribution<>(k, n - k + 1), tail),
            successes == trials ? 1 : quantile(complement(beta_distribution<>(k + 1, n - k), tail))};
}

std::vector<double> differences(const std::vector<double>& a, const std::vector<double>& b) {
    if (a.size() != b.size())
        xgrad::fail<xgrad::ValueError>("statistics",
                                       fmt::format("{} values cannot be paired with {}", a.size(), b.size()));
    std::vector<double> found(a.size());
    std::transform(b.begin(), b.end(), a.begin(), found.begin(), std::minus<>());
    return found;
}

std::vector<double> holm(const std::vector<double>& p) {
    std::vector<std::size_t> order(p.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p[a] < p[b]; });
    std::vector<double> adjusted(p.size());
    double largest = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
        largest = std::max(largest, std::min(1.0, static_cast<double>(order.size() - i) * p[order[i]]));
        adjusted[order[i]] = largest;
    }
    return adjusted;
}

double equivalence_p(const std::vector<double>& a, const std::vector<double>& b, double margin) {
    const Spread of_a = spread(a), of_b = spread(b);
    if (a.size() < 2 || b.size() < 2) return 1;
    const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
    const double degrees = n + m - 2;
    const double variance =
        ((n - 1) * of_a.deviation * of_a.deviation + (m - 1) * of_b.deviation * of_b.deviation) / degrees;
    const double difference = std::abs(of_a.mean - of_b.mean), error = std::sqrt(variance * (1 / n + 1 / m));
    if (error == 0) return difference < margin ? 0 : 1;
    return upper_tail(degrees, (margin - difference) / error);  // the larger one of the two tests
}

}  // namespace apps
