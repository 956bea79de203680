#include <xgrad/nn/init.hpp>

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
        const Tensor w = initialized_weight<double>(out, in, initializer, rng);
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
}

TEST_CASE("init: zeros, ones, and normal(0)") {
    Rng rng(1);
    CHECK(initialized_weight<float>(2, 3, init::zeros(), rng).value() == Array<float>(Shape{2, 3}, 0));
    CHECK(initialized_weight<float>(2, 3, init::ones(), rng).value() == Array<float>(Shape{2, 3}, 1));
    CHECK(initialized_weight<float>(2, 3, init::normal(0), rng).value() == Array<float>(Shape{2, 3}, 0));
}

TEST_CASE("init: one seed gives one weight, and float is double rounded") {
    Rng a(5), b(5), c(5), other(6);
    const Tensor wa = initialized_weight<double>(4, 3, init::he_normal(), a);
    CHECK(wa.value() == initialized_weight<double>(4, 3, init::he_normal(), b).value());
    CHECK(wa.value() != initialized_weight<double>(4, 3, init::he_normal(), other).value());
    const Tensor wc = initialized_weight<float>(4, 3, init::he_normal(), c);
    for (std::size_t i = 0; i < wa.size(); ++i)
        CHECK(wc.value().data()[i] == static_cast<float>(wa.value().data()[i]));
}

TEST_CASE("init: an initializer of one's own is told the fans") {
    Rng rng(1);
    const Initializer own = [](std::size_t fan_in, std::size_t fan_out, Rng&) {
        return static_cast<double>(10 * fan_in + fan_out);
    };
    CHECK(initialized_weight<float>(2, 3, own, rng).value() == Array<float>(Shape{2, 3}, 32));
}
