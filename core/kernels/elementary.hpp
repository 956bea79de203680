#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <numbers>

#include <xgrad/core/kernels/simd.hpp>

// The exponential, the logarithm and what stands on them, for a register. Their errors, over the whole range
// with its subnormal arguments and results, are in docs/numerics.md.
namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class B>
using Bits = xsimd::as_unsigned_integer_t<B>;

// The parts of a floating-point number.
template <class T>
struct Format {
    using Word = typename Bits<Simd<T>>::value_type;
    static constexpr int mantissa = std::numeric_limits<T>::digits - 1;  // bits
    static constexpr Word bias = std::numeric_limits<T>::max_exponent - 1,
                          mantissa_mask = (Word{1} << mantissa) - 1;
    static constexpr Word one = bias << mantissa;
    // Added to a small number, it leaves the nearest integer in the last bits.
    static constexpr T rounder = T{3} * static_cast<T>(Word{1} << (mantissa - 1));
};

// ln 2 = high + low; n high is exact for every exponent n.
// `exp`: exp(r) = 1 + r + r^2 (exp[0] + exp[1] r + ...) for |r| <= ln 2 / 2.
// `log`: log((1 + s) / (1 - s)) = 2 s + s z (log[0] + log[1] z + ...), z = s^2, for |s| <= 3 - 2 sqrt 2.
// Polynomials of the least relative error, by Remez's algorithm.
template <class T>
struct Coefficients;
template <>
struct Coefficients<float> {
    static constexpr float ln2_high = 0x1.62ep-1F, ln2_low = 0x1.0bfbe8p-15F;
    static constexpr float exp_zero = -104, exp_infinite = 89;
    static constexpr float exp[] = {0.4999999343F, 0.166665204F, 0.04166839078F, 0.008368745109F,
                                    0.001381454018F};
    static constexpr float log[] = {0.6666677615F, 0.3997756485F, 0.2987120585F};
};
template <>
struct Coefficients<double> {
    static constexpr double ln2_high = 0x1.62e42feep-1, ln2_low = 0x1.a39ef35793c76p-33;
    static constexpr double exp_zero = -746, exp_infinite = 710;
    static constexpr double exp[] = {0.50000000000000107,   0.16666666666666412,   0.041666666666529728,
                                     0.0083333333334949773, 0.0013888888943759984, 0.00019841269505773807,
                                     2.4801492949617071e-5, 2.7557586803847071e-6, 2.7630306255647857e-7,
                                     2.5000018853083342e-8};
    static constexpr double log[] = {0.666666666666673425, 0.399999999994156542, 0.285714287421903978,
                                     0.222221985913670842, 0.181835634865878306, 0.15314069401810563,
                                     0.147957865919622278};
};

// With NEON vectors, xsimd 8 approximates the division and the square root of floats, though NEON has exact
// instructions for both.
template <class B>
B divide(const B& a, const B& b) {
#if XSIMD_WITH_NEON64
    if constexpr (sizeof(typename B::value_type) == sizeof(float)) return vdivq_f32(a, b);
#endif
    return a / b;
}
template <class B>
B square_root(const B& v) {
#if XSIMD_WITH_NEON64
    if constexpr (sizeof(typename B::value_type) == sizeof(float)) return vsqrtq_f32(v);
#endif
    return xsimd::sqrt(v);
}

// c[0] + c[1] x + ...
template <class B, std::size_t terms>
B polynomial(const B& x, const typename B::value_type (&c)[terms]) {
    B y(c[terms - 1]);
    for (std::size_t i = terms - 1; i-- > 0;) y = xsimd::fma(y, x, B(c[i]));
    return y;
}

// 2^n x, rounded once. n is an integer; x, of magnitude near 1, comes to 2^n also where 2^n is no normal
// number.
template <class B>
B times_power_of_two(const B& x, const B& n) {
#if XSIMD_WITH_AVX512F
    if constexpr (sizeof(typename B::value_type) == sizeof(float))
        return _mm512_scalef_ps(x, n);
    else
        return _mm512_scalef_pd(x, n);
#else
    using F = Format<typename B::value_type>;
    const B rounder(F::rounder);
    const auto power = [](const B& rounded) {
        return xsimd::bitwise_cast<B>((xsimd::bitwise_cast<Bits<B>>(rounded) << F::mantissa) +
                                      Bits<B>(F::one));
    };
    const B half = n * B(0.5) + rounder, rest = (n - (half - rounder)) + rounder;
    return x * power(half) * power(rest);
#endif
}

// e^v = 2^n e^r, where n is the integer nearest to v / ln 2.
template <class B>
B exponential(const B& v) {
    using T = typename B::value_type;
    using C = Coefficients<T>;
    const B zero(C::exp_zero), infinite(C::exp_infinite), rounder(Format<T>::rounder);
    const B x = xsimd::select(v < zero, zero, xsimd::select(v > infinite, infinite, v));  // a NaN stays one
    const B n = xsimd::fma(x, B(std::numbers::log2e_v<T>), rounder) - rounder;
    const B r = xsimd::fnma(n, B(C::ln2_low), xsimd::fnma(n, B(C::ln2_high), x));
    return times_power_of_two(B(T{1}) + xsimd::fma(r * r, polynomial(r, C::exp), r), n);
}

// log v = k ln 2 + log m, where v = 2^k m and sqrt(1/2) <= m < sqrt(2). With f = m - 1 and s = f / (2 + f),
// log m = log((1 + s) / (1 - s)) = f - (f^2/2 - s (f^2/2 + R(s^2))): the parts below f are small, and so are
// their rounding errors.
template <class B>
B logarithm(const B& v) {
    using T = typename B::value_type;
    using F = Format<T>;
    using C = Coefficients<T>;
    using Word = typename F::Word;
    constexpr Word sqrt_half =
        sizeof(T) == sizeof(float) ? Word{0x3f3504f3} : static_cast<Word>(0x3fe6a09e667f3bcd);
    constexpr T shift = F::mantissa + 1, big = static_cast<T>(Word{1} << F::mantissa);
    constexpr Word big_bits = (F::bias + F::mantissa) << F::mantissa;
    const B zero(T{0}), one(T{1}), half(T(0.5)), infinity(std::numeric_limits<T>::infinity());

    const auto is_tiny = v < B(std::numeric_limits<T>::min());
    const B x = xsimd::select(is_tiny, v * B(static_cast<T>(Word{1} << (F::mantissa + 1))), v);
    const Bits<B> offset = xsimd::bitwise_cast<Bits<B>>(x) + Bits<B>(F::one - sqrt_half);
    const B k = xsimd::bitwise_cast<B>((offset >> F::mantissa) | Bits<B>(big_bits)) -
                xsimd::select(is_tiny, B(big + T(F::bias) + shift), B(big + T(F::bias)));
    const B m = xsimd::bitwise_cast<B>((offset & Bits<B>(F::mantissa_mask)) + Bits<B>(sqrt_half));

    const B f = m - one, half_square = half * f * f, s = divide(f, f + B(T{2})), z = s * s;
    const B rest = xsimd::fma(s, xsimd::fma(z, polynomial(z, C::log), half_square), k * B(C::ln2_low));
    const B y = xsimd::fma(k, B(C::ln2_high), f - (half_square - rest));
    const B outside = xsimd::select(v == zero, -infinity, B(std::numeric_limits<T>::quiet_NaN()));
    return xsimd::select(v > zero, xsimd::select(v == infinity, v, y), outside);
}

// xsimd's tanh converts to an integer before it checks its range, which is undefined behaviour for large
// arguments and for NaN.
template <class B>
B hyperbolic_tangent(const B& v) {
    const B limit(32);  // tanh of it is 1, in float and in double
    return xsimd::select(xsimd::isnan(v), v, xsimd::tanh(xsimd::max(xsimd::min(v, limit), -limit)));
}

// Takes exp only of numbers that are not positive, which cannot overflow.
template <class B>
B logistic(const B& v) {
    using T = typename B::value_type;
    const B zero(T{0}), one(T{1}), e = exponential(-xsimd::abs(v));
    const auto is_negative = v < zero;
    const B sum = one + e, lost = e - (sum - one);  // by rounding
    const B y = divide(xsimd::select(is_negative, e, one), sum);
    return xsimd::fnma(y, lost * xsimd::select(is_negative, one - y, y), y);  // divides by sum + lost
}

// xsimd computes pow as exp(y log x), which loses digits for large results; the C library's pow does not.
template <class B>
B accurate_pow(const B& a, const B& b) {
    using T = typename B::value_type;
    alignas(64) T x[B::size], y[B::size];
    a.store_aligned(x);
    b.store_aligned(y);
    for (std::size_t i = 0; i < B::size; ++i) x[i] = std::pow(x[i], y[i]);
    return B::load_aligned(x);
}

}  // namespace
}  // namespace xgrad::kernels::XGRAD_ISA
