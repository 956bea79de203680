#include <xgrad/core/kernels/softmax.hpp>

#include <limits>

#include <doctest/doctest.h>

#include "support/arrays.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

TEST_CASE_TEMPLATE("softmax_rows and cross_entropy: agree with their definitions", T, float, double) {
    Rng rng(1);
    for (const std::size_t rows : {1u, 2u, 9u})
        for (const std::size_t n : {1u, 2u, 10u, 33u}) {
            CAPTURE(rows);
            CAPTURE(n);
            const auto logits = normal_values<T>(rows * n, rng);
            std::vector<std::int32_t> labels;
            std::vector<double> probabilities, slopes;
            double loss = 0;
            for (std::size_t row = 0; row < rows; ++row) {
                labels.push_back(static_cast<std::int32_t>(rng.below(n)));
                double sum = 0;
                for (std::size_t j = 0; j < n; ++j) sum += std::exp(static_cast<double>(logits[row * n + j]));
                for (std::size_t j = 0; j < n; ++j) {
                    const double p = std::exp(static_cast<double>(logits[row * n + j])) / sum;
                    const bool hit = static_cast<std::int32_t>(j) == labels.back();
                    probabilities.push_back(p);
                    slopes.push_back((p - hit) / static_cast<double>(rows));
                    if (hit) loss -= std::log(p) / static_cast<double>(rows);
                }
            }
            std::vector<T> y(rows * n), gradient(rows * n);
            softmax_rows(rows, n, logits.data(), y.data());
            CHECK(difference(y, probabilities) < tolerance<T>);
            CHECK(cross_entropy(rows, n, logits.data(), labels.data(), gradient.data()) ==
                  doctest::Approx(loss).epsilon(tolerance<T>));
            CHECK(difference(gradient, slopes) < tolerance<T>);
            CHECK(cross_entropy<T>(rows, n, logits.data(), labels.data(), nullptr) ==
                  cross_entropy(rows, n, logits.data(), labels.data(), gradient.data()));
        }
}

TEST_CASE_TEMPLATE("softmax_rows and cross_entropy: safe for large logits", T, float, double) {
    const std::vector<T> logits{1000, 0, -1000, -1000, -1000, -1000};
    const std::vector<std::int32_t> labels{0, 2};
    std::vector<T> y(6), gradient(6);
    softmax_rows<T>(2, 3, logits.data(), y.data());
    CHECK(difference(y, std::vector<double>{1, 0, 0, 1.0 / 3, 1.0 / 3, 1.0 / 3}) < tolerance<T>);
    CHECK(cross_entropy(2, 3, logits.data(), labels.data(), gradient.data()) ==
          doctest::Approx(std::log(3.0) / 2));
    const std::vector<std::int32_t> wrong{2, 2};
    CHECK(cross_entropy(2, 3, logits.data(), wrong.data(), gradient.data()) ==
          doctest::Approx(1000 + std::log(3.0) / 2));
    CHECK(difference(gradient, std::vector<double>{0.5, 0, -0.5, 1.0 / 6, 1.0 / 6, -1.0 / 3}) < tolerance<T>);
}

TEST_CASE_TEMPLATE("softmax_rows: a NaN stays in its row", T, float, double) {
    const std::vector<T> logits{1, std::numeric_limits<T>::quiet_NaN(), 1, 1};
    std::vector<T> y(4);
    softmax_rows<T>(2, 2, logits.data(), y.data());
    CHECK(std::isnan(y[0]));
    CHECK(std::isnan(y[1]));
    CHECK(y[2] == T(0.5));
    const std::vector<std::int32_t> labels{0, 0};
    CHECK(std::isnan(cross_entropy<T>(2, 2, logits.data(), labels.data(), nullptr)));
}
