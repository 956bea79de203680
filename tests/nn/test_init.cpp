#include <xgrad/nn/init.hpp>

#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

using namespace xgrad;

namespace {

struct Moments {
    double mean = 0, deviation = 0, skewness = 0, kurtosis = 0;
};

Moments moments(const Array<double>& x) {
    const auto n = static_cast<double>(x.size());
    Moments m;
    for (const double value : x) m.mean += value / n;
    double second = 0, third = 0, fourth = 0;
    for (const double value : x) {
        const double d = value - m.mean;
        second += d * d / n;
        third += d * d * d / n;
        fourth += d * d * d * d / n;
    }
    m.deviation = std::sqrt(second);
    m.skewness = third / std::pow(second, 1.5);
    m.kurtosis = fourth / (second * second);
    return m;
}

}  // namespace

TEST_CASE("init: normal weights of the right deviation: he sqrt(2 / fan_in), xavier sqrt(1 / fan_in)") {
    const std::size_t in = 800, out = 500;  // 400,000 draws: the deviation is known to 0.11 %
    const auto check = [&](const Initializer& initializer, double sigma) {
        CAPTURE(sigma);
        Rng rng(3);
        const Tensor w = initialized_weight<double>({out, in}, initializer, rng);
        CHECK(w.shape() == Shape{out, in});
        CHECK(w.requires_grad());
        const Moments m = moments(w.value());
        CHECK(std::abs(m.mean) < 5 * sigma / std::sqrt(400'000.0));
        CHECK(m.deviation == doctest::Approx(sigma).epsilon(0.006));
        CHECK(std::abs(m.skewness) < 0.02);
        CHECK(m.kurtosis == doctest::Approx(3).epsilon(0.015));
    };
    check(init::he_normal(), std::sqrt(2.0 / 800));
    check(init::xavier_normal(), std::sqrt(1.0 / 800));
    check(init::normal(1e-4), 1e-4);
    check(init::normal(2), 2);
    check(init::he_normal(init::Fan::out), std::sqrt(2.0 / 500));
    check(init::glorot_normal(), std::sqrt(2.0 / 1300));
    check(init::glorot_normal(init::Fan::out), std::sqrt(1.0 / 500));
}

TEST_CASE("init: uniform weights within the right bounds") {
    const auto check = [&](const Initializer& initializer, double bound) {
        CAPTURE(bound);
        Rng rng(3);
        const Array<double> w = initialized_weight<double>({500, 800}, initializer, rng).value();
        const Moments m = moments(w);
        CHECK(std::abs(m.mean) < 0.01 * bound);
        CHECK(m.deviation == doctest::Approx(bound / std::sqrt(3.0)).epsilon(0.006));
        const auto [low, high] = std::minmax_element(w.begin(), w.end());
        CHECK(*low >= -bound);
        CHECK(*high <= bound);
        CHECK(*low < -0.999 * bound);
        CHECK(*high > 0.999 * bound);
    };
    check(init::he_uniform(), std::sqrt(6.0 / 800));
    check(init::he_uniform(init::Fan::average), std::sqrt(6.0 / 650));
    check(init::glorot_uniform(), std::sqrt(6.0 / 1300));
    check(init::pytorch_default(), 1 / std::sqrt(800.0));
    check(init::uniform(-0.25, 0.25), 0.25);
}

TEST_CASE("init::truncated_normal: normal within the bound") {
    Rng rng(3);
    const Array<double> w = initialized_weight<double>({300, 300}, init::truncated_normal(2, 3), rng).value();
    const auto [low, high] = std::minmax_element(w.begin(), w.end());
    CHECK(*low >= -3);
    CHECK(*high <= 3);
    CHECK(*high > 2.99);
    // Of a normal cut off at 1.5 deviations: sqrt(1 - 3 phi(1.5) / (2 Phi(1.5) - 1)) = 0.7426.
    CHECK(moments(w).deviation == doctest::Approx(2 * 0.7426).epsilon(0.006));
}

TEST_CASE("init::orthogonal: rows, or columns, of length gain and orthogonal") {
    for (const Shape& shape :
         {Shape{3, 5}, Shape{5, 3}, Shape{4, 4}, Shape{1, 3}, Shape{3, 2, 2}, Shape{0, 3}}) {
        CAPTURE(to_string(shape));
        Rng rng(3);
        const Array<double> w = initialized_weight<double>(shape, init::orthogonal(2), rng).value();
        const std::size_t rows = shape[0], columns = rows == 0 ? 3 : w.size() / rows,
                          vectors = std::min(rows, columns);
        const auto at = [&](std::size_t k, std::size_t i) {
            return w.data()[rows <= columns ? k * columns + i : i * columns + k];
        };
        for (std::size_t a = 0; a < vectors; ++a)
            for (std::size_t b = 0; b < vectors; ++b) {
                double product = 0;
                for (std::size_t i = 0; i < std::max(rows, columns); ++i) product += at(a, i) * at(b, i);
                CHECK(std::abs(product - (a == b ? 4 : 0)) < 1e-14 * 10);
            }
    }
}

TEST_CASE("fans: later axes belong to both") {
    CHECK(fans({5, 3}).in == 3);
    CHECK(fans({5, 3}).out == 5);
    CHECK(fans({5, 3, 2, 2}).in == 12);
    CHECK(fans({5, 3, 2, 2}).out == 20);
}

TEST_CASE("init: zeros, ones, constant, and normal(0)") {
    Rng rng(1);
    CHECK(initialized_weight<float>({2, 3}, init::zeros(), rng).value() == Array<float>(Shape{2, 3}, 0));
    CHECK(initialized_weight<float>({2, 3}, init::ones(), rng).value() == Array<float>(Shape{2, 3}, 1));
    CHECK(initialized_weight<float>({2, 3}, init::constant(-2), rng).value() ==
          Array<float>(Shape{2, 3}, -2));
    CHECK(initialized_weight<float>({2, 3}, init::normal(0), rng).value() == Array<float>(Shape{2, 3}, 0));
}

TEST_CASE("init: one seed gives one weight, and float is double rounded") {
    Rng a(5), b(5), c(5), other(6);
    const Tensor wa = initialized_weight<double>({4, 3}, init::he_normal(), a);
    CHECK(wa.value() == initialized_weight<double>({4, 3}, init::he_normal(), b).value());
    CHECK(wa.value() != initialized_weight<double>({4, 3}, init::he_normal(), other).value());
    const Tensor wc = initialized_weight<float>({4, 3}, init::he_normal(), c);
    for (std::size_t i = 0; i < wa.size(); ++i)
        CHECK(wc.value().data()[i] == static_cast<float>(wa.value().data()[i]));
}

TEST_CASE("init: an initializer of one's own") {
    Rng rng(1);
    const Initializer own = [](Array<double>& weight, Rng&) {
        const auto [in, out] = fans(weight.shape());
        weight.fill(static_cast<double>(10 * in + out));
    };
    CHECK(initialized_weight<float>({2, 3}, own, rng).value() == Array<float>(Shape{2, 3}, 32));
}
