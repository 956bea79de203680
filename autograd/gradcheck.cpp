#include <xgrad/autograd/gradcheck.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include <fmt/format.h>

#include <xgrad/autograd/detail/grad_or_zeros.hpp>
#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/checks.hpp>

namespace xgrad {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

// Two calls of one function agree to this part of the value: threads may add in another order.
constexpr double repeatable = 1e-9;

// Formats without the leading zero of C's exponents: `0.4127`, `1e-6`.
std::string brief(double value, int digits) {
    std::string text = fmt::format("{:.{}g}", value, digits);
    for (const char* padded : {"e-0", "e+0"})
        if (const auto at = text.find(padded); at != std::string::npos) text.erase(at + 2, 1);
    return text;
}

std::string element(const Shape& shape, std::size_t flat) {
    Shape index(shape.size());
    for (std::size_t axis = shape.size(); axis-- > 0; flat /= shape[axis]) index[axis] = flat % shape[axis];
    return to_string(index);
}

// Random weights of magnitude 0.5 to 1.5: far enough from 0 that every element contributes to a weighted sum.
Tensor<double> random_weights(const Shape& shape, Rng& rng) {
    Array<double> weights(shape);
    for (double& w : weights) w = (rng.uniform() < 0.5 ? -1 : 1) * rng.uniform(0.5, 1.5);
    return Tensor<double>(std::move(weights));
}

double dot(const Array<double>& a, const Array<double>& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a.data()[i] * b.data()[i];
    return sum;
}

class Check {
public:
    Check(const DifferentiableFunction& f, const std::vector<Tensor<double>>& inputs,
          const GradcheckOptions& options)
        : f_(f), options_(options), rng_(options.seed) {
        for (const auto& input : inputs) {
            originals_.push_back(input.value());
            x_.emplace_back(input.value(), RequiresGrad::yes);
            v_.push_back(random_weights(input.shape(), rng_));
        }
    }

    GradcheckResult run() {
        for (std::size_t i = 0; i < x_.size() && result_.ok; ++i)
            for (std::size_t k = 0; k < x_[i].size() && result_.ok; ++k)
                if (!std::isfinite(originals_[i].data()[k]))
                    refuse(fmt::format("{}: the input is {}", place(i, k), originals_[i].data()[k]));
        if (result_.ok) check(1);
        if (result_.ok && options_.second_order) check(2);
        if (result_.ok && options_.second_order) check_dy();
        if (result_.ok && !result_.kinks.empty()) list_kinks();
        return std::move(result_);
    }

private:
    Tensor<double> result() {
        Tensor<double> y = f_(x_);
        if (!weights_.defined())
            weights_ = y.size() == 1 ? ones<double>(y.shape()) : random_weights(y.shape(), rng_);
        if (y.shape() != weights_.shape())
            fail<ShapeError>("gradcheck", fmt::format("the result's shape changes between calls: {}, then {}",
                                                      to_string(weights_.shape()), to_string(y.shape())));
        return y;
    }

    // The scalar function whose gradient is checked. First order: sum(weights * f). Second order: the
    // projection sum_i sum(v_i * gradient_i) of the first-order gradient. That gradient is recorded only if
    // it is to be differentiated, so the finite differences use the same gradient as training.
    Tensor<double> objective(int order, bool record) {
        const Tensor<double> y = result();
        Tensor<double> projected = sum(weights_ * y);
        if (order == 1) return projected;
        const std::vector<Tensor<double>> gradients = gradient(projected, record);
        Tensor<double> total = zeros<double>({});
        for (std::size_t i = 0; i < x_.size(); ++i) total = total + sum(v_[i] * gradients[i]);
        return total;
    }

    std::vector<Tensor<double>> gradient(const Tensor<double>& y, bool create_graph) {
        return detail::grad_or_zeros(y, x_, {.create_graph = create_graph});
    }

    double value(int order) {
        const Tape<double> tape;  // a separate tape, so that the caller's gains no entries
        return objective(order, false).item();
    }

    void check(int order) {
        prefix_ = order == 1 ? "" : "second order: ";
        std::vector<Tensor<double>> gradients;
        {
            const Tape<double> tape;
            const Tensor<double> y = objective(order, true);
            center_ = y.item();
            gradients = gradient(y, false);
        }
        for (std::size_t i = 0; i < x_.size(); ++i) {
            if (x_[i].value() != originals_[i])
                return refuse(fmt::format("the function changes input {} in place", i));
            if (gradients[i].shape() != x_[i].shape())
                return refuse(fmt::format("input {}, shape {}: its gradient has shape {}", i,
                                          to_string(x_[i].shape()), to_string(gradients[i].shape())));
        }
        if (!std::isfinite(center_))
            return refuse(
                fmt::format("the {} is {}", order == 1 ? "result's sum" : "gradient's sum", center_));
        // Differences of values need no tape, differences of gradients do.
        for (auto& x : x_) x.set_requires_grad(order == 1 ? RequiresGrad::no : RequiresGrad::yes);
        if (const double again = value(order);
            std::abs(again - center_) > repeatable * std::abs(center_) + options_.absolute)
            refuse(fmt::format("the function gives different results for the same inputs: {} and {}", center_,
                               again));
        for (std::size_t i = 0; i < x_.size() && result_.ok; ++i) check_input(order, i, gradients[i].value());
        for (auto& x : x_) x.set_requires_grad(RequiresGrad::yes);
    }

    // The gradient of sum(dy * f) is J^T dy, which is linear in dy. Hence the derivative of sum(v * J^T dy)
    // with respect to dy is J v, the derivative of f along v. A backward function that detaches dy gives 0
    // instead.
    void check_dy() {
        Array<double> analytic;
        {
            const Tape<double> tape;
            weights_.set_requires_grad(RequiresGrad::yes);
            const Tensor<double> y = objective(2, true);
            center_ = y.item();
            analytic = detail::grad_or_zeros(y, {weights_})[0].value();
            weights_.set_requires_grad(RequiresGrad::no);
        }
        for (auto& x : x_) x.set_requires_grad(RequiresGrad::no);
        std::map<double, Array<double>> results;  // f(x + t v), by t
        const auto f = [&](double t) -> const Array<double>& {
            if (const auto known = results.find(t); known != results.end()) return known->second;
            for (std::size_t i = 0; i < x_.size(); ++i) move(i, t, v_[i].value());
            return results.emplace(t, result().value()).first->second;
        };
        const std::string where = fmt::format("second order: dy, shape {}", to_string(analytic.shape()));
        const double largest = largest_of(analytic);
        worst_ = 0;
        if (options_.directions == 0)
            for (std::size_t k = 0; k < analytic.size(); ++k)
                compare(fmt::format("{}, element {}", where, element(analytic.shape(), k)),
                        analytic.data()[k],
                        numerical_derivative([&](double t) { return f(t).data()[k]; }, 0, options_.step),
                        largest);
        for (std::size_t n = 0; n < options_.directions && analytic.size() > 0; ++n) {
            const Array<double> direction = random_direction(analytic.shape());
            compare(fmt::format("{}, random direction {}", where, n), dot(analytic, direction),
                    numerical_derivative([&](double t) { return dot(f(t), direction); }, 0, options_.step),
                    largest);
        }
    }

    Array<double> random_direction(const Shape& shape) {
        Array<double> direction = randn<double>(shape, rng_).value();
        const double length = std::sqrt(dot(direction, direction));
        for (double& component : direction) component /= length;
        return direction;
    }

    // Sets input i to its original value plus t times the direction.
    void move(std::size_t i, double t, const Array<double>& direction) {
        x_[i].update([&](Array<double>& values) {
            for (std::size_t k = 0; k < values.size(); ++k)
                values.data()[k] = originals_[i].data()[k] + t * direction.data()[k];
        });
    }

    double largest_of(const Array<double>& analytic) const {
        double largest = std::abs(center_);
        for (const double entry : analytic) largest = std::max(largest, std::abs(entry));
        return largest;
    }

    void check_input(int order, std::size_t i, const Array<double>& analytic) {
        const Array<double>& x = originals_[i];
        if (x.size() == 0) return;
        const double largest = largest_of(analytic);
        worst_ = 0;
        if (options_.directions == 0) {
            for (std::size_t k = 0; k < x.size(); ++k) {
                const auto f = [&](double at) {
                    x_[i].update([&](Array<double>& values) { values.data()[k] = at; });
                    return value(order);
                };
                const double step = options_.step * std::max(1.0, std::abs(x.data()[k]));
                compare(place(i, k), analytic.data()[k], numerical_derivative(f, x.data()[k], step), largest);
                x_[i].update([&](Array<double>& values) { values.data()[k] = x.data()[k]; });
            }
            return;
        }
        for (std::size_t n = 0; n < options_.directions; ++n) {
            const Array<double> direction = random_direction(x.shape());
            const auto f = [&](double t) {
                move(i, t, direction);
                return value(order);
            };
            compare(
                fmt::format("{}input {}, shape {}, random direction {}", prefix_, i, to_string(x.shape()), n),
                dot(analytic, direction), numerical_derivative(f, 0, options_.step), largest);
        }
        x_[i].assign(x);
    }

    void compare(const std::string& where, double analytic, const NumericalDerivative& numerical,
                 double largest) {
        ++result_.entries;
        if (!numerical.kink && std::isinf(numerical.error))
            return report(infinity, where + ": the function is not finite near this input");
        if (!std::isfinite(analytic))
            return report(infinity, fmt::format("{}: the analytic derivative is {}", where, analytic));
        const double size = std::max(std::abs(analytic), std::abs(numerical.value));
        const double allowed =
            std::max({options_.absolute, options_.tolerance * size,
                      std::min(numerical.error_margin * numerical.error, options_.tolerance * largest)});
        if (numerical.kink) {
            result_.kinks.push_back({where, analytic, numerical.left, numerical.right});
            const auto [low, high] = std::minmax(numerical.left, numerical.right);
            if (analytic >= low - allowed && analytic <= high + allowed) return;
            report(
                infinity,
                fmt::format("{}: analytic {}, but the one-sided derivatives at this kink are {} and {}",
                            where, brief(analytic, 6), brief(numerical.left, 6), brief(numerical.right, 6)));
            return;
        }
        const double difference = std::abs(analytic - numerical.value);
        const double relative = difference / size;
        if (difference <= allowed) {
            if (difference > std::max(options_.absolute, numerical.error_margin * numerical.error))
                result_.max_error = std::max(result_.max_error, relative);
            return;
        }
        // Enough digits to show the difference, and two of its own.
        const int digits =
            relative > 0 ? static_cast<int>(std::clamp(3 - std::log10(relative), 4.0, 17.0)) : 6;
        report(relative, fmt::format("{}: analytic {}, numerical {} (relative error {:#.2g}, tolerance {})",
                                     where, brief(analytic, digits), brief(numerical.value, digits), relative,
                                     brief(options_.tolerance, 3)));
    }

    std::string place(std::size_t i, std::size_t k) const {
        const Shape& shape = originals_[i].shape();
        return fmt::format("{}input {}, shape {}, element {}", prefix_, i, to_string(shape),
                           element(shape, k));
    }

    void refuse(const std::string& message) {
        result_.ok = false;
        result_.message = fmt::format("gradcheck: {}", message);
    }

    // Keeps the worst entry. A non-finite error counts as worse than every finite one.
    void report(double relative, const std::string& message) {
        if (std::isnan(relative)) relative = infinity;
        result_.max_error = std::max(result_.max_error, relative);
        if (relative <= worst_) return;
        worst_ = relative;
        refuse(message);
    }

    void list_kinks() {
        constexpr std::size_t shown = 5;
        result_.message =
            fmt::format("gradcheck: {} of {} entries at a kink:", result_.kinks.size(), result_.entries);
        for (std::size_t i = 0; i < std::min(shown, result_.kinks.size()); ++i)
            result_.message += fmt::format("{} {} (one-sided derivatives {} and {})", i > 0 ? ";" : "",
                                           result_.kinks[i].where, brief(result_.kinks[i].left, 6),
                                           brief(result_.kinks[i].right, 6));
        if (result_.kinks.size() > shown) result_.message += "; ...";
    }

    const DifferentiableFunction& f_;
    const GradcheckOptions& options_;
    Rng rng_;
    std::vector<Array<double>> originals_;
    std::vector<Tensor<double>> x_;  // leaves, changed in place for each difference
    std::vector<Tensor<double>> v_;  // weights that project the gradients to a scalar
    Tensor<double> weights_;  // project the result to a scalar
    std::string prefix_;
    double center_ = 0;
    double worst_ = 0;
    GradcheckResult result_;
};

}  // namespace

GradcheckResult gradcheck(const DifferentiableFunction& f, const std::vector<Tensor<double>>& inputs,
                          const GradcheckOptions& options) {
    if (!f) fail<ValueError>("gradcheck", "the function is empty");
    detail::check_positive("gradcheck", "the tolerance", options.tolerance);
    detail::check_not_negative("gradcheck", "the absolute tolerance", options.absolute);
    detail::check_positive("gradcheck", "the step", options.step);
    return Check(f, inputs, options).run();
}

}  // namespace xgrad
