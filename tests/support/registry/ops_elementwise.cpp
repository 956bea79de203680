#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// The elementwise ops: arithmetic, functions of one Tensor, and other functions of two Tensors.
namespace xgrad::registry {
namespace {

// For doubles in formulas.
using std::cos, std::erf, std::exp, std::log, std::sin, std::sqrt, std::tanh;

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }
Tensor<double> positive(const Shape& shape) { return between(0.3, 2.5, shape); }
// Values of magnitude at most 2, up to 0.05 above a multiple of 0.15; between_steps() gives values between
// these ranges.
Tensor<double> on_steps(const Shape& shape) {
    const Tensor<double> x = between(-13, 13, shape);
    Array<double> values = x.value();
    for (double& v : values) v = 0.15 * std::floor(v) + 0.05 * (v - std::floor(v));
    return Tensor<double>(std::move(values));
}
// -2, -1, 0, 1 or 2.
Tensor<double> digits(const Shape& shape) {
    Array<double> values = between(-2.5, 2.5, shape).value();
    for (double& v : values) v = std::round(v);
    return Tensor<double>(std::move(values));
}
Tensor<double> between_steps(const Shape& shape) { return on_steps(shape) + 0.075; }

template <class F>
Sample binary_sample(F op, double (*formula)(double, double), const Tensor<double>& a,
                     const Tensor<double>& b) {
    return sample(
        fmt::format("{} with {}", to_string(a.shape()), to_string(b.shape())), {a, b},
        [op](const auto& in) { return op(in[0], in[1]); }, naive_broadcast(a.shape(), b.shape()),
        [formula](const Index& at, const Tensors<double>& in) {
            return formula(element(in[0], at), element(in[1], at));
        });
}

// Samples of op(a, b) for every pair of broadcastable shapes, and for a Tensor with itself.
template <class F>
std::vector<Sample> binary_samples(F op, double (*formula)(double, double), Generator make_a,
                                   Generator make_b) {
    std::vector<Sample> samples;
    for (const auto& [a, b] : broadcast_pairs())
        samples.push_back(binary_sample(op, formula, make_a(a), make_b(b)));
    samples.push_back(sample(
        "(2, 3) with itself", {make_b({2, 3})}, [op](const auto& in) { return op(in[0], in[0]); }, {2, 3},
        [formula](const Index& at, const Tensors<double>& in) {
            return formula(element(in[0], at), element(in[0], at));
        }));
    return samples;
}

template <class F>
Op binary_op(std::string declaration, const std::string& name, F op, double (*formula)(double, double),
             Generator make_a, Generator make_b) {
    return {
        std::move(declaration),
        binary_samples(op, formula, make_a, make_b),
        {invalid<ShapeError>(name + ": cannot broadcast (8, 5) with (4): axis -1 is 5 and 4",
                             [op](auto zeros) { op(zeros({8, 5}), zeros({4})); }),
         invalid<ShapeError>(name + ": cannot broadcast (2, 3) with (3, 3): axis -2 is 2 and 3",
                             [op](auto zeros) { op(zeros({2, 3}), zeros({3, 3})); }),
         invalid<ShapeError>(name + ": cannot broadcast (0) with (2): axis -1 is 0 and 2",
                             [op](auto zeros) { op(zeros({0}), zeros({2})); }),
         invalid<ShapeError>(too_large(name, "(1099511627776, 1099511627776, 0)"),
                             [op](auto zeros) { op(zeros({huge, 1, 0}), zeros({1, huge, 0})); })},
        [=] { return std::vector{binary_sample(op, formula, make_a(large_shape), make_b(large_shape))}; }};
}

// Samples of op(x) for every shape, or for the given ones.
template <class F>
std::vector<Sample> unary_samples(const std::string& label, F op,
                                  const std::function<double(double)>& formula, Generator make,
                                  const std::vector<Shape>& of = shapes()) {
    std::vector<Sample> samples;
    for (const Shape& shape : of)
        samples.push_back(sample(
            fmt::format("{}{}", label, to_string(shape)), {make(shape)},
            [op](const auto& in) { return op(in[0]); }, shape,
            [formula](const Index& at, const Tensors<double>& in) { return formula(element(in[0], at)); }));
    return samples;
}

const Domain all_numbers{any, [](double) { return true; }};
const Domain small_numbers{any, [](double x) { return std::abs(x) < 3; }};
const Domain positive_numbers{positive, [](double x) { return 0.1 < x && x < 10; }};
const Domain nonzero_numbers{nonzero, [](double x) { return std::abs(x) > 0.1; }};

// `formula` is generic, like `op`: it takes a double or a dual number.
template <class F, class G>
Op unary_op(std::string declaration, F op, G formula, const Domain& domain) {
    return {std::move(declaration),
            unary_samples("", op, formula, domain.sample),
            {},
            [=] { return unary_samples("", op, formula, domain.sample, {large_shape}); },
            formula,
            domain};
}

Op pow_with_number() {
    Op op{"pow(Tensor, double)", {}, {}};
    for (const double p : {0.0, 1.0, 2.0, 3.0, -1.0, -2.0})
        append(op.samples, unary_samples(
                               fmt::format("^{} of ", p), [p](const auto& x) { return pow(x, p); },
                               [p](double x) { return std::pow(x, p); }, nonzero));
    for (const double p : {0.5, -1.5, 2.3})
        append(op.samples, unary_samples(
                               fmt::format("^{} of ", p), [p](const auto& x) { return pow(x, p); },
                               [p](double x) { return std::pow(x, p); }, positive));
    op.large = [] {
        return unary_samples(
            "^2.3 of ", [](const auto& x) { return pow(x, 2.3); }, [](double x) { return std::pow(x, 2.3); },
            positive, {large_shape});
    };
    return op;
}

Op clamp_op() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    Op op{"clamp(Tensor, double, double)",
          {},
          {invalid<ValueError>("clamp: expected low <= high, got low = 1, high = 0",
                               [](auto zeros) { clamp(zeros({2}), 1, 0); }),
           invalid<ValueError>("clamp: expected low <= high, got low = nan, high = 0",
                               [](auto zeros) { clamp(zeros({2}), NAN, 0); }),
           invalid<ValueError>("clamp: expected low <= high, got low = 0, high = nan",
                               [](auto zeros) { clamp(zeros({2}), 0, NAN); })}};
    for (const auto& [low, high] : {std::pair(-0.1, 5.0), std::pair(-5.0, 0.1), std::pair(-0.1, inf),
                                    std::pair(-inf, 0.1), std::pair(0.0, 0.0)})
        append(op.samples, unary_samples(
                               fmt::format("to [{}, {}] of ", low, high),
                               [low = low, high = high](const auto& x) { return clamp(x, low, high); },
                               [low = low, high = high](double x) {
                                   return x < low ? low : x > high ? high : x;
                               },
                               nonzero));
    op.large = [] {
        return unary_samples(
            "to [-0.1, 5] of ", [](const auto& x) { return clamp(x, -0.1, 5); },
            [](double x) { return x < -0.1 ? -0.1
                                  : x > 5  ? 5
                                           : x; }, nonzero, {large_shape});
    };
    return op;
}

Op where_op() {
    Op op{"where(Tensor, Tensor, Tensor)",
          {},
          {invalid<ShapeError>("where: cannot broadcast (8, 5) with (4): axis -1 is 5 and 4",
                               [](auto zeros) { where(zeros({}), zeros({8, 5}), zeros({4})); }),
           invalid<ShapeError>("where: cannot broadcast (2) with (8, 5): axis -1 is 2 and 5",
                               [](auto zeros) { where(zeros({2}), zeros({8, 5}), zeros({})); }),
           invalid<ShapeError>(too_large("where", "(1099511627776, 1099511627776, 0)"), [](auto zeros) {
               where(zeros({huge, 1, 0}), zeros({1, huge, 0}), zeros({}));
           })}};
    const auto of = [](const Shape& condition, const Shape& a, const Shape& b) {
        Array<double> values(condition);
        for (std::size_t i = 0; i < values.size(); ++i)
            values.data()[i] = i % 3 == 0 ? -1 : i % 3 == 1 ? 0 : 0.5;
        return sample(
            fmt::format("condition {}, {} with {}", to_string(condition), to_string(a), to_string(b)),
            {any(a), any(b)}, [values](const auto& in) { return where(like(in[0], values), in[0], in[1]); },
            naive_broadcast(condition, naive_broadcast(a, b)),
            [values](const Index& at, const Tensors<double>& in) {
                return element(Tensor<double>(values), at) != 0 ? element(in[0], at) : element(in[1], at);
            });
    };
    for (const auto& [a, b] : broadcast_pairs()) op.samples.push_back(of(a, a, b));
    for (const Shape& condition : {Shape{}, Shape{3}, Shape{2, 1}, Shape{2, 3}, Shape{4, 2, 3}})
        op.samples.push_back(of(condition, {2, 1}, {3}));
    op.large = [of] { return std::vector{of(large_shape, large_shape, {})}; };
    return op;
}

Op softplus_op() {
    Op op = unary_op(
        "softplus(Tensor, double, double)", [](const auto& x) { return softplus(x); },
        [](auto x) { return log(1 + exp(x)); }, small_numbers);
    append(op.samples,
           unary_samples(
               "beta 3, threshold 2, ", [](const auto& x) { return softplus(x, 3, 2); },
               [](double x) { return 3 * x > 2 ? x : std::log(1 + std::exp(3 * x)) / 3; }, nonzero));
    op.invalid.push_back(invalid<ValueError>("softplus: expected a finite beta > 0, got 0",
                                             [](auto zeros) { softplus(zeros({2}), 0); }));
    return op;
}

Op gelu_op() {
    Op op = unary_op(
        "gelu(Tensor, Approximate)", [](const auto& x) { return gelu(x); },
        [](auto x) { return 0.5 * x * (1 + erf(std::sqrt(0.5) * x)); }, small_numbers);
    append(op.samples,
           unary_samples(
               "by tanh, ", [](const auto& x) { return gelu(x, Approximate::tanh); },
               [](double x) {
                   return 0.5 * x *
                          (1 + std::tanh(std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x)));
               },
               any));
    return op;
}

constexpr double c = -1.5;

// op(condition, x), which is x or the number, where x is positive or not.
template <class F, class G>
Op where_with_number(std::string declaration, F op, G formula) {
    Op entry = unary_op(
        std::move(declaration), [op](const auto& x) { return op(greater(x.detach(), 0.0), x); }, formula,
        nonzero_numbers);
    entry.invalid.push_back(invalid<ShapeError>("where: cannot broadcast (2) with (8, 5): axis -1 is 2 and 5",
                                                [op](auto zeros) { op(zeros({2}), zeros({8, 5})); }));
    return entry;
}

// The two forms of a comparison; its steps include equal elements.
template <class F>
void append_comparison(std::vector<Op>& ops, const std::string& name, F op,
                       double (*formula)(double, double)) {
    ops.push_back(binary_op(name + "(Tensor, Tensor)", name, op, formula, digits, digits));
    ops.push_back({name + "(Tensor, double)",
                   unary_samples(
                       "", [op](const auto& x) { return op(x, 1.0); },
                       [formula](double x) { return formula(x, 1); }, digits),
                   {}});
}

Op dropout_op() {
    Op op{"dropout(Tensor, double, Rng)",
          {},
          {invalid<ValueError>("dropout: p must be in [0, 1], got 1.5",
                               [](auto zeros) {
                                   Rng rng(1);
                                   dropout(zeros({2}), 1.5, rng);
                               }),
           invalid<ValueError>("dropout: p must be in [0, 1], got nan", [](auto zeros) {
               Rng rng(1);
               dropout(zeros({2}), NAN, rng);
           })}};
    for (const Shape& shape : shapes())
        for (const double p : {0.4, 1.0})
            op.samples.push_back(sample(
                fmt::format("{}, p {}", to_string(shape), p), {between(-2, 2, shape)},
                [p](const auto& in) {
                    Rng rng(7);
                    return dropout(in[0], p, rng);
                },
                shape,
                [p, shape](const Index& at, const Tensors<double>& in) {
                    Rng rng(7);
                    double drawn = 0;
                    for (std::size_t i = 0; i <= flatten(shape, at); ++i) drawn = rng.uniform();
                    return drawn < p ? 0 : element(in[0], at) / (1 - p);
                }));
    return op;
}

}  // namespace

std::vector<Op> comparison_ops() {
    std::vector<Op> ops{{"sign(Tensor)",
                         unary_samples(
                             "", [](const auto& x) { return sign(x); },
                             [](double x) { return x < 0   ? -1.0
                                                   : x > 0 ? 1.0
                                                           : 0.0; }, digits),
                         {}}};
    append_comparison(
        ops, "greater", [](const auto& a, const auto& b) { return greater(a, b); },
        [](double a, double b) { return double(a > b); });
    append_comparison(
        ops, "greater_equal", [](const auto& a, const auto& b) { return greater_equal(a, b); },
        [](double a, double b) { return double(a >= b); });
    append_comparison(
        ops, "less", [](const auto& a, const auto& b) { return less(a, b); },
        [](double a, double b) { return double(a < b); });
    append_comparison(
        ops, "less_equal", [](const auto& a, const auto& b) { return less_equal(a, b); },
        [](double a, double b) { return double(a <= b); });
    append_comparison(
        ops, "equal", [](const auto& a, const auto& b) { return equal(a, b); },
        [](double a, double b) { return double(a == b); });
    return ops;
}

std::vector<Op> arithmetic_ops() {
    return {
        binary_op(
            "operator+(Tensor, Tensor)", "add", [](const auto& a, const auto& b) { return a + b; },
            [](double a, double b) { return a + b; }, any, any),
        binary_op(
            "operator-(Tensor, Tensor)", "sub", [](const auto& a, const auto& b) { return a - b; },
            [](double a, double b) { return a - b; }, any, any),
        binary_op(
            "operator*(Tensor, Tensor)", "mul", [](const auto& a, const auto& b) { return a * b; },
            [](double a, double b) { return a * b; }, any, any),
        binary_op(
            "operator/(Tensor, Tensor)", "div", [](const auto& a, const auto& b) { return a / b; },
            [](double a, double b) { return a / b; }, any, nonzero),
        unary_op(
            "operator+(Tensor, double)", [](const auto& x) { return x + c; }, [](auto x) { return x + c; },
            all_numbers),
        unary_op(
            "operator+(double, Tensor)", [](const auto& x) { return c + x; }, [](auto x) { return c + x; },
            all_numbers),
        unary_op(
            "operator-(Tensor, double)", [](const auto& x) { return x - c; }, [](auto x) { return x - c; },
            all_numbers),
        unary_op(
            "operator-(double, Tensor)", [](const auto& x) { return c - x; }, [](auto x) { return c - x; },
            all_numbers),
        unary_op(
            "operator*(Tensor, double)", [](const auto& x) { return x * c; }, [](auto x) { return x * c; },
            all_numbers),
        unary_op(
            "operator*(double, Tensor)", [](const auto& x) { return c * x; }, [](auto x) { return c * x; },
            all_numbers),
        unary_op(
            "operator/(Tensor, double)", [](const auto& x) { return x / c; }, [](auto x) { return x / c; },
            all_numbers),
        unary_op(
            "operator/(double, Tensor)", [](const auto& x) { return c / x; }, [](auto x) { return c / x; },
            nonzero_numbers),
        unary_op(
            "operator-(Tensor)", [](const auto& x) { return -x; }, [](auto x) { return -x; }, all_numbers),
    };
}

std::vector<Op> elementwise_ops() {
    return {
        unary_op(
            "exp(Tensor)", [](const auto& x) { return exp(x); }, [](auto x) { return exp(x); },
            small_numbers),
        unary_op(
            "log(Tensor)", [](const auto& x) { return log(x); }, [](auto x) { return log(x); },
            positive_numbers),
        unary_op(
            "sqrt(Tensor)", [](const auto& x) { return sqrt(x); }, [](auto x) { return sqrt(x); },
            positive_numbers),
        unary_op(
            "square(Tensor)", [](const auto& x) { return square(x); }, [](auto x) { return x * x; },
            all_numbers),
        unary_op(
            "abs(Tensor)", [](const auto& x) { return abs(x); }, [](auto x) { return x < 0 ? -x : x; },
            nonzero_numbers),
        pow_with_number(),
        binary_op(
            "pow(Tensor, Tensor)", "pow", [](const auto& a, const auto& b) { return pow(a, b); },
            [](double a, double b) { return std::pow(a, b); }, positive, positive),
        unary_op(
            "tanh(Tensor)", [](const auto& x) { return tanh(x); }, [](auto x) { return tanh(x); },
            small_numbers),
        unary_op(
            "sigmoid(Tensor)", [](const auto& x) { return sigmoid(x); },
            [](auto x) { return 1 / (1 + exp(-x)); }, small_numbers),
        unary_op(
            "relu(Tensor)", [](const auto& x) { return relu(x); }, [](auto x) { return x < 0 ? 0 * x : x; },
            nonzero_numbers),
        unary_op(
            "rsqrt(Tensor)", [](const auto& x) { return rsqrt(x); }, [](auto x) { return 1 / sqrt(x); },
            positive_numbers),
        unary_op(
            "reciprocal(Tensor)", [](const auto& x) { return reciprocal(x); }, [](auto x) { return 1 / x; },
            nonzero_numbers),
        unary_op(
            "expm1(Tensor)", [](const auto& x) { return expm1(x); }, [](auto x) { return exp(x) - 1; },
            small_numbers),
        unary_op(
            "log1p(Tensor)", [](const auto& x) { return log1p(x); }, [](auto x) { return log(1 + x); },
            positive_numbers),
        unary_op(
            "sin(Tensor)", [](const auto& x) { return sin(x); }, [](auto x) { return sin(x); }, all_numbers),
        unary_op(
            "cos(Tensor)", [](const auto& x) { return cos(x); }, [](auto x) { return cos(x); }, all_numbers),
        unary_op(
            "erf(Tensor)", [](const auto& x) { return erf(x); }, [](auto x) { return erf(x); },
            small_numbers),
        unary_op(
            "silu(Tensor)", [](const auto& x) { return silu(x); }, [](auto x) { return x / (1 + exp(-x)); },
            small_numbers),
        unary_op(
            "leaky_relu(Tensor, double)", [](const auto& x) { return leaky_relu(x, 0.2); },
            [](auto x) { return x < 0 ? 0.2 * x : x; }, nonzero_numbers),
        unary_op(
            "elu(Tensor, double)", [](const auto& x) { return elu(x, 1.5); },
            [](auto x) { return x < 0 ? 1.5 * (exp(x) - 1) : x; }, nonzero_numbers),
        softplus_op(),
        gelu_op(),
        binary_op(
            "maximum(Tensor, Tensor)", "maximum", [](const auto& a, const auto& b) { return maximum(a, b); },
            [](double a, double b) { return a > b ? a : b; }, on_steps, between_steps),
        binary_op(
            "minimum(Tensor, Tensor)", "minimum", [](const auto& a, const auto& b) { return minimum(a, b); },
            [](double a, double b) { return a < b ? a : b; }, on_steps, between_steps),
        clamp_op(),
        dropout_op(),
        where_op(),
        where_with_number(
            "where(Tensor, Tensor, double)",
            [](const auto& condition, const auto& x) { return where(condition, x, c); },
            [](auto x) { return x < 0 ? 0 * x + c : x; }),
        where_with_number(
            "where(Tensor, double, Tensor)",
            [](const auto& condition, const auto& x) { return where(condition, c, x); },
            [](auto x) { return x < 0 ? x : 0 * x + c; }),
    };
}

}  // namespace xgrad::registry
