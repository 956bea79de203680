#include <xgrad/core/kernels/elementwise.hpp>

#include <cmath>
#include <limits>
#include <numbers>

#include <xgrad/core/kernels/simd.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

// The last elements of a loop go through a padded register, so that a result does not depend on its position.
// The padding (1) is in the domain of every op.
template <class T>
struct Padded {
    alignas(64) T values[Simd<T>::size];
    explicit Padded(const T* x, std::size_t count, Step step) {
        for (std::size_t i = 0; i < Simd<T>::size; ++i)
            values[i] = i < count ? x[step == Step::next ? i : 0] : T{1};
    }
    Simd<T> load() const { return Simd<T>::load_aligned(values); }
};

template <class T>
void store_first(std::size_t count, const Simd<T>& result, T* y) {
    alignas(64) T values[Simd<T>::size];
    result.store_aligned(values);
    for (std::size_t i = 0; i < count; ++i) y[i] = values[i];
}

template <class T, class F>
void map(std::size_t n, const T* x, T* y, F f) {
    constexpr std::size_t width = Simd<T>::size;
    std::size_t i = 0;
    for (; i + width <= n; i += width) f(Simd<T>::load_unaligned(x + i)).store_unaligned(y + i);
    if (i < n) store_first<T>(n - i, f(Padded<T>(x + i, n - i, Step::next).load()), y + i);
}

template <class T, class F, class A, class B>
void map2(std::size_t n, A a, B b, T* y, F f) {
    constexpr std::size_t width = Simd<T>::size;
    std::size_t i = 0;
    for (; i + width <= n; i += width) f(a.load(i), b.load(i)).store_unaligned(y + i);
    if (i < n) store_first<T>(n - i, f(a.load_first(i, n - i), b.load_first(i, n - i)), y + i);
}

template <class T>
struct Stepping {
    const T* x;
    Simd<T> load(std::size_t i) const { return Simd<T>::load_unaligned(x + i); }
    Simd<T> load_first(std::size_t i, std::size_t count) const {
        return Padded<T>(x + i, count, Step::next).load();
    }
};

template <class T>
struct Repeating {
    Simd<T> value;
    explicit Repeating(const T* x) : value(*x) {}
    Simd<T> load(std::size_t) const { return value; }
    Simd<T> load_first(std::size_t, std::size_t) const { return value; }
};

template <class T, class F>
void map2(std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y, F f) {
    if (n == 0) return;
    if (a_step == Step::next && b_step == Step::next) return map2(n, Stepping<T>{a}, Stepping<T>{b}, y, f);
    if (a_step == Step::next) return map2(n, Stepping<T>{a}, Repeating<T>(b), y, f);
    if (b_step == Step::next) return map2(n, Repeating<T>(a), Stepping<T>{b}, y, f);
    map2(n, Repeating<T>(a), Repeating<T>(b), y, f);
}

// A NaN on either side propagates. (xsimd 8 compares a != a as ordered with AVX and AVX-512, which is false
// for a NaN.)
template <class B>
B first_if(const typename B::batch_bool_type& choose, const B& a, const B& b) {
    return xsimd::select(xsimd::isnan(a), a, xsimd::select(choose, a, b));
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
B square_root(const B& v) {
#if XSIMD_WITH_NEON64
    if constexpr (sizeof(typename B::value_type) == sizeof(float)) return vsqrtq_f32(v);
#endif
    return xsimd::sqrt(v);
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

// xsimd's exp and tanh convert to an integer before they check its range, which is undefined behaviour for
// large arguments and for NaN. This keeps both away. Beyond `bound` the function has long reached its limit.
template <class B, class F>
B within(typename B::value_type bound, const B& v, F f) {
    const B limit(bound);
    return xsimd::select(xsimd::isnan(v), v, f(xsimd::max(xsimd::min(v, limit), -limit)));
}

template <class B>
B bounded_exp(const B& v) {
    using T = typename B::value_type;
    constexpr T overflows = std::numeric_limits<T>::max_exponent;  // already 2^overflows does
    return within(overflows, v, [](const B& u) { return xsimd::exp(u); });
}

// xsimd's exp of a float is infinite from 88.38 on, e^x only from 88.72 on: an x above 88 is computed as
// e e^(x - 1).
template <class B>
B exponential(const B& v) {
    using T = typename B::value_type;
    if constexpr (sizeof(T) == sizeof(double)) return bounded_exp(v);
    const B zero(T{0}), one(T{1}), e(std::numbers::e_v<T>);
    constexpr T large = 88;
    const auto is_large = v > B(large);
    return bounded_exp(v - xsimd::select(is_large, one, zero)) * xsimd::select(is_large, e, one);
}

template <class B>
B hyperbolic_tangent(const B& v) {
    constexpr typename B::value_type is_one = 32;  // tanh of it, in float and in double
    return within(is_one, v, [](const B& u) { return xsimd::tanh(u); });
}

// Takes exp only of numbers that are not positive, which cannot overflow on either side.
template <class B>
B logistic(const B& v) {
    using T = typename B::value_type;
    const B zero(T{0}), one(T{1}), e = bounded_exp(-xsimd::abs(v));
    return divide(xsimd::select(v < zero, e, one), one + e);
}

}  // namespace

template <class T>
void unary(Unary op, std::size_t n, const T* x, T* y) {
    using B = Simd<T>;
    const B zero(T{0}), one(T{1});
    switch (op) {
#define UNARY(name, value) \
    case Unary::name: return map(n, x, y, [=](B v) { return value; });
#include <xgrad/core/kernels/unary.def>
#undef UNARY
    }
}

template <class T>
void binary(Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y) {
    using B = Simd<T>;
    const B zero(T{0}), one(T{1});
    switch (op) {
        case Binary::add: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u + v; });
        case Binary::subtract: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u - v; });
        case Binary::multiply: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u * v; });
        case Binary::divide: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return divide(u, v); });
        case Binary::power:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return accurate_pow(u, v); });
        case Binary::maximum:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return first_if(u > v, u, v); });
        case Binary::minimum:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return first_if(u < v, u, v); });
        case Binary::greater:
            return map2(n, a, a_step, b, b_step, y,
                        [=](B u, B v) { return xsimd::select(u > v, one, zero); });
        case Binary::greater_equal:
            return map2(n, a, a_step, b, b_step, y,
                        [=](B u, B v) { return xsimd::select(u >= v, one, zero); });
    }
}

template <class T>
void repeat_row(std::size_t rows, std::size_t n, const T* x, T* y) {
    for_each_column_block<Simd<T>::size>(n, [=](std::size_t first, auto block) {
        T values[block];
        for (std::size_t j = 0; j < block; ++j) values[j] = x[first + j];
        for (std::size_t row = 0; row < rows; ++row)
            for (std::size_t j = 0; j < block; ++j) y[row * n + first + j] = values[j];
    });
}

template <class T>
bool all_finite(std::size_t n, const T* x) {
    T sum = 0;  // x - x is 0 for a finite x, otherwise NaN
    for (std::size_t i = 0; i < n; ++i) sum += x[i] - x[i];
    return sum == 0;
}

template <class T>
void add_elementwise(Table<T>& table) {
    table.unary = unary<T>;
    table.binary = binary<T>;
    table.repeat_row = repeat_row<T>;
    table.all_finite = all_finite<T>;
}
template void add_elementwise(Table<float>&);
template void add_elementwise(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
