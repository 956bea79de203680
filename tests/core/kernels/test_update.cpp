#include <xgrad/core/kernels/update.hpp>

#include <array>
#include <cmath>
#include <tuple>

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

TEST_CASE_TEMPLATE("update with AdamStep: agrees with its formula, at odd lengths and unaligned", T, float,
                   double) {
    Rng rng(5);
    const AdamStep<T> step{.rate = T(0.1),
                           .shrink = T(0.99),
                           .moments = {.weight_decay = T(0.01),
                                       .beta1 = T(0.9),
                                       .one_minus_beta1 = T(0.1),
                                       .beta2 = T(0.8),
                                       .one_minus_beta2 = T(0.2),
                                       .square_correction = T(0.7),
                                       .epsilon = T(0.5)}};
    for (const std::size_t n : {0u, 1u, 7u, 16u, 33u, 100u}) {
        CAPTURE(n);
        const auto gradient = normal_values<T>(n + 1, rng);
        auto mean = normal_values<T>(n + 1, rng), square = normal_values<T>(n + 1, rng),
             w = normal_values<T>(n + 1, rng);
        for (T& value : square) value = std::abs(value);
        std::vector<double> m(mean.begin(), mean.end()), s(square.begin(), square.end()),
            expected(w.begin(), w.end());
        for (std::size_t i = 1; i <= n; ++i) {
            const double g = static_cast<double>(gradient[i]) + 0.01 * expected[i];
            m[i] = 0.9 * m[i] + 0.1 * g;
            s[i] = 0.8 * s[i] + 0.2 * g * g;
            expected[i] = 0.99 * expected[i] - 0.1 * m[i] / (std::sqrt(s[i]) / 0.7 + 0.5);
        }
        update<AdamStep<T>, T>(1, n, n, step, gradient.data() + 1, {mean.data() + 1, square.data() + 1},
                               w.data() + 1);
        CHECK(difference(w, expected) < tolerance<T>);
        CHECK(difference(mean, m) < tolerance<T>);
        CHECK(difference(square, s) < tolerance<T>);
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

namespace {

// A step of every kind, whose numbers are of T.
template <class T>
const auto steps = std::tuple(
    AdamStep<T>{T(0.1), T(0.99), {T(0.01), T(0.9), T(0.1), T(0.8), T(0.2), T(0.7), T(0.5)}},
    NAdamStep<T>{T(0.1), T(0.2), {T(0.01), T(0.9), T(0.1), T(0.8), T(0.2), T(0.7), T(0.5)}},
    RmsStep<T, false, false>{T(0.1), T(0.01), T(0.9), T(0.1), T(0), T(0.5)},
    RmsStep<T, false, true>{T(0.1), T(0.01), T(0.9), T(0.1), T(0), T(0.5)},
    RmsStep<T, true, false>{T(0.1), T(0.01), T(0.9), T(0.1), T(0.8), T(0.5)},
    RmsStep<T, true, true>{T(0.1), T(0.01), T(0.9), T(0.1), T(0.8), T(0.5)},
    AdagradStep<T>{T(0.1), T(0.01), T(0.5)}, LionStep<T>{T(0.1), T(0.99), T(0.9), T(0.1), T(0.8), T(0.2)});

// Calls f(step) for each.
template <class T, class F>
void for_each_step(F f) {
    std::apply([&](const auto&... step) { (f(step), ...); }, steps<T>);
}

// Values and state, which a step changes.
template <class T, std::size_t states>
struct Updated {
    std::vector<T> w;
    std::array<std::vector<T>, states> state;

    // Of squares: with variances that stay positive.
    explicit Updated(std::size_t size, Rng& rng) : w(normal_values<T>(size, rng)) {
        for (auto& array : state) array.assign(size, T{1} / 16);
        state[0].assign(size, T{2});
    }
    std::array<T*, states> pointers(std::size_t first = 0) {
        std::array<T*, states> all;
        for (std::size_t i = 0; i < states; ++i) all[i] = state[i].data() + first;
        return all;
    }
    bool operator==(const Updated&) const = default;
};

}  // namespace

TEST_CASE_TEMPLATE("update: some columns of a matrix, and no others", T, float, double) {
    Rng rng(6);
    const auto gradient = normal_values<T>(5 * 7, rng);
    for_each_step<T>([&]<class S>(const S& step) {
        const Updated<T, S::states> before(5 * 7, rng);
        auto some = before, all = before;
        update(5, 7, 7, step, gradient.data(), all.pointers(), all.w.data());
        update(5, 3, 7, step, gradient.data() + 2, some.pointers(2), some.w.data() + 2);
        for (std::size_t i = 0; i < gradient.size(); ++i) {
            const auto& expected = i % 7 >= 2 && i % 7 < 5 ? all : before;
            CHECK(some.w[i] == expected.w[i]);
            for (std::size_t k = 0; k < S::states; ++k) CHECK(some.state[k][i] == expected.state[k][i]);
        }
    });
}

TEST_CASE_TEMPLATE("update: the same bits with any number of threads", T, float, double) {
    const std::size_t rows = 33, n = 5001;
    Rng rng(7);
    const auto gradient = normal_values<T>(rows * n, rng);
    for_each_step<T>([&]<class S>(const S& step) {
        const Updated<T, S::states> before(rows * n, rng);
        const auto updated = [&](int threads) {
            const test::Threads set(threads);
            auto result = before;
            update(rows, n, n, step, gradient.data(), result.pointers(), result.w.data());
            return result;
        };
        const auto one = updated(1);
        CHECK_FALSE(one == before);
        for (const int threads : {2, 3}) CHECK(updated(threads) == one);
    });
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
        return std::tuple(updated, x);
    };
    const auto one = results(1);
    for (const int threads : {2, 3, 4}) CHECK(results(threads) == one);
}
