#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

using kernels::Binary;
using kernels::Unary;

/// op of the values, unrecorded: no gradient flows through it unless its caller records one.
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

/// op(a, b), broadcast, with one gradient function per operand; the engine sums each over its operand's
/// broadcast axes.
template <class T, class GradientA, class GradientB>
Tensor<T> broadcast_binary(const char* name, Binary op, const Tensor<T>& a, const Tensor<T>& b,
                           GradientA gradient_a, GradientB gradient_b) {
    return record(name, constant(op, a, b, name), Edge{a, std::move(gradient_a), Broadcasts::yes},
                  Edge{b, std::move(gradient_b), Broadcasts::yes});
}

}  // namespace

template <class T>
Tensor<T> operator+(const Tensor<T>& a, const Tensor<T>& b) {
    const auto same = [](const Tensor<T>& dy) { return dy; };
    return broadcast_binary("add", Binary::add, a, b, same, same);
}

template <class T>
Tensor<T> operator+(const Tensor<T>& x, double c) {
    return record("add", constant(Binary::add, x, c), Edge{x, [](const Tensor<T>& dy) { return dy; }});
}

template <class T>
Tensor<T> operator+(double c, const Tensor<T>& x) {
    return x + c;
}

template <class T>
Tensor<T> operator-(const Tensor<T>& a, const Tensor<T>& b) {
    return broadcast_binary(
        "sub", Binary::subtract, a, b, [](const Tensor<T>& dy) { return dy; },
        [](const Tensor<T>& dy) { return -dy; });
}

template <class T>
Tensor<T> operator-(const Tensor<T>& x, double c) {
    return record("sub", constant(Binary::subtract, x, c), Edge{x, [](const Tensor<T>& dy) { return dy; }});
}

template <class T>
Tensor<T> operator-(double c, const Tensor<T>& x) {
    const Tensor<T> y(map(Binary::subtract, static_cast<T>(c), x.value()));
    return record("sub", y, Edge{x, [](const Tensor<T>& dy) { return -dy; }});
}

template <class T>
Tensor<T> operator*(const Tensor<T>& a, const Tensor<T>& b) {
    return broadcast_binary(
        "mul", Binary::multiply, a, b, [&] { return [b](const Tensor<T>& dy) { return dy * b; }; },
        [&] { return [a](const Tensor<T>& dy) { return dy * a; }; });
}

template <class T>
Tensor<T> operator*(const Tensor<T>& x, double c) {
    return record("mul", constant(Binary::multiply, x, c),
                  Edge{x, [c](const Tensor<T>& dy) { return dy * c; }});
}

template <class T>
Tensor<T> operator*(double c, const Tensor<T>& x) {
    return x * c;
}

template <class T>
Tensor<T> operator/(const Tensor<T>& a, const Tensor<T>& b) {
    return broadcast_binary(
        "div", Binary::divide, a, b, [&] { return [b](const Tensor<T>& dy) { return dy / b; }; },
        [&] { return [a, b](const Tensor<T>& dy) { return -dy * a / square(b); }; });
}

template <class T>
Tensor<T> operator/(const Tensor<T>& x, double c) {
    return record("div", constant(Binary::divide, x, c),
                  Edge{x, [c](const Tensor<T>& dy) { return dy / c; }});
}

template <class T>
Tensor<T> operator/(double c, const Tensor<T>& x) {
    const Tensor<T> y(map(Binary::divide, static_cast<T>(c), x.value()));
    return record("div", y, Edge{x, [x, y](const Tensor<T>& dy) { return -dy * y / x; }});
}

template <class T>
Tensor<T> operator-(const Tensor<T>& x) {
    return record("neg", constant(Unary::negative, x), Edge{x, [](const Tensor<T>& dy) { return -dy; }});
}

template <class T>
Tensor<T> exp(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::exp, x);
    return record("exp", y, Edge{x, [y](const Tensor<T>& dy) { return dy * y; }});
}

template <class T>
Tensor<T> log(const Tensor<T>& x) {
    return record("log", constant(Unary::log, x), Edge{x, [x](const Tensor<T>& dy) { return dy / x; }});
}

template <class T>
Tensor<T> sqrt(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::sqrt, x);
    return record("sqrt", y, Edge{x, [y](const Tensor<T>& dy) { return dy / (2.0 * y); }});
}

template <class T>
Tensor<T> square(const Tensor<T>& x) {
    return record("square", constant(Unary::square, x),
                  Edge{x, [x](const Tensor<T>& dy) { return dy * (2.0 * x); }});
}

template <class T>
Tensor<T> abs(const Tensor<T>& x) {
    return record("abs", constant(Unary::abs, x),
                  Edge{x, [x](const Tensor<T>& dy) { return dy * constant(Unary::sign, x); }});
}

template <class T>
Tensor<T> pow(const Tensor<T>& x, double p) {
    return record("pow", constant(Binary::power, x, p),
                  Edge{x, [x, p](const Tensor<T>& dy) {
                           return p == 0 ? zeros<T>(dy.shape()) : dy * (p * pow(x, p - 1));  // not 0 * 0^-1
                       }});
}

template <class T>
Tensor<T> pow(const Tensor<T>& a, const Tensor<T>& b) {
    const Tensor<T> y = constant(Binary::power, a, b, "pow");
    const Tensor<T> zero = zeros<T>({});
    // where(a, u, v) is u where a is not 0: it keeps 0 * inf out of the derivatives of 0^0 and of 0^b.
    return record("pow", y,
                  Edge{a,
                       [a, b, zero](const Tensor<T>& dy) {
                           return dy * b * pow(a, where(a, b - 1.0, where(b, b - 1.0, zero)));
                       },
                       Broadcasts::yes},
                  Edge{b,
                       [a, y, zero](const Tensor<T>& dy) {
                           return dy * where(a, y, zero) * log(where(a, a, zero + 1.0));
                       },
                       Broadcasts::yes});
}

template <class T>
Tensor<T> tanh(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::tanh, x);
    return record("tanh", y, Edge{x, [y](const Tensor<T>& dy) { return dy * (1.0 - square(y)); }});
}

template <class T>
Tensor<T> sigmoid(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::sigmoid, x);
    return record("sigmoid", y, Edge{x, [y](const Tensor<T>& dy) { return dy * y * (1.0 - y); }});
}

template <class T>
Tensor<T> relu(const Tensor<T>& x) {
    const Tensor<T> y = constant(Unary::relu, x);
    return record("relu", y,
                  Edge{x, [y](const Tensor<T>& dy) { return dy * constant(Unary::is_positive, y); }});
}

namespace {

// The share of dy that the operand `x` of max(x, other) or min(x, other) takes: 1 where it wins, 1/2 where
// they tie.
template <class T>
Tensor<T> winners(const Tensor<T>& upper, const Tensor<T>& lower, const char* name) {
    return 0.5 * (constant(Binary::greater, upper, lower, name) +
                  constant(Binary::greater_equal, upper, lower, name));
}

}  // namespace

template <class T>
Tensor<T> maximum(const Tensor<T>& a, const Tensor<T>& b) {
    return broadcast_binary(
        "maximum", Binary::maximum, a, b,
        [a, b](const Tensor<T>& dy) { return dy * winners(a, b, "maximum"); },
        [a, b](const Tensor<T>& dy) { return dy * winners(b, a, "maximum"); });
}

template <class T>
Tensor<T> minimum(const Tensor<T>& a, const Tensor<T>& b) {
    return broadcast_binary(
        "minimum", Binary::minimum, a, b,
        [a, b](const Tensor<T>& dy) { return dy * winners(b, a, "minimum"); },
        [a, b](const Tensor<T>& dy) { return dy * winners(a, b, "minimum"); });
}

template <class T>
Tensor<T> clamp(const Tensor<T>& x, double low, double high) {
    if (!(low <= high))
        fail<ValueError>("clamp", fmt::format("expected low <= high, got low = {}, high = {}", low, high));
    const auto lower = static_cast<T>(low), upper = static_cast<T>(high);
    const Tensor<T> y(map(Binary::minimum, map(Binary::maximum, x.value(), lower), upper));
    return record("clamp", y, Edge{x, [x, lower, upper](const Tensor<T>& dy) {
                                       const Array<T> inside =
                                           map(Binary::multiply, map(Binary::greater_equal, x.value(), lower),
                                               map(Binary::greater_equal, upper, x.value()), "clamp");
                                       return dy * Tensor<T>(inside);
                                   }});
}

template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, const Tensor<T>& b) {
    const Shape shape =
        broadcast_shapes("where", condition.shape(), broadcast_shapes("where", a.shape(), b.shape()));
    const Array<T> choice = broadcast_array(condition.value(), shape);
    const Array<T> b_values = broadcast_array(b.value(), shape);
    Array<T> y = broadcast_array(a.value(), shape);
    for (std::size_t i = 0; i < y.size(); ++i)
        if (choice.data()[i] == 0) y.data()[i] = b_values.data()[i];
    const Tensor<T> chosen = condition.detach();
    const Tensor<T> zero = zeros<T>({});
    return record(
        "where", Tensor<T>(std::move(y)),
        Edge{a, [chosen, zero](const Tensor<T>& dy) { return where(chosen, dy, zero); }, Broadcasts::yes},
        Edge{b, [chosen, zero](const Tensor<T>& dy) { return where(chosen, zero, dy); }, Broadcasts::yes});
}

#define INSTANTIATE(T)                                                \
    template Tensor<T> operator+(const Tensor<T>&, const Tensor<T>&); \
    template Tensor<T> operator+(const Tensor<T>&, double);           \
    template Tensor<T> operator+(double, const Tensor<T>&);           \
    template Tensor<T> operator-(const Tensor<T>&, const Tensor<T>&); \
    template Tensor<T> operator-(const Tensor<T>&, double);           \
    template Tensor<T> operator-(double, const Tensor<T>&);           \
    template Tensor<T> operator*(const Tensor<T>&, const Tensor<T>&); \
    template Tensor<T> operator*(const Tensor<T>&, double);           \
    template Tensor<T> operator*(double, const Tensor<T>&);           \
    template Tensor<T> operator/(const Tensor<T>&, const Tensor<T>&); \
    template Tensor<T> operator/(const Tensor<T>&, double);           \
    template Tensor<T> operator/(double, const Tensor<T>&);           \
    template Tensor<T> operator-(const Tensor<T>&);                   \
    template Tensor<T> exp(const Tensor<T>&);                         \
    template Tensor<T> log(const Tensor<T>&);                         \
    template Tensor<T> sqrt(const Tensor<T>&);                        \
    template Tensor<T> square(const Tensor<T>&);                      \
    template Tensor<T> abs(const Tensor<T>&);                         \
    template Tensor<T> pow(const Tensor<T>&, double);                 \
    template Tensor<T> pow(const Tensor<T>&, const Tensor<T>&);       \
    template Tensor<T> tanh(const Tensor<T>&);                        \
    template Tensor<T> sigmoid(const Tensor<T>&);                     \
    template Tensor<T> relu(const Tensor<T>&);                        \
    template Tensor<T> maximum(const Tensor<T>&, const Tensor<T>&);   \
    template Tensor<T> minimum(const Tensor<T>&, const Tensor<T>&);   \
    template Tensor<T> clamp(const Tensor<T>&, double, double);       \
    template Tensor<T> where(const Tensor<T>&, const Tensor<T>&, const Tensor<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
