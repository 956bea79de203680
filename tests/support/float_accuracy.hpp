#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <xgrad/core/kernels/elementwise.hpp>

// The accuracy of the float kernels. docs/numerics.md defines the errors and lists the measured ones.
namespace xgrad::test {

/// The largest errors of a kernel in ULP: where the result is a normal number, an infinity or 0, and where it
/// is subnormal.
struct FloatError {
    double normal = 0, subnormal = 0;
    float normal_at = 0, subnormal_at = 0;  ///< The arguments at which they occur.

    void add(double error, bool is_subnormal, float x) {
        double& largest = is_subnormal ? subnormal : normal;
        if (error <= largest) return;
        largest = error;
        (is_subnormal ? subnormal_at : normal_at) = x;
    }
    void add(const FloatError& other) {
        add(other.normal, false, other.normal_at);
        add(other.subnormal, true, other.subnormal_at);
    }
};

/// A kernel, its function in double, and the bounds of its errors on every instruction set.
struct FloatFunction {
    const char* name;
    kernels::Unary op;
    double (*exact)(double);
    double normal_bound, subnormal_bound;
};

/// The bound for a kernel that may flush subnormal results to 0.
inline constexpr double flushed = 0x1p23;

inline const std::array<FloatFunction, 5> float_functions{{
    {"exp", kernels::Unary::exp, [](double x) { return std::exp(x); }, 3, flushed},
    {"log", kernels::Unary::log, [](double x) { return std::log(x); }, 1, 0},
    {"tanh", kernels::Unary::tanh, [](double x) { return std::tanh(x); }, 2, 0},
    {"sigmoid", kernels::Unary::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, 3, flushed},
    {"sqrt", kernels::Unary::sqrt, [](double x) { return std::sqrt(x); }, 0.5, 0},
}};

/// The error |y - exact| in units of the last place of a float at `exact`; an infinity counts as 2^128.
/// Infinite if only one of them is NaN, or if both are 0 with different signs.
inline double ulp_error(float y, double exact) {
    if (std::isnan(y) || std::isnan(exact))
        return std::isnan(y) && std::isnan(exact) ? 0 : std::numeric_limits<double>::infinity();
    if (y == 0 && exact == 0 && std::signbit(y) != std::signbit(exact))
        return std::numeric_limits<double>::infinity();
    constexpr double overflow = 0x1p128;
    exact = std::clamp(exact, -overflow, overflow);
    const double value = std::clamp(static_cast<double>(y), -overflow, overflow);
    const int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(exact) >> 52 & 0x7ff) - 1023;
    const int last_place = std::clamp(exponent, -126, 127) - 23;
    return std::abs(value - exact) *
           std::bit_cast<double>(static_cast<std::uint64_t>(1023 - last_place) << 52);
}

/// The errors of a kernel at these arguments.
inline FloatError float_error(const FloatFunction& function, const std::vector<float>& x) {
    std::vector<float> y(x.size());
    kernels::unary(function.op, x.size(), x.data(), y.data());
    FloatError largest;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double exact = function.exact(static_cast<double>(x[i]));
        const bool is_subnormal = exact != 0 && std::abs(exact) < std::numeric_limits<float>::min();
        largest.add(ulp_error(y[i], exact), is_subnormal, x[i]);
    }
    return largest;
}

}  // namespace xgrad::test
