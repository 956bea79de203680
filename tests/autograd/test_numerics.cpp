#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

// Sums that are long, data far from 0, logits that overflow: where a formula as it stands would lose its
// digits.
using namespace xgrad;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

template <class T>
Tensor<T> tensor(const Array<double>& values, RequiresGrad requires_grad = RequiresGrad::no) {
    return Tensor<T>(evaluate(xt::cast<T>(values)), requires_grad);
}

template <class T, class F>
Array<T> gradient(F f, const Array<double>& values) {
    const Tensor<T> x = tensor<T>(values, RequiresGrad::yes);
    const Tape<T> tape;
    return grad(sum(f(x)), {x})[0].value();
}

}  // namespace

TEST_CASE("sum, mean: 2^25 float ones are counted exactly, along rows and columns") {
    constexpr std::size_t n = std::size_t{1} << 25;  // counting in float stops at 2^24
    {
        const Tensor<float> x = ones<float>({n});
        CHECK(sum(x).item() == static_cast<float>(n));
        CHECK(mean(x).item() == 1);
    }
    CHECK(sum(ones<float>({n, 1}), {0}).value()(0) == static_cast<float>(n));
    release_cached_memory();
}

TEST_CASE("mean: of equal values is that value, and does not overflow where the sum would") {
    for (const std::size_t n : {3u, 7u, 49u, 1000u}) {
        CAPTURE(n);
        CHECK(mean(full<float>({n}, 0.1)).item() == 0.1f);
        CHECK(mean(full<float>({n}, 3e38)).item() == 3e38f);
        CHECK(mean(full<float>({n, 2}, 3e38), {0}).value()(1) == 3e38f);
    }
}

TEST_CASE("mean, variance: data far from 0 loses nothing") {
    Array<double> values(Shape{1000});
    for (std::size_t i = 0; i < values.size(); ++i)
        values(i) = 1e6 + static_cast<double>(i % 2);  // all floats
    CHECK(mean(tensor<float>(values)).item() == 1e6f + 0.5f);
    CHECK(variance(tensor<float>(values)).item() == 0.25f);
    values = evaluate(values + 1e12);
    CHECK(mean(tensor<double>(values)).item() == doctest::Approx(1e12 + 1e6 + 0.5).epsilon(1e-16));
    CHECK(variance(tensor<double>(values)).item() == doctest::Approx(0.25).epsilon(1e-6));
}

TEST_CASE("batch_norm: data far from 0 is normalized as data around 0") {
    Array<double> values(Shape{64, 2});
    for (std::size_t i = 0; i < 64; ++i) {
        values(i, 0) = 4096 + static_cast<double>(i % 2);  // mean 4096.5, variance 1/4
        values(i, 1) = static_cast<double>(i % 2) - 0.5;
    }
    BatchStatistics<float> statistics;
    const Array<float> y = batch_norm(tensor<float>(values), {}, {}, 1e-5, &statistics).value();
    for (std::size_t i = 0; i < 64; ++i) CHECK(y(i, 0) == y(i, 1));
    CHECK(statistics.mean == Array<float>{4096.5f, 0.0f});
    CHECK(statistics.variance == Array<float>{0.25f, 0.25f});
}

TEST_CASE_TEMPLATE("logsumexp: logits of +-1e4, and -inf", T, float, double) {
    const auto of = [](const Array<double>& x) {
        return static_cast<double>(logsumexp(tensor<T>(x)).item());
    };
    CHECK(of({1e4, -1e4}) == 1e4);
    CHECK(of({-1e4, -1e4}) == doctest::Approx(-1e4 + std::log(2)).epsilon(1e-7));
    CHECK(of({-inf, 3.0}) == 3);
    CHECK(of({-inf, -inf}) == -inf);
    CHECK(of({inf, 0.0}) == inf);
    CHECK(gradient<T>([](const auto& x) { return logsumexp(x); }, {1e4, -1e4, 1e4, -inf}) ==
          Array<T>{T(0.5), T(0), T(0.5), T(0)});
}

TEST_CASE_TEMPLATE("softmax, log_softmax: logits of +-1e4, and -inf", T, float, double) {
    const Array<double> rows{{1e4, -1e4, 0.0}, {-1e4, -1e4, -inf}, {-inf, 5.0, -inf}};
    CHECK(softmax(tensor<T>(rows)).value() == Array<T>{{1, 0, 0}, {T(0.5), T(0.5), 0}, {0, 1, 0}});
    const Array<T> logs = log_softmax(tensor<T>(rows)).value();
    const double expected[] = {0, -2e4, -1e4, -std::log(2), -std::log(2), -inf, -inf, 0, -inf};
    for (std::size_t i = 0; i < 9; ++i)
        CHECK((static_cast<double>(logs.data()[i]) == expected[i] ||
               std::abs(static_cast<double>(logs.data()[i]) - expected[i]) < 1e-7));
    for (const T g : gradient<T>([](const auto& x) { return softmax(x) * softmax(x); }, rows))
        CHECK(std::isfinite(g));
    for (const T g : gradient<T>([](const auto& x) { return log_softmax(x); }, rows)) CHECK(std::isfinite(g));
}

TEST_CASE_TEMPLATE("cross_entropy: logits of +-1e4, and -inf", T, float, double) {
    const auto loss = [](const Array<double>& logits, const Indices& labels) {
        return static_cast<double>(cross_entropy(tensor<T>(logits), labels).item());
    };
    CHECK(loss({{1e4, -1e4}}, {0}) == 0);
    CHECK(loss({{1e4, -1e4}}, {1}) == 2e4);
    CHECK(loss({{1e4, -1e4}, {-1e4, 1e4}}, {0, 0}) == 1e4);
    CHECK(loss({{-inf, 3.0}}, {1}) == 0);
    CHECK(loss({{-inf, 3.0}}, {0}) == inf);
    CHECK(gradient<T>([](const auto& x) { return cross_entropy(x, Indices{1}); }, {{1e4, -1e4, -inf}}) ==
          Array<T>{{1, -1, 0}});
}

TEST_CASE("log_softmax: accurate where the softmax underflows") {
    const Array<double> y = log_softmax(Tensor<double>(Array<double>{0.0, -800.0})).value();
    CHECK(y(1) == -800);
    CHECK(y(0) == 0);
}

TEST_CASE("sigmoid, tanh: accurate far from 0 in float") {
    CHECK(sigmoid(Tensor<float>(Array<float>{-80.0f})).item() ==
          doctest::Approx(std::exp(-80.0)).epsilon(1e-6));
    CHECK(sigmoid(Tensor<float>(Array<float>{80.0f})).item() == 1);
    CHECK(tanh(Tensor<float>(Array<float>{1e-6f})).item() == doctest::Approx(1e-6).epsilon(1e-6));
}

TEST_CASE("matmul: an inner extent of 0 gives zeros, and a NaN in recycled memory does not come through") {
    for (int round = 0; round < 3; ++round) {
        {
            const Tensor<float> poison = full<float>({2, 3}, std::numeric_limits<double>::quiet_NaN());
        }
        CHECK(matmul(zeros<float>({2, 0}), zeros<float>({0, 3})).value() == Array<float>(Shape{2, 3}, 0.0f));
        CHECK(linear(zeros<float>({2, 0}), zeros<float>({3, 0})).value() == Array<float>(Shape{2, 3}, 0.0f));
        CHECK(matmul(ones<float>({2, 2}), ones<float>({2, 3})).value() == Array<float>(Shape{2, 3}, 2.0f));
    }
}
