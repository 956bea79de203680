#include <xgrad/autograd/numerical_derivative.hpp>

#include <cmath>
#include <limits>
#include <numbers>
#include <string>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

namespace {

struct Known {
    std::string name;
    std::function<double(double)> f, derivative;
};

const Known smooth[] = {
    {"constant", [](double) { return 3.0; }, [](double) { return 0.0; }},
    {"linear", [](double x) { return 3 * x - 1e3; }, [](double) { return 3.0; }},
    {"cubic", [](double x) { return x * x * x; }, [](double x) { return 3 * x * x; }},
    {"exp", [](double x) { return std::exp(x); }, [](double x) { return std::exp(x); }},
    {"log", [](double x) { return std::log(x); }, [](double x) { return 1 / x; }},
    {"1 / x", [](double x) { return 1 / x; }, [](double x) { return -1 / (x * x); }},
    {"sqrt", [](double x) { return std::sqrt(x); }, [](double x) { return 0.5 / std::sqrt(x); }},
    {"sin 30x", [](double x) { return std::sin(30 * x); }, [](double x) { return 30 * std::cos(30 * x); }},
    {"steep tanh", [](double x) { return std::tanh(2000 * (x - 0.7)); },
     [](double x) { return 2000 / std::pow(std::cosh(2000 * (x - 0.7)), 2); }},
};

}  // namespace

TEST_CASE("numerical_derivative: smooth functions to 1e-9, within ten times the estimated error") {
    for (const auto& known : smooth)
        for (const double x : {0.011, 0.05, 0.3, 0.7, 1.0, 1.7, 4.0}) {
            CAPTURE(known.name);
            CAPTURE(x);
            const auto found = numerical_derivative(known.f, x, 0.01);
            const double exact = known.derivative(x);
            CHECK_FALSE(found.kink);
            CHECK(std::abs(found.value - exact) <= 1e-9 * std::max(std::abs(exact), 1.0));
            CHECK(std::abs(found.value - exact) <= 10 * found.error);
        }
}

TEST_CASE("numerical_derivative: a smooth function is evaluated about ten times") {
    int evaluations = 0;
    numerical_derivative([&](double x) { return ++evaluations, std::exp(x); }, 1, 0.01);
    CHECK(evaluations <= 11);
}

TEST_CASE("numerical_derivative: a kink at x is recognised, with its one-sided derivatives") {
    const auto at_abs = numerical_derivative([](double x) { return std::abs(x - 1) + x * x; }, 1, 0.01);
    CHECK(at_abs.kink);
    CHECK(at_abs.left == doctest::Approx(1).epsilon(1e-8));
    CHECK(at_abs.right == doctest::Approx(3).epsilon(1e-8));
    CHECK(at_abs.value == doctest::Approx(2).epsilon(1e-8));

    // A small kink on a steep curve.
    const auto small =
        numerical_derivative([](double x) { return std::exp(3 * x) + 1e-4 * std::abs(x); }, 0, 0.01);
    CHECK(small.kink);
    CHECK(small.right - small.left == doctest::Approx(2e-4).epsilon(1e-3));
}

TEST_CASE("numerical_derivative: what rounding leaves of sums that cancel is no kink") {
    for (const double x : {0.3, 0.7, 1.1, 1.9}) {
        const auto found =
            numerical_derivative([](double v) { return 1.1 / v - 1.1 * v / (v * v); }, x, 0.01);
        CHECK_FALSE(found.kink);
        CHECK(std::abs(found.value) < 1e-10);
    }
}

TEST_CASE("numerical_derivative: a jump counts as a kink") {
    const auto found = numerical_derivative([](double x) { return x > 0 ? 1.0 : 0.0; }, 0, 0.01);
    CHECK(found.kink);
    CHECK(found.left == 0);
    CHECK(found.right > 1e4);
}

TEST_CASE("numerical_derivative: a kink beside x, inside the step, is stepped around") {
    for (const double distance : {0.3, 0.009, 0.004, 1e-3, 1e-4, 1e-5}) {
        CAPTURE(distance);
        for (const double side : {-1.0, 1.0}) {
            const double kink_at = 1 + side * distance;
            const auto found = numerical_derivative(
                [&](double x) { return std::exp(x) + std::max(0.0, x - kink_at); }, 1, 0.01);
            CHECK_FALSE(found.kink);
            CHECK(found.value == doctest::Approx(std::numbers::e + (side < 0 ? 1 : 0)).epsilon(1e-7));
        }
    }
}

TEST_CASE("numerical_derivative: a pole or the end of the domain inside the step is stepped around") {
    const auto found = numerical_derivative([](double x) { return std::log(x); }, 1e-3, 0.01);
    CHECK(found.value == doctest::Approx(1000).epsilon(1e-9));
}

TEST_CASE("numerical_derivative: where the function is not finite, the error is infinite") {
    CHECK(std::isinf(numerical_derivative([](double x) { return std::log(x); }, -1, 0.01).error));
    CHECK(std::isinf(numerical_derivative([](double x) { return std::sqrt(x); }, 0, 0.01).error));
}
