#include <xgrad/core/kernels/elementwise.hpp>

#include <cmath>
#include <cstring>
#include <limits>

#include <doctest/doctest.h>

#include "support/arrays.hpp"
#include "support/threads.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

namespace {

template <class T>
constexpr T quiet_nan = std::numeric_limits<T>::quiet_NaN();
template <class T>
constexpr T infinite = std::numeric_limits<T>::infinity();

const std::vector<Unary> unary_ops{
#define UNARY(name, saved, value, gradient) Unary::name,
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
};
const std::vector<Loss> losses{
#define LOSS(name, value, gradient, target_slope) Loss::name,
#include <xgrad/core/kernels/formulas.def>
};
const std::vector<Binary> binary_ops{Binary::add,     Binary::subtract,   Binary::multiply,
                                     Binary::divide,  Binary::power,      Binary::maximum,
                                     Binary::minimum, Binary::greater,    Binary::greater_equal,
                                     Binary::less,    Binary::less_equal, Binary::equal};

// A kernel of a new op needs none: the registry of ops compares the op.
struct Reference {
    Unary op;
    double (*f)(double);
};
const std::vector<Reference> references{
    {Unary::negative, [](double x) { return -x; }},
    {Unary::exp, [](double x) { return std::exp(x); }},
    {Unary::log, [](double x) { return std::log(x); }},
    {Unary::sqrt, [](double x) { return std::sqrt(x); }},
    {Unary::square, [](double x) { return x * x; }},
    {Unary::abs, [](double x) { return std::abs(x); }},
    {Unary::sign, [](double x) { return static_cast<double>((x > 0) - (x < 0)); }},
    {Unary::tanh, [](double x) { return std::tanh(x); }},
    {Unary::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {Unary::relu, [](double x) { return std::isnan(x) ? x : std::max(x, 0.0); }},
};

double reference(Binary op, double a, double b) {
    const bool unordered = std::isnan(a) || std::isnan(b);
    switch (op) {
        case Binary::add: return a + b;
        case Binary::subtract: return a - b;
        case Binary::multiply: return a * b;
        case Binary::divide: return a / b;
        case Binary::power: return std::pow(a, b);
        case Binary::maximum: return unordered ? quiet_nan<double> : std::max(a, b);
        case Binary::minimum: return unordered ? quiet_nan<double> : std::min(a, b);
        case Binary::greater: return a > b;
        case Binary::greater_equal: return a >= b;
        case Binary::less: return a < b;
        case Binary::less_equal: return a <= b;
        case Binary::equal: return a == b;
    }
    return quiet_nan<double>;
}

// A NaN has many bits.
template <class T>
bool same_bits(T a, T b) {
    return std::memcmp(&a, &b, sizeof(T)) == 0 || (std::isnan(a) && std::isnan(b));
}

constexpr Parameters parameters{0.5, 2};

template <class T>
std::vector<T> applied(Unary op, const std::vector<T>& x) {
    std::vector<T> y(x.size());
    unary(op, x.size(), x.data(), y.data(), parameters);
    return y;
}

// Ordinary values, and those that break careless code.
template <class T>
std::vector<T> interesting(Rng& rng) {
    const T big = std::numeric_limits<T>::max(), tiny = std::numeric_limits<T>::min();
    std::vector<T> values{
        0,      T(-0.0), 1,       -1,    2,       T(0.5),   infinite<T>, -infinite<T>, quiet_nan<T>,
        big,    -big,    tiny,    -tiny, big / 2, -big / 2, T(80),       T(-80),       T(88),
        T(-87), T(700),  T(-700), T(20), T(-20),  T(1e-3)};
    for (int i = 0; i < 500; ++i) values.push_back(static_cast<T>(4 * rng.normal()));
    for (int i = 0; i < 100; ++i) values.push_back(static_cast<T>(std::exp(20 * rng.normal())));
    return values;
}

}  // namespace

TEST_CASE_TEMPLATE("unary: every op agrees with the C library, at infinities and NaN too", T, float, double) {
    Rng rng(1);
    const std::vector<T> x = interesting<T>(rng);
    for (const Reference& known : references) {
        const Unary op = known.op;
        const std::vector<T> y = applied(op, x);
        for (std::size_t i = 0; i < x.size(); ++i) {
            const T expected = static_cast<T>(known.f(static_cast<double>(x[i])));
            CAPTURE(static_cast<int>(op));
            CAPTURE(x[i]);
            CAPTURE(y[i]);
            CAPTURE(expected);
            const bool agree = std::isfinite(expected)
                                   ? std::abs(y[i] - expected) <=
                                         T(2) * std::numeric_limits<T>::epsilon() * std::abs(expected) +
                                             std::numeric_limits<T>::denorm_min()
                                   : (std::isnan(expected) ? std::isnan(y[i]) : y[i] == expected);
            CHECK(agree);
        }
    }
}

TEST_CASE_TEMPLATE("binary: every op agrees with the C library, at infinities and NaN too", T, float,
                   double) {
    Rng rng(2);
    const std::vector<T> values = interesting<T>(rng);
    std::vector<T> a, b;
    for (std::size_t i = 0; i < 40; ++i)
        for (std::size_t j = 0; j < 40; ++j) {
            a.push_back(values[i]);
            b.push_back(values[j]);
        }
    for (const Binary op : binary_ops) {
        std::vector<T> y(a.size());
        binary(op, a.size(), a.data(), Step::next, b.data(), Step::next, y.data());
        for (std::size_t i = 0; i < a.size(); ++i) {
            const T expected =
                op == Binary::power
                    ? std::pow(a[i], b[i])
                    : static_cast<T>(reference(op, static_cast<double>(a[i]), static_cast<double>(b[i])));
            CAPTURE(static_cast<int>(op));
            CAPTURE(a[i]);
            CAPTURE(b[i]);
            CAPTURE(y[i]);
            CAPTURE(expected);
            const bool agree = std::isnan(expected) ? std::isnan(y[i]) : y[i] == expected;
            CHECK(agree);
        }
    }
}

TEST_CASE_TEMPLATE(
    "unary and binary: an element's value does not depend on its position or on its neighbours", T, float,
    double) {
    Rng rng(3);
    const std::vector<T> values = interesting<T>(rng);
    for (std::size_t at = 0; at < 64; ++at) {
        const T x = values[at % values.size()], other = values[(at + 7) % values.size()];
        for (const Unary op : unary_ops) {
            const T alone = applied<T>(op, {x})[0];
            for (const std::size_t length : {2u, 3u, 5u, 8u, 16u, 31u, 33u, 67u})
                for (const std::size_t position : {std::size_t{0}, length / 2, length - 1}) {
                    std::vector<T> row(length,
                                       position % 2 == 0 ? T(0.3) : values[(at + length) % values.size()]);
                    row[position] = x;
                    CAPTURE(static_cast<int>(op));
                    CAPTURE(x);
                    CAPTURE(length);
                    CAPTURE(position);
                    CHECK(same_bits(applied(op, row)[position], alone));
                }
        }
        for (const Binary op : binary_ops) {
            T alone;
            binary(op, 1, &x, Step::repeat, &other, Step::repeat, &alone);
            for (const std::size_t length : {2u, 9u, 16u, 35u}) {
                const std::vector<T> a(length, x), b(length, other);
                for (const Step step_a : {Step::repeat, Step::next})
                    for (const Step step_b : {Step::repeat, Step::next}) {
                        std::vector<T> y(length);
                        binary(op, length, a.data(), step_a, b.data(), step_b, y.data());
                        CAPTURE(static_cast<int>(op));
                        CAPTURE(x);
                        CAPTURE(other);
                        CHECK(std::all_of(y.begin(), y.end(), [&](T v) { return same_bits(v, alone); }));
                    }
            }
        }
    }
}

TEST_CASE_TEMPLATE("select: a where the condition is not 0, even if b is NaN there", T, float, double) {
    const std::vector<T> condition{
        0, T(-0.0), 1, -2, quiet_nan<T>, infinite<T>, std::numeric_limits<T>::denorm_min()};
    for (const std::size_t n : {0u, 1u, 7u, 16u, 33u, 100000u})
        for (const Step c_step : {Step::repeat, Step::next})
            for (const Step a_step : {Step::repeat, Step::next})
                for (const Step b_step : {Step::repeat, Step::next}) {
                    std::vector<T> c(n + 1), a(n + 1), b(n + 1), y(n + 1, T(-7));
                    for (std::size_t i = 0; i <= n; ++i) {
                        c[i] = condition[(i + n) % condition.size()];
                        a[i] = c[i] != 0 ? static_cast<T>(i) : quiet_nan<T>;
                        b[i] = c[i] != 0 ? quiet_nan<T> : -static_cast<T>(i);
                    }
                    select(n, c.data(), c_step, a.data(), a_step, b.data(), b_step, y.data());
                    const auto at = [](const std::vector<T>& x, Step step, std::size_t i) {
                        return x[step == Step::next ? i : 0];
                    };
                    bool right = y[n] == -7;
                    for (std::size_t i = 0; i < n; ++i) {
                        const T expected = at(c, c_step, i) != 0 ? at(a, a_step, i) : at(b, b_step, i);
                        right = right && (y[i] == expected || (std::isnan(y[i]) && std::isnan(expected)));
                    }
                    CAPTURE(n);
                    CHECK(right);
                }
}

TEST_CASE_TEMPLATE("unary and binary: unaligned, in place, and within their bounds", T, float, double) {
    Rng rng(4);
    for (std::size_t n = 0; n <= 40; ++n)
        for (const std::size_t offset : {1u, 3u}) {
            CAPTURE(n);
            CAPTURE(offset);
            const auto x = normal_values<T>(n + offset, rng), b = normal_values<T>(n + offset, rng);
            std::vector<T> y(n + offset + 1, T(-7)), sum = x;
            unary(Unary::square, n, x.data() + offset, y.data() + offset);
            binary(Binary::add, n, sum.data() + offset, Step::next, b.data() + offset, Step::next,
                   sum.data() + offset);
            CHECK(y[offset - 1] == -7);
            CHECK(y[n + offset] == -7);
            for (std::size_t i = offset; i < n + offset; ++i) {
                CHECK(y[i] == x[i] * x[i]);
                CHECK(sum[i] == x[i] + b[i]);
            }
        }
}

// The gradient kernels of one element, however they are called.
template <class T, class F>
void check_positions(F run) {
    Rng rng(6);
    const std::vector<T> values = interesting<T>(rng);
    for (const std::size_t n : {1u, 2u, 7u, 16u, 33u, 67u}) {
        std::vector<T> dy(n + 1), first(n + 1), second(n + 1);
        for (std::size_t i = 0; i < n; ++i) {
            dy[i] = values[(3 * i + n) % values.size()];
            first[i] = values[(5 * i + 1) % values.size()];
            second[i] = values[(7 * i + 2) % values.size()];
        }
        for (auto* x : {&dy, &first, &second}) x->back() = T(-7);
        std::vector<T> out(n + 1, T(-7)), in_place = first;
        run(n, dy.data(), first.data(), second.data(), out.data());
        run(n, dy.data(), in_place.data(), second.data(), in_place.data());
        CAPTURE(n);
        CHECK(out.back() == T(-7));
        CHECK(in_place.back() == T(-7));
        for (std::size_t i = 0; i < n; ++i) {
            T alone;
            run(1, &dy[i], &first[i], &second[i], &alone);
            CAPTURE(i);
            CHECK(same_bits(out[i], alone));
            CHECK(same_bits(in_place[i], alone));
        }
    }
}

TEST_CASE_TEMPLATE(
    "unary_gradient and losses: an element does not depend on its position, nor on its neighbours", T, float,
    double) {
    for (const Unary op : unary_ops) {
        CAPTURE(static_cast<int>(op));
        check_positions<T>([op](std::size_t n, const T* dy, const T* saved, const T*, T* dx) {
            unary_gradient(op, n, dy, saved, dx, parameters);
        });
    }
    for (const Loss op : losses) {
        CAPTURE(static_cast<int>(op));
        check_positions<T>([op](std::size_t n, const T*, const T* p, const T* t, T* y) {
            loss(op, n, p, t, y, parameters);
        });
        check_positions<T>([op](std::size_t n, const T* dy, const T* p, const T* t, T* dp) {
            loss_gradients<T>(op, n, dy, Step::next, p, t, dp, nullptr, parameters);
        });
        check_positions<T>([op](std::size_t n, const T* dy, const T* p, const T* t, T* dt) {
            loss_gradients<T>(op, n, dy, Step::next, p, t, nullptr, dt, parameters);
        });
    }
}

TEST_CASE_TEMPLATE("loss_sum: the same bits for any number of threads; the sum of the losses", T, float,
                   double) {
    Rng rng(7);
    const auto p = normal_values<T>(100003, rng), t = normal_values<T>(100003, rng);
    for (const std::size_t n : {std::size_t{0}, std::size_t{1}, std::size_t{700}, p.size()}) {
        const auto with = [&](int threads) {
            const Threads scope(threads);
            return loss_sum(Loss::huber, n, p.data(), t.data(), parameters);
        };
        const double sum = with(1);
        CHECK(with(3) == sum);
        std::vector<T> each(n);
        loss(Loss::huber, n, p.data(), t.data(), each.data(), parameters);
        double naive = 0;
        for (const T value : each) naive += static_cast<double>(value);
        CHECK(sum == doctest::Approx(naive).epsilon(1e-12));
    }
}

TEST_CASE_TEMPLATE("all_finite: finds one bad value anywhere", T, float, double) {
    for (const std::size_t n : {0u, 1u, 7u, 64u, 100u})
        CHECK(all_finite(n, std::vector<T>(n, std::numeric_limits<T>::max()).data()));
    for (const T bad : {quiet_nan<T>, infinite<T>, -infinite<T>})
        for (std::size_t at = 0; at < 37; ++at) {
            std::vector<T> x(37, 1);
            x[at] = bad;
            CHECK_FALSE(all_finite(x.size(), x.data()));
        }
    CHECK_FALSE(all_finite(2, std::vector<T>{infinite<T>, -infinite<T>}.data()));
}

TEST_CASE_TEMPLATE("repeat_row: the row in every row, and nothing behind the last", T, float, double) {
    Rng rng(5);
    for (const std::size_t n : {0u, 1u, 5u, 16u, 19u, 50u}) {
        const auto x = normal_values<T>(n, rng);
        std::vector<T> y(3 * n + 1, T(7));
        repeat_row(3, n, x.data(), y.data());
        for (std::size_t i = 0; i < 3 * n; ++i) REQUIRE(y[i] == x[i % n]);
        CHECK(y[3 * n] == 7);
    }
}
