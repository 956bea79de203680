#include <xgrad/core/kernels/elementwise.hpp>

#include <algorithm>
#include <array>
#include <numbers>

#include <xgrad/core/kernels/elementary.hpp>
#include <xgrad/core/kernels/table.hpp>

namespace xgrad::kernels::XGRAD_ISA {
namespace {

template <class T>
struct Stepping {
    const T* x;
    Simd<T> load(std::size_t i) const { return Simd<T>::load_unaligned(x + i); }
    // The `count` elements behind i, padded to a register in `buffer`. The padding is in the domain of every
    // op.
    Stepping padded(std::size_t i, std::size_t count, T* buffer) const {
        load_first(count, x + i, T{1}).store_unaligned(buffer);
        return {buffer};
    }
};

template <class T>
struct Repeating {
    Simd<T> value;
    explicit Repeating(const T* x) : value(*x) {}
    Simd<T> load(std::size_t) const { return value; }
    Repeating padded(std::size_t, std::size_t, T*) const { return *this; }
};

// y[i] = f(operands[i]...), in registers; n is a multiple of their size. Not inlined: where f is compiled
// twice, the compiler may fuse other products and sums of it.
template <class T, class F, class... Operands>
[[gnu::noinline]] void map_registers(std::size_t n, T* y, F f, Operands... operands) {
    for (std::size_t i = 0; i < n; i += Simd<T>::size) f(operands.load(i)...).store_unaligned(y + i);
}

// The same for any n. The last elements go through a padded register, so that a result does not depend on its
// position.
template <class T, class F, class... Operands>
void map(std::size_t n, T* y, F f, Operands... operands) {
    constexpr std::size_t width = Simd<T>::size;
    const std::size_t whole = n / width * width, rest = n - whole;
    if (whole > 0) map_registers(whole, y, f, operands...);
    if (rest == 0) return;
    T last[width];
    map_registers(width, last, f, operands.padded(whole, rest, std::array<T, width>().data())...);
    store_first(rest, Simd<T>::load_unaligned(last), y + whole);
}

// Calls f with the operand; n is not 0.
template <class T, class F>
void with_operand(const T* x, Step step, F f) {
    if (step == Step::next)
        f(Stepping<T>{x});
    else
        f(Repeating<T>(x));
}

template <class T, class F, class... More>
void map2(std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y, F f, More... more) {
    if (n == 0) return;
    with_operand(a, a_step,
                 [=](auto u) { with_operand(b, b_step, [=](auto v) { map(n, y, f, u, v, more...); }); });
}

// A NaN on either side propagates. (xsimd 8 compares a != a as ordered with AVX and AVX-512, which is false
// for a NaN.)
template <class B>
B first_if(const typename B::batch_bool_type& choose, const B& a, const B& b) {
    return xsimd::select(xsimd::isnan(a), a, xsimd::select(choose, a, b));
}

}  // namespace

// The names in formulas.def; each formula uses some of them.
#define NAMES                                                                  \
    using B = Simd<T>;                                                         \
    [[maybe_unused]] const B zero(0), one(1), a(static_cast<T>(parameters.a)), \
        b(static_cast<T>(parameters.b));                                       \
    [[maybe_unused]] const auto real = [](double number) { return B(static_cast<T>(number)); };

template <class T>
void unary(Unary op, std::size_t n, const T* x_data, T* y, const Parameters& parameters) {
    NAMES
    switch (op) {
#define UNARY(name, saved, value, gradient) \
    case Unary::name: return map(n, y, [=](B x) { return value; }, Stepping<T>{x_data});
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
    }
}

template <class T>
void unary_gradient(Unary op, std::size_t n, const T* dy_data, const T* saved_data, T* dx,
                    const Parameters& parameters) {
    NAMES
    switch (op) {
#define UNARY(name, saved, value, gradient)                                                      \
    case Unary::name:                                                                            \
        return map(                                                                              \
            n, dx, [=]([[maybe_unused]] B dy, [[maybe_unused]] B saved) { return B(gradient); }, \
            Stepping<T>{dy_data}, Stepping<T>{saved_data});
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
    }
}

template <class T>
void loss(Loss op, std::size_t n, const T* prediction, const T* target, T* y, const Parameters& parameters) {
    NAMES
    switch (op) {
#define LOSS(name, value, gradient, target_slope) \
    case Loss::name:                              \
        return map(n, y, [=](B p, B t) { return value; }, Stepping<T>{prediction}, Stepping<T>{target});
#include <xgrad/core/kernels/formulas.def>
    }
}

template <class T>
double loss_sum(Loss op, std::size_t n, const T* prediction, const T* target, const Parameters& parameters) {
    constexpr std::size_t block = 512;
    T values[block];
    double sum = 0;
    for (std::size_t i = 0; i < n; i += block) {
        const std::size_t count = std::min(block, n - i);
        XGRAD_ISA::loss(op, count, prediction + i, target + i, values, parameters);
        const T* const computed = values;  // by value, so that the compiler vectorizes the sum
        sum += accumulate(count, [=](std::size_t k) { return static_cast<double>(computed[k]); });
    }
    return sum;
}

template <class T>
void loss_gradients(Loss op, std::size_t n, const T* dy_data, Step dy_step, const T* prediction,
                    const T* target, T* prediction_gradient, T* target_gradient,
                    const Parameters& parameters) {
    NAMES
    const auto each = [=](T* gradient, auto formula) {
        if (gradient && n > 0)
            with_operand(dy_data, dy_step, [=](auto dy) {
                map(n, gradient, formula, dy, Stepping<T>{prediction}, Stepping<T>{target});
            });
    };
    switch (op) {
#define LOSS(name, value, gradient, target_slope)                                            \
    case Loss::name:                                                                         \
        each(prediction_gradient,                                                            \
             [=](B dy, [[maybe_unused]] B p, [[maybe_unused]] B t) { return B(gradient); }); \
        return each(target_gradient,                                                         \
                    [=](B dy, [[maybe_unused]] B p, [[maybe_unused]] B t) { return B(target_slope); });
#include <xgrad/core/kernels/formulas.def>
    }
}
#undef NAMES

template <class T>
void binary(Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y) {
    using B = Simd<T>;
    const auto compare = [](auto holds) {
        return [=](B u, B v) { return xsimd::select(holds(u, v), B(1), B(0)); };
    };
    switch (op) {
        case Binary::add: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u + v; });
        case Binary::subtract: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u - v; });
        case Binary::multiply: return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return u * v; });
        case Binary::divide:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return fn::divide(u, v); });
        case Binary::power:
            if (n > 0 && b_step == Step::repeat && *b == 2)
                return map2(n, a, a_step, b, b_step, y, [](B u, B) { return u * u; });
            if (n > 0 && b_step == Step::repeat && *b == 3)
                return map2(n, a, a_step, b, b_step, y, [](B u, B) { return u * u * u; });
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return fn::pow(u, v); });
        case Binary::maximum:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return first_if(u > v, u, v); });
        case Binary::minimum:
            return map2(n, a, a_step, b, b_step, y, [](B u, B v) { return first_if(u < v, u, v); });
        case Binary::greater:
            return map2(n, a, a_step, b, b_step, y, compare([](B u, B v) { return u > v; }));
        case Binary::greater_equal:
            return map2(n, a, a_step, b, b_step, y, compare([](B u, B v) { return u >= v; }));
        case Binary::less: return map2(n, a, a_step, b, b_step, y, compare([](B u, B v) { return u < v; }));
        case Binary::less_equal:
            return map2(n, a, a_step, b, b_step, y, compare([](B u, B v) { return u <= v; }));
        case Binary::equal: return map2(n, a, a_step, b, b_step, y, compare([](B u, B v) { return u == v; }));
    }
}

template <class T>
void select(std::size_t n, const T* condition, Step condition_step, const T* a, Step a_step, const T* b,
            Step b_step, T* y) {
    if (n == 0) return;
    const Simd<T> zero(T{0});
    const auto choose = [=](Simd<T> u, Simd<T> v, Simd<T> c) { return xsimd::select(c == zero, v, u); };
    with_operand(condition, condition_step, [=](auto c) { map2(n, a, a_step, b, b_step, y, choose, c); });
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
    table.unary_gradient = unary_gradient<T>;
    table.loss = loss<T>;
    table.loss_sum = loss_sum<T>;
    table.loss_gradients = loss_gradients<T>;
    table.binary = binary<T>;
    table.select = select<T>;
    table.repeat_row = repeat_row<T>;
    table.all_finite = all_finite<T>;
}
template void add_elementwise(Table<float>&);
template void add_elementwise(Table<double>&);

}  // namespace xgrad::kernels::XGRAD_ISA
