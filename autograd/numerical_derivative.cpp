#include <xgrad/autograd/numerical_derivative.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

constexpr double converged_relative = 1e-11;  // no further step halving improves on this
constexpr double good_relative = 1e-9;        // no shorter start is tried from here on
constexpr double visible_relative = 1e-6;     // a smaller gap of the one-sided derivatives is no kink
constexpr double visible_noise = 100;         // nor is one below so many times the rounding noise
constexpr double lasting_gap = 0.75;  // a smooth function's gap halves with the step, a jump's does not
constexpr double hidden_by_noise = 0.01;  // noise of this part of a kink's gap could hide the kink
constexpr int starts = 4;
constexpr double next_start = 1.0 / 16;

constexpr double infinity = std::numeric_limits<double>::infinity();

// Extrapolates the differences d(h), d(h/2), d(h/4), ... to h = 0 by Neville's scheme, where the error terms
// of d are h^p, h^2p, ...
class Extrapolation {
public:
    explicit Extrapolation(double two_to_p) : ratio_(two_to_p) {}

    void add(double difference) {
        std::vector<double> row{difference};
        double factor = ratio_;
        for (const double previous : row_) {
            const double better = (factor * row.back() - previous) / (factor - 1);
            const double change = std::max(std::abs(better - row.back()), std::abs(better - previous));
            if (change <= error) {
                error = change;
                value = better;
            }
            row.push_back(better);
            factor *= ratio_;
        }
        if (row_.empty()) value = difference;
        row_ = std::move(row);
    }

    double value = 0;
    double error = infinity;  // the change of the value in the last refinements

private:
    double ratio_;
    std::vector<double> row_;
};

// A series of differences with steps h, h/2, h/4, ...
struct Series {
    Extrapolation central{4}, left{2}, right{2};
    double noise = 0;  // the error of a difference due to the rounding of f's values
    double cancelled_noise = 0;  // the same if f's values result from cancellation of numbers of order 1
    double first_gap = 0;  // between the one-sided differences, at the first step
    double last_gap = 0;  // the same at the last step
    bool finite = true;

    Series(const std::function<double(double)>& f, double x, double center, double h) {
        constexpr int steps = 5;
        for (int i = 0; i < steps; ++i, h /= 2) {
            const double above = x + h, below = x - h;  // rounded: these, not h, are the true steps
            const double f_above = f(above), f_below = f(below);
            central.add((f_above - f_below) / (above - below));
            left.add((center - f_below) / (x - below));
            right.add((f_above - center) / (above - x));
            finite = std::isfinite(f_above) && std::isfinite(f_below);
            if (!finite) return;
            const double size = std::max({std::abs(f_above), std::abs(f_below), std::abs(center)});
            noise = std::numeric_limits<double>::epsilon() * size / h;
            cancelled_noise = std::numeric_limits<double>::epsilon() * std::max(1.0, size) / h;
            last_gap = (f_above - center) / (above - x) - (center - f_below) / (x - below);
            if (i == 0) first_gap = last_gap;
            if (converged()) return;
        }
    }

    bool converged() const {
        return finite && central.error <= std::max(2 * noise, converged_relative * std::abs(central.value));
    }
    // Either the one-sided derivatives differ by more than their uncertainty (a kink), or the gap between the
    // one-sided differences does not shrink with the step (a jump).
    bool has_kink() const {
        const double size = std::max(std::abs(left.value), std::abs(right.value));
        const double seen = std::max(visible_noise * cancelled_noise, visible_relative * size);
        const double uncertain = NumericalDerivative::error_margin * (left.error + right.error);
        return finite &&
               ((std::abs(right.value - left.value) > std::max(seen, uncertain)) ||
                (std::abs(last_gap) > seen && std::abs(last_gap) > lasting_gap * std::abs(first_gap)));
    }
    NumericalDerivative derivative() const {
        return {central.value, std::max(central.error, noise), false, left.value, right.value};
    }
};

}  // namespace

NumericalDerivative numerical_derivative(const std::function<double(double)>& f, double x, double h) {
    if (!f) fail<ValueError>("numerical_derivative", "the function is empty");
    detail::check_finite("numerical_derivative", "x", x);
    detail::check_positive("numerical_derivative", "the step", h);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    NumericalDerivative best{nan, infinity, false, nan, nan};
    const double center = f(x);
    if (!std::isfinite(center)) return best;
    h = std::exp2(std::floor(std::log2(h)));  // a power of two, so that x + h is mostly exact
    NumericalDerivative kink = best;
    for (int attempt = 0; attempt < starts; ++attempt, h *= next_start) {
        const Series series(f, x, center, h);
        if (kink.kink && series.cancelled_noise > hidden_by_noise * std::abs(kink.right - kink.left))
            break;  // the noise would hide a kink
        if (!series.finite) continue;
        const NumericalDerivative found = series.derivative();
        if (series.has_kink()) {
            kink = found;
            kink.kink = true;
            continue;
        }
        if (kink.kink) best.error = infinity;  // the steps behind the best value so far spanned the kink
        kink.kink = false;
        if (found.error < best.error) best = found;
        if (series.converged() || found.error <= good_relative * std::abs(found.value)) break;
    }
    return kink.kink ? kink : best;
}

}  // namespace xgrad
