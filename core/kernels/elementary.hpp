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
// `erf`: erf(x) = x + x (erf_near[0] + erf_near[1] x^2 + ...) for |x| < 0.9, and
// 1 - exp(-(erf_far[0] + erf_far[1] (x - 1) + ...)) from there to erf_one, where it rounds to 1.
// `sin`: sin(r) = r + r^3 (sin[0] + sin[1] r^2 + ...), cos(r) = 1 - r^2/2 + r^4 (cos[0] + ...), |r| <= pi/4.
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
    static constexpr float sin[] = {-0.1666665454F, 0.008332156054F, -0.0001951463187F};
    static constexpr float cos[] = {0.04166664555F, -0.001388730987F, 2.443241302e-5F};
    static constexpr float erf_one = 3.95F;
    static constexpr float erf_near[] = {0.1283791668F,   -0.3761263498F,    0.1128371503F, -0.02686050847F,
                                         0.005203859165F, -0.0008175639347F, 8.51310429e-5F};
    static constexpr float erf_far[] = {1.84960551F,      2.638967727F,    0.8431074494F,   0.04154333484F,
                                        -0.009961053191F, 0.001876169757F, -0.000198218926F};
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
    static constexpr double sin[] = {-0.166666666666666303,    0.00833333333332200549,
                                     -0.000198412698294954872, 2.75573135876177957e-6,
                                     -2.50507423077637605e-8,  1.58959047364131884e-10};
    static constexpr double cos[] = {0.041666666666666592,   -0.00138888888888728951,
                                     2.48015872887481654e-5, -2.7557314148617583e-7,
                                     2.08756965718191017e-9, -1.13583104522525606e-11};
    static constexpr double erf_one = 5.95;
    static constexpr double erf_near[] = {
        0.128379167095512573,   -0.37612638903183728,     0.11283791670953704,    -0.0268661706448066264,
        0.00522397762160315711, -0.000854832675491715619, 1.20553210421365717e-4, -1.49252997387304326e-5,
        1.64552139276576518e-6, -1.62754761325195723e-7,  1.40460476734735595e-8, -8.48185140080808598e-10};
    static constexpr double erf_far[] = {
        1.84960550993324824,      2.63896751423479088,     0.843107256358498382,    0.0415610980466118568,
        -0.0100338254367206519,   0.00197790302671043869,  -2.37324604610488064e-4, -2.62712852043130946e-5,
        2.71447935899760015e-5,   -9.58649408479170026e-6, 2.03406212737920832e-6,  -1.21032450434287765e-7,
        -1.113171697797286e-7,    5.84411048055025737e-8,  -1.70734722070365448e-8, 3.37825773424429592e-9,
        -4.49748308309633616e-10, 3.65273965909892337e-11, -1.36810218623075481e-12};
};

// The functions of the formulas in formulas.def. They are called with their namespace: without it, the
// argument would also find xsimd's.
namespace fn {

// Comparisons are masks, which `where` takes; a register chooses by what is not 0.
template <class B>
auto greater(const B& a, const B& b) {
    return a > b;
}
template <class B>
auto greater_equal(const B& a, const B& b) {
    return a >= b;
}
template <class B>
auto less(const B& a, const B& b) {
    return a < b;
}
template <class B>
auto less_equal(const B& a, const B& b) {
    return a <= b;
}
template <class B>
B where(const typename B::batch_bool_type& condition, const B& a, const B& b) {
    return xsimd::select(condition, a, b);
}
template <class B>
B where(const B& condition, const B& a, const B& b) {
    return xsimd::select(condition == B(0), b, a);
}

// -v of xsimd is 0 - v, which is 0 for 0.
template <class B>
B negative(const B& v) {
    return v ^ B(static_cast<typename B::value_type>(-0.0));
}
template <class B>
B abs(const B& v) {
    return xsimd::abs(v);
}
template <class B>
B square(const B& v) {
    return v * v;
}
// A NaN stays one.
template <class B>
B clamp(const B& v, const B& low, const B& high) {
    return xsimd::select(v < low, low, xsimd::select(v > high, high, v));
}
// 0 for a NaN.
template <class B>
B sign(const B& v) {
    const B zero(0), one(1);
    return xsimd::select(v > zero, one, xsimd::select(v < zero, -one, zero));
}

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
B sqrt(const B& v) {
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

// e^v = 2^n e^r, where n is the integer nearest to v / ln 2, and e^r = 1 + r + curve.
template <class B>
struct Power {
    using C = Coefficients<typename B::value_type>;
    B n, high, r, square, slope;  // curve = square * slope; v - n ln 2 = high - n ln2_low, and high is exact

    Power(const B& v, typename B::value_type lowest) {
        using T = typename B::value_type;
        const B low(lowest), top(C::exp_infinite), rounder(Format<T>::rounder);
        const B x = xsimd::select(v < low, low, xsimd::select(v > top, top, v));  // a NaN stays one
        n = xsimd::fma(x, B(std::numbers::log2e_v<T>), rounder) - rounder;
        high = xsimd::fnma(n, B(C::ln2_high), x);
        r = xsimd::fnma(n, B(C::ln2_low), high);
        square = r * r;
        slope = polynomial(r, C::exp);
    }
};
template <class B>
B exp(const B& v) {
    const Power<B> p(v, Power<B>::C::exp_zero);
    return times_power_of_two(B(1) + xsimd::fma(p.square, p.slope, p.r), p.n);
}
// e^v - 1 = 2^n ((1 - 2^-n) + high + (curve - n ln2_low)): what is small comes last.
template <class B>
B expm1(const B& v) {
    const Power<B> p(v, typename B::value_type{-40});  // where it is -1
    const B one(1), rest = xsimd::fnma(p.n, B(Power<B>::C::ln2_low), p.square * p.slope);
    const B y = times_power_of_two(((one - times_power_of_two(one, -p.n)) + p.high) + rest, p.n);
    return xsimd::select(v == B(0), v, y);  // keeps the sign of 0
}

// log v = k ln 2 + log m, where v = 2^k m and sqrt(1/2) <= m < sqrt(2). With f = m - 1 and s = f / (2 + f),
// log m = log((1 + s) / (1 - s)) = f - (f^2/2 - s (f^2/2 + R(s^2))): the parts below f are small, and so are
// their rounding errors.
template <class B>
B log(const B& v) {
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

    const B f = m - one, half_square = half * f * f, s = fn::divide(f, f + B(T{2})), z = s * s;
    const B rest = xsimd::fma(s, xsimd::fma(z, polynomial(z, C::log), half_square), k * B(C::ln2_low));
    const B y = xsimd::fma(k, B(C::ln2_high), f - (half_square - rest));
    const B outside = xsimd::select(v == zero, -infinity, B(std::numeric_limits<T>::quiet_NaN()));
    return xsimd::select(v > zero, xsimd::select(v == infinity, v, y), outside);
}

// The logarithm of u, which is 1 + v rounded, plus what was lost by rounding over u.
template <class B>
B log1p(const B& v) {
    const B one(1), u = one + v, lost = v - (u - one), y = fn::log(u);
    const B corrected = xsimd::select(lost == B(0), y, y + fn::divide(lost, u));  // u may be 0
    return xsimd::select(v == B(0), v, xsimd::select(u == v, y, corrected));
}

// v = n pi/2 + r, |r| <= pi/4, for |v| up to `largest`. pi/2 is a sum of parts whose products with n are
// exact; where n pi/2 is close to v, what the parts lose by rounding matters, and is carried along in a
// double. Every element takes the same path, whatever its neighbours are.
template <class B>
struct QuarterTurns {
    using T = typename B::value_type;
    static constexpr T largest = 1e6;
    B n, r;

    explicit QuarterTurns(const B& v) {
        constexpr double rounder = Format<double>::rounder, per_turn = 2 * std::numbers::inv_pi;
        constexpr double part1 = 0x1.921fb544p+0, part2 = 0x1.0b4611a6p-34, part3 = 0x1.3198a2ep-69,
                         part4 = 0x1.b839a252049c1p-104;
        alignas(64) T x[B::size], turns[B::size], rest[B::size];
        v.store_aligned(x);
        for (std::size_t i = 0; i < B::size; ++i) {
            const double whole = static_cast<double>(x[i]), k = (whole * per_turn + rounder) - rounder;
            const double first = whole - k * part1, second = k * part2, t = first - second;
            turns[i] = static_cast<T>(k);
            if constexpr (sizeof(T) == sizeof(float)) {
                rest[i] = static_cast<T>(t - k * part3);
            } else {
                const double back = t - first, lost = (first - (t - back)) - (second + back);
                rest[i] = t + ((lost - k * part3) - k * part4);
            }
        }
        n = B::load_aligned(turns);
        r = B::load_aligned(rest);
    }
};

// The sine after `shift` more quarter turns: of 1 for the cosine.
template <class B>
B sine(const B& v, int shift) {
    using T = typename B::value_type;
    using C = Coefficients<T>;
    const QuarterTurns<B> turns(v);
    const B one(1), half(T(0.5)), rounder(Format<T>::rounder), n = turns.n + B(static_cast<T>(shift));
    const B z = turns.r * turns.r, low = half * z, high = one - low;  // odd and even powers of r
    const B odd = xsimd::fma(turns.r * z, polynomial(z, C::sin), turns.r);
    const B even = high + xsimd::fma(z * z, polynomial(z, C::cos), (one - high) - low);
    const B parity = n - B(T(2)) * ((n * half + rounder) - rounder);  // 0, or 1 or -1
    constexpr int to_sign = 8 * sizeof(T) - 2;  // from the bit of 2, which n and n + rounder share
    const B sign =
        xsimd::bitwise_cast<B>((xsimd::bitwise_cast<Bits<B>>(n + rounder) & Bits<B>(2)) << to_sign);
    const B y = xsimd::select(parity == B(0), odd, even) ^ sign;
    const auto is_far = xsimd::abs(v) > B(QuarterTurns<B>::largest);
    if (!xsimd::any(is_far)) return y;
    alignas(64) T x[B::size];
    v.store_aligned(x);
    for (T& element : x) element = shift == 0 ? std::sin(element) : std::cos(element);
    return xsimd::select(is_far, B::load_aligned(x), y);
}
template <class B>
B sin(const B& v) {
    return xsimd::select(v == B(0), v, fn::sine(v, 0));  // keeps the sign of 0
}
template <class B>
B cos(const B& v) {
    return fn::sine(v, 1);
}
template <class B>
B erf(const B& v) {
    using T = typename B::value_type;
    using C = Coefficients<T>;
    const B one(1), end(C::erf_one), size = xsimd::abs(v), x = xsimd::select(size > end, end, size);
    const B near = xsimd::fma(v, polynomial(v * v, C::erf_near), v);
    const B far = one - fn::exp(-polynomial(x - one, C::erf_far));
    return xsimd::select(x < B(T(0.9)), near, xsimd::copysign(far, v));
}

// xsimd's tanh converts to an integer before it checks its range, which is undefined behaviour for large
// arguments and for NaN.
template <class B>
B tanh(const B& v) {
    const B limit(32);  // tanh of it is 1, in float and in double
    return xsimd::select(xsimd::isnan(v), v, xsimd::tanh(xsimd::max(xsimd::min(v, limit), -limit)));
}

// Takes exp only of numbers that are not positive, which cannot overflow.
template <class B>
B sigmoid(const B& v) {
    using T = typename B::value_type;
    const B zero(T{0}), one(T{1}), e = fn::exp(-xsimd::abs(v));
    const auto is_negative = v < zero;
    const B sum = one + e, lost = e - (sum - one);  // by rounding
    const B y = fn::divide(xsimd::select(is_negative, e, one), sum);
    return xsimd::fnma(y, lost * xsimd::select(is_negative, one - y, y), y);  // divides by sum + lost
}

// xsimd computes pow as exp(y log x), which loses digits for large results; the C library's pow does not.
template <class B>
B pow(const B& a, const B& b) {
    using T = typename B::value_type;
    alignas(64) T x[B::size], y[B::size];
    a.store_aligned(x);
    b.store_aligned(y);
    for (std::size_t i = 0; i < B::size; ++i) x[i] = std::pow(x[i], y[i]);
    return B::load_aligned(x);
}

}  // namespace fn
}  // namespace
}  // namespace xgrad::kernels::XGRAD_ISA
