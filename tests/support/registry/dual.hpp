#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

// Forward-mode differentiation with nested dual numbers (Griewank and Walther, Evaluating Derivatives, ch. 3
// and 13). It is the oracle for random programs, and shares neither code nor method with the reverse mode
// that it tests. Only +, -, *, /, exp, log, sin, cos, erf and pow with a constant exponent have derivatives
// of their own; all other functions are composed of them.
namespace xgrad::dual {

/// The smallest difference seen by a comparison of dual numbers since this was last set: the distance of a
/// formula to a kink.
inline double nearest_kink = std::numeric_limits<double>::infinity();

/// value + derivative d, where d^2 = 0.
template <class S>
struct Dual {
    S value = 0;
    S derivative = 0;

    Dual(double constant) : value(constant) {}
    Dual(const S& v, const S& d) : value(v), derivative(d) {}

    friend Dual operator-(const Dual& x) { return {-x.value, -x.derivative}; }
    friend Dual operator+(const Dual& a, const Dual& b) {
        return {a.value + b.value, a.derivative + b.derivative};
    }
    friend Dual operator-(const Dual& a, const Dual& b) { return a + -b; }
    friend Dual operator*(const Dual& a, const Dual& b) {
        return {a.value * b.value, a.derivative * b.value + a.value * b.derivative};
    }
    friend Dual operator/(const Dual& a, const Dual& b) {
        const S quotient = a.value / b.value;
        return {quotient, (a.derivative - quotient * b.derivative) / b.value};
    }
    friend Dual exp(const Dual& x) {
        using std::exp;
        const S y = exp(x.value);
        return {y, y * x.derivative};
    }
    friend Dual log(const Dual& x) {
        using std::log;
        return {log(x.value), x.derivative / x.value};
    }
    friend Dual sin(const Dual& x) {
        using std::cos, std::sin;
        return {sin(x.value), cos(x.value) * x.derivative};
    }
    friend Dual cos(const Dual& x) {
        using std::cos, std::sin;
        return {cos(x.value), -sin(x.value) * x.derivative};
    }
    friend Dual erf(const Dual& x) {
        using std::erf, std::exp;
        return {erf(x.value), 2 / std::sqrt(std::acos(-1.0)) * exp(-(x.value * x.value)) * x.derivative};
    }
    friend Dual pow(const Dual& x, double p) {
        using std::pow;
        return {pow(x.value, p), p * pow(x.value, p - 1) * x.derivative};
    }
    friend bool operator<(const Dual& a, const Dual& b) {
        nearest_kink = std::min(nearest_kink, std::abs(number(a) - number(b)));
        return number(a) < number(b);
    }
    friend double number(const Dual& x) {
        if constexpr (std::is_same_v<S, double>)
            return x.value;
        else
            return number(x.value);
    }
};

/// The first and second derivatives of f at x along two directions: u (the outer derivative) and v (the inner
/// one).
using Jet = Dual<Dual<double>>;

/// An input at `value` with the directions u and v.
inline Jet variable(double value, double u, double v) { return {{value, v}, {u, 0}}; }
inline double along_u(const Jet& y) { return y.derivative.value; }
inline double along_v(const Jet& y) { return y.value.derivative; }
inline double along_both(const Jet& y) { return y.derivative.derivative; }

inline Jet sqrt(const Jet& x) { return pow(x, 0.5); }
inline Jet square(const Jet& x) { return x * x; }
inline Jet pow(const Jet& a, const Jet& b) { return exp(b * log(a)); }
inline Jet tanh(const Jet& x) { return 1 - 2 / (exp(2 * x) + 1); }
inline Jet maximum(const Jet& a, const Jet& b) { return a < b ? b : a; }
inline Jet minimum(const Jet& a, const Jet& b) { return b < a ? b : a; }
inline Jet clamp(const Jet& x, double low, double high) { return minimum(maximum(x, low), high); }

}  // namespace xgrad::dual
