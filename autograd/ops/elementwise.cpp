#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/formulas.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/ops/detail/masked.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

using kernels::Binary;
using kernels::Unary;

// Applies op to the values without recording: no gradient flows through it unless the caller records one.
template <class T>
Tensor<T> constant(Binary op, const Tensor<T>& a, const Tensor<T>& b, const char* name) {
    return Tensor<T>::computed([&] { return map(op, a.value(), b.value(), name); });
}
template <class T>
Tensor<T> constant(Binary op, const Tensor<T>& x, double c) {
    return Tensor<T>::computed([&] { return map(op, x.value(), static_cast<T>(c)); });
}
template <class T>
Tensor<T> constant(Binary op, double c, const Tensor<T>& x) {
    return Tensor<T>::computed([&] { return map(op, static_cast<T>(c), x.value()); });
}

// The gradient of an input that passes through unchanged.
constexpr auto same = [](const auto& dy) { return dy; };
constexpr auto negated = [](const auto& dy) { return -dy; };

// The three forms of an operator: two Tensors, and a number on either side.
#define INSTANTIATE_OPERATOR(op)                             \
    INSTANTIATE_BINARY(op)                                   \
    INSTANTIATE_UNARY(op, double)                            \
    template Tensor<float> op(double, const Tensor<float>&); \
    template Tensor<double> op(double, const Tensor<double>&);

}  // namespace

template <class T>
Tensor<T> operator+(const Tensor<T>& a, const Tensor<T>& b) {
    return record("add", constant(Binary::add, a, b, "add"), Edge{a, same, Broadcasts::yes},
                  Edge{b, same, Broadcasts::yes});
}
template <class T>
Tensor<T> operator+(const Tensor<T>& x, double c) {
    return record("add", constant(Binary::add, x, c), Edge{x, same});
}
template <class T>
Tensor<T> operator+(double c, const Tensor<T>& x) {
    return x + c;
}
INSTANTIATE_OPERATOR(operator+)

template <class T>
Tensor<T> operator-(const Tensor<T>& a, const Tensor<T>& b) {
    return record("sub", constant(Binary::subtract, a, b, "sub"), Edge{a, same, Broadcasts::yes},
                  Edge{b, negated, Broadcasts::yes});
}
template <class T>
Tensor<T> operator-(const Tensor<T>& x, double c) {
    return record("sub", constant(Binary::subtract, x, c), Edge{x, same});
}
template <class T>
Tensor<T> operator-(double c, const Tensor<T>& x) {
    return record("sub", constant(Binary::subtract, c, x), Edge{x, negated});
}
INSTANTIATE_OPERATOR(operator-)

template <class T>
Tensor<T> operator*(const Tensor<T>& a, const Tensor<T>& b) {
    const auto times = [](const auto& dy, const auto& other) { return dy * other; };
    return record("mul", constant(Binary::multiply, a, b, "mul"), Edge{a, times, saves(b), Broadcasts::yes},
                  Edge{b, times, saves(a), Broadcasts::yes});
}
template <class T>
Tensor<T> operator*(const Tensor<T>& x, double c) {
    return record("mul", constant(Binary::multiply, x, c), Edge{x, [c](const auto& dy) { return dy * c; }});
}
template <class T>
Tensor<T> operator*(double c, const Tensor<T>& x) {
    return x * c;
}
INSTANTIATE_OPERATOR(operator*)

template <class T>
Tensor<T> operator/(const Tensor<T>& a, const Tensor<T>& b) {
    const Tensor<T> y = constant(Binary::divide, a, b, "div");
    return record(
        "div", y,
        Edge{a, [](const auto& dy, const auto& divisor) { return dy / divisor; }, saves(b), Broadcasts::yes},
        Edge{b, [](const auto& dy, const auto& out, const auto& divisor) { return -dy * (out / divisor); },
             saves(y, b), Broadcasts::yes});
}
template <class T>
Tensor<T> operator/(const Tensor<T>& x, double c) {
    return record("div", constant(Binary::divide, x, c), Edge{x, [c](const auto& dy) { return dy / c; }});
}
template <class T>
Tensor<T> operator/(double c, const Tensor<T>& x) {
    const Tensor<T> y = constant(Binary::divide, c, x);
    return record("div", y,
                  Edge{x, [](const auto& dy, const auto& in, const auto& out) { return -dy * (out / in); },
                       saves(x, y)});
}
INSTANTIATE_OPERATOR(operator/)

// ---- functions of one Tensor ------------------------------------------------------------------------------

namespace {

// The gradients of formulas.def, composed of ops: they can be recorded.
template <class T>
Tensor<T> composed_gradient(Unary op, const kernels::Parameters& parameters, const Tensor<T>& dy,
                            const Tensor<T>& saved_value) {
    using namespace formulas;
    [[maybe_unused]] const auto [a, b] = parameters;
    switch (op) {
#define UNARY(name, saved, value, gradient)                    \
    case Unary::name: {                                        \
        [[maybe_unused]] const Tensor<T>& saved = saved_value; \
        return gradient;                                       \
    }
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
    }
    return {};
}

// Whether an op's gradient needs the result, not the argument; by the number of the op.
constexpr bool saves_result[] = {
#define UNARY(name, saved, value, gradient) #saved[0] == 'y',
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
};

// The op of that kernel: value and gradient are fused loops, unless the backward pass is recorded.
template <Unary op, class T>
Tensor<T> elementwise(const char* name, const Tensor<T>& x, const kernels::Parameters& parameters = {}) {
    const Tensor<T> y = Tensor<T>::computed([&] { return map(op, x.value(), parameters); });
    return record(name, y,
                  Edge{x,
                       [parameters](const auto& dy, const auto& saved) {
                           if (is_recording(dy, saved)) return composed_gradient(op, parameters, dy, saved);
                           return Tensor<T>::computed(
                               [&] { return map_gradient(op, dy.value(), saved.value(), parameters); });
                       },
                       saves(saves_result[static_cast<std::size_t>(op)] ? y : x)});
}

}  // namespace

template <class T>
Tensor<T> operator-(const Tensor<T>& x) {
    const Tensor<T> y = Tensor<T>::computed([&] { return map(Unary::negative, x.value()); });
    return record("neg", y, Edge{x, negated});
}
INSTANTIATE_UNARY(operator-)

#define UNARY(name, saved, value, gradient)        \
    template <class T>                             \
    Tensor<T> name(const Tensor<T>& x) {           \
        return elementwise<Unary::name>(#name, x); \
    }                                              \
    INSTANTIATE_UNARY(name)
#include <xgrad/core/kernels/formulas.def>

template <class T>
Tensor<T> sign(const Tensor<T>& x) {
    check_inputs("sign", x);
    return Tensor<T>::computed([&] { return map(Unary::sign, x.value()); });
}
INSTANTIATE_UNARY(sign)

template <class T>
Tensor<T> leaky_relu(const Tensor<T>& x, double slope) {
    return elementwise<Unary::leaky_relu>("leaky_relu", x, {slope});
}
INSTANTIATE_UNARY(leaky_relu, double)

template <class T>
Tensor<T> elu(const Tensor<T>& x, double alpha) {
    return elementwise<Unary::elu>("elu", x, {alpha});
}
INSTANTIATE_UNARY(elu, double)

template <class T>
Tensor<T> softplus(const Tensor<T>& x, double beta, double threshold) {
    if (!(static_cast<T>(beta) > 0 && std::isfinite(beta)))
        fail<ValueError>("softplus", fmt::format("expected a finite beta > 0, got {}", beta));
    return elementwise<Unary::softplus>("softplus", x, {beta, threshold});
}
INSTANTIATE_UNARY(softplus, double, double)

template <class T>
Tensor<T> gelu(const Tensor<T>& x, Approximate approximate) {
    return approximate == Approximate::tanh ? elementwise<Unary::gelu_tanh>("gelu", x)
                                            : elementwise<Unary::gelu>("gelu", x);
}
INSTANTIATE_UNARY(gelu, Approximate)

template <class T>
Tensor<T> clamp(const Tensor<T>& x, double low, double high) {
    if (!(low <= high))
        fail<ValueError>("clamp", fmt::format("expected low <= high, got low = {}, high = {}", low, high));
    return elementwise<Unary::clamp>("clamp", x, {low, high});
}
INSTANTIATE_UNARY(clamp, double, double)

template <class T>
Tensor<T> pow(const Tensor<T>& x, double p) {
    return record("pow", constant(Binary::power, x, p),
                  Edge{x,
                       [p](const auto& dy, const auto& in) {
                           // Avoids 0 * 0^-1.
                           return p == 0 ? zeros<T>(dy.shape()) : dy * (p * pow(in, p - 1));
                       },
                       saves(x)});
}
INSTANTIATE_UNARY(pow, double)

template <class T>
Tensor<T> pow(const Tensor<T>& a, const Tensor<T>& b) {
    const Tensor<T> y = constant(Binary::power, a, b, "pow");
    // where(base, u, v) is u where the base is not 0. It keeps 0 * inf out of the derivatives of 0^0 and 0^b.
    return record("pow", y,
                  Edge{a,
                       [](const auto& dy, const auto& base, const auto& exponent) {
                           const Tensor<T> zero = zeros<T>({}), less = exponent - 1.0;
                           return dy * exponent * pow(base, where(base, less, where(exponent, less, zero)));
                       },
                       saves(a, b), Broadcasts::yes},
                  Edge{b,
                       [](const auto& dy, const auto& base, const auto& out) {
                           const Tensor<T> zero = zeros<T>({});
                           return dy * where(base, out, zero) * log(where(base, base, zero + 1.0));
                       },
                       saves(a, y), Broadcasts::yes});
}
INSTANTIATE_BINARY(pow)

template <class T>
Tensor<T> dropout(const Tensor<T>& x, double p, Rng& rng) {
    if (!(p >= 0 && p <= 1)) fail<ValueError>("dropout", fmt::format("p must be in [0, 1], got {}", p));
    const ComposedOp composed("dropout", x);
    if (p == 0) return x;
    Array<T> factors(x.shape());
    const auto kept = static_cast<T>(1 / (1 - p));
    for (T& factor : factors) factor = rng.uniform() < p ? T{0} : kept;
    return masked(x, Tensor<T>(std::move(factors)));
}
INSTANTIATE_UNARY(dropout, double, Rng&)

// ---- choices ----------------------------------------------------------------------------------------------

namespace {

// The maximum or the minimum of a and b, as `kind` says. An operand receives all of dy unless the other one
// wins, and half of it at a tie.
template <class T>
Tensor<T> winner(const char* name, Binary kind, const Tensor<T>& a, const Tensor<T>& b) {
    const auto gradient = [name, kind](const auto& dy, const auto& operand, const auto& other) {
        const auto& upper = kind == Binary::maximum ? other : operand;
        const auto& lower = kind == Binary::maximum ? operand : other;
        return masked(dy, 1.0 - 0.5 * (constant(Binary::greater, upper, lower, name) +
                                       constant(Binary::greater_equal, upper, lower, name)));
    };
    return record(name, constant(kind, a, b, name), Edge{a, gradient, saves(a, b), Broadcasts::yes},
                  Edge{b, gradient, saves(b, a), Broadcasts::yes});
}

}  // namespace

template <class T>
Tensor<T> maximum(const Tensor<T>& a, const Tensor<T>& b) {
    return winner("maximum", Binary::maximum, a, b);
}
INSTANTIATE_BINARY(maximum)

template <class T>
Tensor<T> minimum(const Tensor<T>& a, const Tensor<T>& b) {
    return winner("minimum", Binary::minimum, a, b);
}
INSTANTIATE_BINARY(minimum)

#define COMPARISON(name)                                     \
    template <class T>                                       \
    Tensor<T> name(const Tensor<T>& a, const Tensor<T>& b) { \
        check_inputs(#name, a, b);                           \
        return constant(Binary::name, a, b, #name);          \
    }                                                        \
    template <class T>                                       \
    Tensor<T> name(const Tensor<T>& x, double c) {           \
        check_inputs(#name, x);                              \
        return constant(Binary::name, x, c);                 \
    }                                                        \
    INSTANTIATE_BINARY(name)                                 \
    INSTANTIATE_UNARY(name, double)
COMPARISON(greater)
COMPARISON(greater_equal)
COMPARISON(less)
COMPARISON(less_equal)
COMPARISON(equal)
#undef COMPARISON

template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, const Tensor<T>& b) {
    return record("where", Tensor<T>::computed([&] {
                      return select(condition.value(), a.value(), b.value(), "where");
                  }),
                  Edge{a, [](const auto& dy, const auto& choose) { return where(choose, dy, 0.0); },
                       saves(condition), Broadcasts::yes},
                  Edge{b, [](const auto& dy, const auto& choose) { return where(choose, 0.0, dy); },
                       saves(condition), Broadcasts::yes});
}
template Tensor<float> where(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&);
template Tensor<double> where(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&);

template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, double b) {
    return where(condition, a, full<T>({}, b));
}
INSTANTIATE_BINARY(where, double)

template <class T>
Tensor<T> where(const Tensor<T>& condition, double a, const Tensor<T>& b) {
    return where(condition, full<T>({}, a), b);
}
template Tensor<float> where(const Tensor<float>&, double, const Tensor<float>&);
template Tensor<double> where(const Tensor<double>&, double, const Tensor<double>&);

}  // namespace xgrad
