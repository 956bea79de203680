#include <bit>
#include <string>

#include <doctest/doctest.h>

#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/kernels/softmax.hpp>
#include <xgrad/core/rng.hpp>
#include "support/accuracy.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

namespace {

// Numbers of every sign and exponent, among them the subnormal ones, the zeros, the infinities and NaN; and
// where the errors of exp, log, tanh and sigmoid are large: around 0, at 1, and at the ends of exp's range.
template <class T>
std::vector<T> sample() {
    std::vector<T> x;
    constexpr int mantissa = std::numeric_limits<T>::digits - 1;
    for (Word<T> top = 0; top >> (8 * sizeof(T) - mantissa) == 0; ++top)  // sign and exponent
        for (const Word<T> rest : {Word<T>{0}, Word<T>{1}, Word<T>{0x5bd1e9}, (Word<T>{1} << mantissa) - 1})
            x.push_back(std::bit_cast<T>(top << mantissa | rest));
    const T longest = std::numeric_limits<T>::max_exponent;
    for (int i = -50000; i <= 50000; ++i) {
        const T part = static_cast<T>(i) / 50000;
        for (const T scale : {T{1}, T{6}, longest}) x.push_back(scale * part);
        x.push_back(1 + part / 2);
        x.push_back(std::numeric_limits<T>::min() * 2 * part);
    }
    return x;
}

}  // namespace

TEST_CASE_TEMPLATE("unary: the functions are within their bounds", T, float, double) {
    for (const Function<T>& function : functions<T>) {
        std::vector<LargestError<T>> largest;
        add_errors(function, sample<T>(), largest);
        for (const LargestError<T>& error : largest) {
            INFO(std::string(function.name));
            CAPTURE(error.at);
            CHECK(error.ulp <= function.bound);
        }
    }
}

TEST_CASE("exp and log: at the ends of their ranges") {
    const auto value = [](kernels::Unary op, double x) {
        kernels::unary(op, 1, &x, &x);
        return x;
    };
    CHECK(value(kernels::Unary::log, 1e-309) == std::log(1e-309));
    CHECK(value(kernels::Unary::log, 1e-320) == std::log(1e-320));
    for (const double x : {709.7, -709.0, -745.0})
        CHECK(ulp_error(value(kernels::Unary::exp, x), std::exp(static_cast<long double>(x))) < 1.1);
    for (float x : {88.5F, 88.72F, -88.0F, -103.9F}) {
        const double exact = std::exp(static_cast<double>(x));
        kernels::unary(kernels::Unary::exp, 1, &x, &x);
        CHECK(ulp_error(x, exact) < 1.1);
    }
}

TEST_CASE_TEMPLATE("softmax, log_softmax, logsumexp and cross_entropy: accurate for rows of any spread", T,
                   float, double) {
    using W = Wide<T>;
    Rng rng(1);
    LargestError<T> of_softmax, of_log_softmax, of_logsumexp, of_loss, of_slope;
    for (const std::size_t n : {1u, 2u, 3u, 10u, 17u, 100u, 1000u})
        for (const double spread : {1e-3, 1.0, 10.0, 40.0, 100.0, 1000.0})
            for (int repeat = 0; repeat < 20; ++repeat) {
                std::vector<T> x(n), p(n), log_p(n), slope(n);
                for (T& v : x) v = static_cast<T>(rng.uniform(-spread, spread));
                const auto at = static_cast<std::size_t>(std::max_element(x.begin(), x.end()) - x.begin());
                if (repeat % 2) x[at] = std::max(x[at], T{0});
                const W most = x[at];
                W others = 0;
                for (std::size_t i = 0; i < n; ++i)
                    if (i != at) others += std::exp(static_cast<W>(x[i]) - most);

                softmax_rows(1, n, x.data(), p.data());
                log_softmax_rows(1, n, x.data(), log_p.data());
                T sum;
                reduce_rows(RowReduction::logsumexp, 1, n, x.data(), &sum);
                if (most >= 0)  // else its two terms cancel
                    of_logsumexp.add({ulp_error(sum, most + std::log1p(others)), x[at]});
                const auto label = static_cast<std::int32_t>(rng.below(n));
                const double loss = cross_entropy(1, n, x.data(), &label, slope.data());
                for (std::size_t i = 0; i < n; ++i) {
                    const W exact = std::exp(static_cast<W>(x[i]) - most) / (1 + others);
                    const W exact_log = (static_cast<W>(x[i]) - most) - std::log1p(others);
                    of_softmax.add({ulp_error(p[i], exact), x[i]});
                    of_log_softmax.add({ulp_error(log_p[i], exact_log), x[i]});
                    if (static_cast<std::int32_t>(i) == label)
                        of_loss.add({ulp_error(static_cast<T>(loss), std::abs(exact_log)), x[i]});
                    const bool hit = static_cast<std::int32_t>(i) == label;
                    if (!hit || i == at)  // else p - 1, as accurate as p
                        of_slope.add({ulp_error(slope[i], hit ? -others / (1 + others) : exact), x[i]});
                }
            }
    constexpr double several = std::is_same_v<T, float> ? 2 : 5;  // roundings of doubles, one after the other
    struct Row {
        std::string name;
        LargestError<T> error;
        double bound;
    };
    for (const Row& row : {Row{"softmax", of_softmax, several}, Row{"log_softmax", of_log_softmax, 2},
                           Row{"logsumexp", of_logsumexp, 2}, Row{"cross_entropy", of_loss, 2},
                           Row{"its gradient", of_slope, several}}) {
        INFO(row.name);
        CAPTURE(row.error.at);
        CHECK(row.error.ulp <= row.bound);
    }
}

TEST_CASE("ulp_error: in units of the last place, at a power of two that above it") {
    CHECK(ulp_error(1.0f, 1.0) == 0);
    CHECK(ulp_error(1.0f, 1.0 + 0x1p-24) == 0.5);
    CHECK(ulp_error(1.0f, 1.0 - 0x1p-24) == 1);
    CHECK(ulp_error(-3.0f, -3.0 + 0x1p-22) == 1);
    CHECK(ulp_error(0.0f, 0x1p-149) == 1);
    CHECK(ulp_error(0x1p-126f, 0x1p-126 - 0x1p-150) == 0.5);
    CHECK(ulp_error(1.0, 1.0L + 0x1p-53L) == 0.5);
    CHECK(ulp_error(0.0, 0x1p-1074L) == 1);
    constexpr float inf = std::numeric_limits<float>::infinity(),
                    nan = std::numeric_limits<float>::quiet_NaN();
    CHECK(ulp_error(inf, 1e300) == 0);
    CHECK(ulp_error(inf, 0x1p128 - 0x1p104) == 1);
    CHECK(ulp_error(-inf, -std::numeric_limits<double>::infinity()) == 0);
    CHECK(ulp_error(nan, static_cast<double>(nan)) == 0);
    CHECK(ulp_error(0.0f, 0.0) == 0);
    for (const double wrong :
         {ulp_error(nan, 1.0), ulp_error(1.0f, static_cast<double>(nan)), ulp_error(-0.0f, 0.0)})
        CHECK(wrong == std::numeric_limits<double>::infinity());
}
