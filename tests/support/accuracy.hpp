#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include <xgrad/core/kernels/table.hpp>

// The accuracy of the elementwise kernels. docs/numerics.md defines the errors and lists the measured ones.
namespace xgrad::test {

/// A type with enough digits to be exact beside T.
template <class T>
using Wide = std::conditional_t<std::is_same_v<T, float>, double, long double>;

/// An integer with the bits of a T.
template <class T>
using Word = std::conditional_t<std::is_same_v<T, float>, std::uint32_t, std::uint64_t>;

/// A kernel, its function in wide numbers, and the bound of its error in ULP on every instruction set, for
/// subnormal arguments and results too.
template <class T>
struct Function {
    const char* name;
    kernels::Unary op;
    Wide<T> (*exact)(Wide<T>);
    double bound;
};

template <class T>
inline const std::array<Function<T>, 10> functions{{
    {"exp", kernels::Unary::exp, [](Wide<T> x) { return std::exp(x); }, 1.1},
    {"log", kernels::Unary::log, [](Wide<T> x) { return std::log(x); }, 1},
    {"tanh", kernels::Unary::tanh, [](Wide<T> x) { return std::tanh(x); }, 2},
    {"sigmoid", kernels::Unary::sigmoid, [](Wide<T> x) { return 1 / (1 + std::exp(-x)); }, 2},
    {"expm1", kernels::Unary::expm1, [](Wide<T> x) { return std::expm1(x); }, 2},
    {"log1p", kernels::Unary::log1p, [](Wide<T> x) { return std::log1p(x); }, 2},
    {"sin", kernels::Unary::sin, [](Wide<T> x) { return std::sin(x); }, 2},
    {"cos", kernels::Unary::cos, [](Wide<T> x) { return std::cos(x); }, 2},
    {"erf", kernels::Unary::erf, [](Wide<T> x) { return std::erf(x); }, 1.5},
    {"sqrt", kernels::Unary::sqrt, [](Wide<T> x) { return std::sqrt(x); }, 0.5},
}};

/// std::ilogb of a normal number, and std::ldexp(1, exponent) if that is normal. By their bits where a double
/// has them: these two calls would take longer than the kernels.
template <class W>
int exponent_of(W x) {
    if constexpr (std::is_same_v<W, double>)
        return static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff) - 1023;
    else
        return std::ilogb(x);
}
template <class W>
W power_of_two(int exponent) {
    if constexpr (std::is_same_v<W, double>)
        return std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent) << 52);
    else
        return std::ldexp(W{1}, exponent);
}

/// The error |y - exact| in units of the last place of a T at `exact`; an infinity counts as the first power
/// of two beyond T. Infinite if only one of them is NaN, or if both are 0 with different signs.
template <class T>
double ulp_error(T y, Wide<T> exact) {
    using Limits = std::numeric_limits<T>;
    if (std::isnan(y) || std::isnan(exact))
        return std::isnan(y) && std::isnan(exact) ? 0 : std::numeric_limits<double>::infinity();
    if (exact == 0)
        return y == 0 && std::signbit(y) == std::signbit(exact) ? 0 : std::numeric_limits<double>::infinity();
    const Wide<T> overflow = std::ldexp(Wide<T>{1}, Limits::max_exponent);
    const Wide<T> value = std::clamp(static_cast<Wide<T>>(y), -overflow, overflow);
    exact = std::clamp(exact, -overflow, overflow);
    const int exponent = std::clamp(exponent_of(exact), Limits::min_exponent - 1, Limits::max_exponent - 1);
    return static_cast<double>(std::abs(value - exact) *
                               power_of_two<Wide<T>>(Limits::digits - 1 - exponent));
}

/// The largest error of a kernel, and the argument at which it occurs.
template <class T>
struct LargestError {
    double ulp = 0;
    T at = 0;

    void add(const LargestError& other) {
        if (other.ulp > ulp) *this = other;
    }
};

/// Adds the errors at these arguments to the largest ones of each instruction set, which are in the order of
/// usable_isas().
template <class T>
void add_errors(const Function<T>& function, const std::vector<T>& x, std::vector<LargestError<T>>& largest) {
    static const std::vector<Isa> isas = usable_isas();
    std::vector<Wide<T>> exact(x.size());
    std::vector<T> nearest(x.size()), y(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        exact[i] = function.exact(static_cast<Wide<T>>(x[i]));
        nearest[i] = static_cast<T>(exact[i]);
    }
    largest.resize(isas.size());
    for (std::size_t k = 0; k < isas.size(); ++k) {
        kernels::table<T>(isas[k]).unary(function.op, x.size(), x.data(), y.data(), {});
        for (std::size_t i = 0; i < x.size(); ++i) {
            // Nearly all are the nearest number, half a ULP off or less: to find the error takes longer.
            if (largest[k].ulp >= 0.5 && std::bit_cast<Word<T>>(y[i]) == std::bit_cast<Word<T>>(nearest[i]))
                continue;
            largest[k].add({ulp_error(y[i], exact[i]), x[i]});
        }
    }
}

}  // namespace xgrad::test
