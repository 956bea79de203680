#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/instantiate.hpp>
#include <xgrad/autograd/ops/masked.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

using kernels::Binary;
using kernels::Unary;

// Applies op to the values without recording: no gradient flows through it unless the caller records one.
template <class T>
Tensor<T> constant(Unary op, const Tensor<T>& x) {
    return Tensor<T>::computed([&] { return map(op, x.value()); });
}
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

template <class T>
Tensor<T> operator-(const Tensor<T>& x) {
    return record("neg", constant(Unary::negative, x), Edge{x, negated});
}
INSTANTIATE_UNARY(operator-)

template <class T>
Tensor<T> exp(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::exp, x);
    return record("exp", y, Edge{x, [](const auto& dy, const auto& out) { return dy * out; }, saves(y)});
}
INSTANTIATE_UNARY(exp)

template <class T>
Tensor<T> log(const Tensor<T>& x) {
    return record("log", constant(Unary::log, x),
                  Edge{x, [](const auto& dy, const auto& in) { return dy / in; }, saves(x)});
}
INSTANTIATE_UNARY(log)

template <class T>
Tensor<T> sqrt(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::sqrt, x);
    return record("sqrt", y,
                  Edge{x, [](const auto& dy, const auto& out) { return dy / (2.0 * out); }, saves(y)});
}
INSTANTIATE_UNARY(sqrt)

template <class T>
Tensor<T> square(const Tensor<T>& x) {
    return record("square", constant(Unary::square, x),
                  Edge{x, [](const auto& dy, const auto& in) { return 2.0 * dy * in; }, saves(x)});
}
INSTANTIATE_UNARY(square)

template <class T>
Tensor<T> abs(const Tensor<T>& x) {
    return record(
        "abs", constant(Unary::abs, x),
        Edge{x, [](const auto& dy, const auto& in) { return masked(dy, constant(Unary::sign, in)); },
             saves(x)});
}
INSTANTIATE_UNARY(abs)

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
Tensor<T> tanh(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::tanh, x);
    return record(
        "tanh", y,
        Edge{x, [](const auto& dy, const auto& out) { return dy * (1.0 - square(out)); }, saves(y)});
}
INSTANTIATE_UNARY(tanh)

template <class T>
Tensor<T> sigmoid(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::sigmoid, x);
    return record("sigmoid", y,
                  Edge{x, [](const auto& dy, const auto& out) { return dy * out * (1.0 - out); }, saves(y)});
}
INSTANTIATE_UNARY(sigmoid)

template <class T>
Tensor<T> relu(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::relu, x);
    return record(
        "relu", y,
        Edge{x, [](const auto& dy, const auto& out) { return where(out, dy, zeros<T>({})); }, saves(y)});
}
INSTANTIATE_UNARY(relu)

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

template <class T>
Tensor<T> clamp(const Tensor<T>& x, double low, double high) {
    if (!(low <= high))
        fail<ValueError>("clamp", fmt::format("expected low <= high, got low = {}, high = {}", low, high));
    const auto lower = static_cast<T>(low), upper = static_cast<T>(high);
    const Tensor<T> y(map(Binary::minimum, map(Binary::maximum, x.value(), lower), upper));
    return record("clamp", y,
                  Edge{x,
                       [lower, upper](const auto& dy, const auto& in) {
                           const Array<T> inside =
                               map(Binary::multiply, map(Binary::greater_equal, in.value(), lower),
                                   map(Binary::greater_equal, upper, in.value()), "clamp");
                           return where(Tensor<T>(inside), dy, zeros<T>({}));
                       },
                       saves(x)});
}
INSTANTIATE_UNARY(clamp, double, double)

template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, const Tensor<T>& b) {
    return record("where", Tensor<T>::computed([&] {
                      return select(condition.value(), a.value(), b.value(), "where");
                  }),
                  Edge{a, [](const auto& dy, const auto& choose) { return where(choose, dy, zeros<T>({})); },
                       saves(condition), Broadcasts::yes},
                  Edge{b, [](const auto& dy, const auto& choose) { return where(choose, zeros<T>({}), dy); },
                       saves(condition), Broadcasts::yes});
}
template Tensor<float> where(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&);
template Tensor<double> where(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&);

}  // namespace xgrad
