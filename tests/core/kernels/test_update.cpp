#include <xgrad/core/kernels/update.hpp>

#include <utility>

#include <doctest/doctest.h>

#include "support/arrays.hpp"
#include "support/threads.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

TEST_CASE_TEMPLATE("sgd_update: agrees with its formula, at odd lengths and unaligned", T, float, double) {
    Rng rng(1);
    for (const std::size_t n : {0u, 1u, 7u, 16u, 33u, 100u})
        for (const bool momentum : {false, true})
            for (const bool nesterov : {false, true}) {
                CAPTURE(n);
                CAPTURE(momentum);
                CAPTURE(nesterov);
                const SgdStep<T> step{T(0.1), T(0.01), T(0.9), nesterov};
                const auto gradient = normal_values<T>(n + 1, rng);
                auto velocity = normal_values<T>(n + 1, rng), w = normal_values<T>(n + 1, rng);
                std::vector<double> v(velocity.begin(), velocity.end()), expected(w.begin(), w.end());
                for (std::size_t i = 1; i <= n; ++i) {
                    const double g = static_cast<double>(gradient[i]) + 0.01 * expected[i];
                    if (momentum) v[i] = 0.9 * v[i] + g;
                    expected[i] -= 0.1 * (!momentum ? g : nesterov ? g + 0.9 * v[i] : v[i]);
                }
                sgd_update(1, n, n, step, gradient.data() + 1, momentum ? velocity.data() + 1 : nullptr,
                           w.data() + 1);
                CHECK(difference(w, expected) < tolerance<T>);
                CHECK(difference(velocity, v) < tolerance<T>);
            }
}

TEST_CASE_TEMPLATE("scale_bytes: the chosen rows, scaled and shifted by column", T, float, double) {
    constexpr std::size_t n = 37;
    Rng rng(2);
    std::vector<unsigned char> images(5 * n);
    for (auto& byte : images) byte = static_cast<unsigned char>(rng.below(256));
    const auto scale = normal_values<T>(n, rng), shift = normal_values<T>(n, rng);
    const std::vector<std::size_t> rows{4, 0, 4};
    std::vector<T> y(rows.size() * n);
    scale_bytes(rows.size(), n, n, images.data(), rows.data(), scale.data(), shift.data(), y.data());
    std::vector<double> expected;
    for (const std::size_t row : rows)
        for (std::size_t j = 0; j < n; ++j)
            expected.push_back(static_cast<double>(scale[j]) * images[row * n + j] +
                               static_cast<double>(shift[j]));
    CHECK(difference(y, expected) < tolerance<T>);
    scale_bytes<T>(0, n, n, images.data(), nullptr, scale.data(), shift.data(), nullptr);
}

TEST_CASE_TEMPLATE("sgd_update: some columns of a matrix, and no others", T, float, double) {
    Rng rng(3);
    const SgdStep<T> step{T(0.1), T(0.01), T(0.9), false};
    for (const bool momentum : {false, true}) {
        const auto gradient = normal_values<T>(5 * 7, rng);
        auto velocity = normal_values<T>(5 * 7, rng), w = normal_values<T>(5 * 7, rng);
        auto all_velocity = velocity, all = w;
        const auto before = w;
        sgd_update(5, 7, 7, step, gradient.data(), momentum ? all_velocity.data() : nullptr, all.data());
        sgd_update(5, 3, 7, step, gradient.data() + 2, momentum ? velocity.data() + 2 : nullptr,
                   w.data() + 2);
        for (std::size_t i = 0; i < w.size(); ++i)
            CHECK(w[i] == (i % 7 >= 2 && i % 7 < 5 ? all[i] : before[i]));
    }
}

TEST_CASE_TEMPLATE("sgd_update and scale_bytes: the same bits with any number of threads", T, float, double) {
    Rng rng(4);
    const std::size_t rows = 33, n = 5001;
    const auto gradient = normal_values<T>(rows * n, rng), w = normal_values<T>(rows * n, rng),
               scale = normal_values<T>(n, rng);
    std::vector<unsigned char> images(rows * n);
    for (auto& byte : images) byte = static_cast<unsigned char>(rng.below(256));
    std::vector<std::size_t> order(rows);
    for (auto& row : order) row = rng.below(rows);
    const auto results = [&](int threads) {
        const test::Threads set(threads);
        auto updated = w, x = w;
        sgd_update<T>(rows, n, n, {T(0.1), T(0.01), 0, false}, gradient.data(), nullptr, updated.data());
        scale_bytes(rows, n, n, images.data(), order.data(), scale.data(), scale.data(), x.data());
        return std::pair(updated, x);
    };
    const auto one = results(1);
    for (const int threads : {2, 3, 4}) CHECK(results(threads) == one);
}
