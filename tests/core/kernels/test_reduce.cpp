#include <xgrad/core/kernels/reduce.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include "support/arrays.hpp"

#include <xgrad/core/kernels/softmax.hpp>

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

TEST_CASE_TEMPLATE("sum_rows, sum_columns, sum_of_squares: agree with a naive loop at every length", T, float,
                   double) {
    Rng rng(1);
    for (const std::size_t rows : {0u, 1u, 2u, 5u})
        for (std::size_t n = 0; n <= 70; ++n) {
            CAPTURE(rows);
            CAPTURE(n);
            const auto x = normal_values<T>(rows * n + 1, rng);
            const T* unaligned = x.data() + 1;
            std::vector<double> row_sums(rows, 0), column_sums(n, 0);
            double squares = 0;
            for (std::size_t row = 0; row < rows; ++row)
                for (std::size_t j = 0; j < n; ++j) {
                    const auto v = static_cast<double>(unaligned[row * n + j]);
                    row_sums[row] += v;
                    column_sums[j] += v;
                    squares += v * v;
                }
            std::vector<T> by_row(rows), by_column(n);
            sum_rows(rows, n, unaligned, by_row.data());
            sum_columns(rows, n, n, unaligned, by_column.data());
            CHECK(difference(by_row, row_sums) < tolerance<T>);
            CHECK(difference(by_column, column_sums) < tolerance<T>);
            CHECK(sum_of_squares(rows * n, unaligned) == doctest::Approx(squares).epsilon(1e-13));
        }
}

TEST_CASE_TEMPLATE("sums, dot and reduce_rows: rows longer than a thread's part agree with a naive loop", T,
                   float, double) {
    Rng rng(1);
    const std::size_t n = 100'003;
    auto x = normal_values<T>(2 * n, rng);
    double first = 0, products = 0;
    for (std::size_t i = 0; i < n; ++i) {
        first += static_cast<double>(x[i]);
        products += static_cast<double>(x[i]) * static_cast<double>(x[n + i]);
    }
    CHECK(sum(n, x.data()) == doctest::Approx(first).epsilon(1e-11));
    CHECK(dot(n, x.data(), x.data() + n) == doctest::Approx(products).epsilon(1e-11));
    double squares = 0;
    for (std::size_t i = 0; i < n; ++i)
        squares += std::pow(static_cast<double>(x[i]) - first / static_cast<double>(n), 2);
    std::vector<T> y(2);
    reduce_rows(RowReduction::variance_sum, 1, n, x.data(), y.data());
    CHECK(y[0] == doctest::Approx(squares).epsilon(1e-6));
    x[n - 1] = 50;
    x[2 * n - 2] = -60;
    reduce_rows(RowReduction::maximum, 2, n, x.data(), y.data());
    CHECK(y[0] == 50);
    reduce_rows(RowReduction::minimum, 2, n, x.data(), y.data());
    CHECK(y[1] == -60);
    x[2 * n - 1] = std::numeric_limits<T>::quiet_NaN();
    reduce_rows(RowReduction::maximum, 2, n, x.data(), y.data());
    CHECK(y[0] == 50);
    CHECK(std::isnan(y[1]));
}

TEST_CASE_TEMPLATE("reduce_columns: the maximum and the minimum of each column", T, float, double) {
    Rng rng(1);
    for (const std::size_t n : {1u, 3u, 64u, 300u}) {
        auto x = normal_values<T>(7 * n, rng);
        x[5 * n] = std::numeric_limits<T>::quiet_NaN();
        std::vector<T> most(n), least(n);
        reduce_columns(RowReduction::maximum, 7, n, n, x.data(), most.data());
        reduce_columns(RowReduction::minimum, 7, n, n, x.data(), least.data());
        CHECK((std::isnan(most[0]) && std::isnan(least[0])));
        for (std::size_t j = 1; j < n; ++j) {
            T largest = x[j], smallest = x[j];
            for (std::size_t row = 1; row < 7; ++row) {
                largest = std::max(largest, x[row * n + j]);
                smallest = std::min(smallest, x[row * n + j]);
            }
            CHECK(most[j] == largest);
            CHECK(least[j] == smallest);
        }
    }
}

TEST_CASE("sum_of_squares: does not overflow float") {
    const std::vector<float> x(3, 1e30F);
    CHECK(sum_of_squares(3, x.data()) == doctest::Approx(3e60));
}

TEST_CASE_TEMPLATE("reduce_rows: no elements give 0, -inf, inf, -inf", T, float, double) {
    const T inf = std::numeric_limits<T>::infinity();
    std::vector<T> y(2, 5);
    const auto reduced = [&](RowReduction op) {
        reduce_rows<T>(op, 2, 0, nullptr, y.data());
        return y;
    };
    CHECK(reduced(RowReduction::variance_sum) == std::vector<T>{0, 0});
    CHECK(reduced(RowReduction::maximum) == std::vector<T>{-inf, -inf});
    CHECK(reduced(RowReduction::minimum) == std::vector<T>{inf, inf});
    CHECK(reduced(RowReduction::logsumexp) == std::vector<T>{-inf, -inf});
}

TEST_CASE_TEMPLATE("reduce_rows: a NaN anywhere gives a NaN", T, float, double) {
    for (const auto op :
         {RowReduction::variance_sum, RowReduction::maximum, RowReduction::minimum, RowReduction::logsumexp})
        for (std::size_t at = 0; at < 19; ++at) {
            std::vector<T> x(19, 1);
            x[at] = std::numeric_limits<T>::quiet_NaN();
            T y;
            reduce_rows(op, 1, x.size(), x.data(), &y);
            CHECK(std::isnan(y));
        }
}

TEST_CASE_TEMPLATE("reduce_rows: logsumexp neither overflows nor underflows", T, float, double) {
    const T inf = std::numeric_limits<T>::infinity();
    const auto logsumexp = [](const std::vector<T>& x) {
        T y;
        reduce_rows(RowReduction::logsumexp, 1, x.size(), x.data(), &y);
        return y;
    };
    CHECK(logsumexp({10000, 10000}) == doctest::Approx(10000 + std::log(2.0)));
    CHECK(logsumexp({-10000, -10000}) == doctest::Approx(-10000 + std::log(2.0)));
    CHECK(logsumexp({-inf, -inf}) == -inf);
    CHECK(logsumexp({-inf, 3}) == 3);
    CHECK(logsumexp({inf, 3}) == inf);
}

TEST_CASE_TEMPLATE("reduce_rows: variance_sum keeps its digits far from zero", T, float, double) {
    const std::vector<T> x{T(1e6) + 1, T(1e6) + 2, T(1e6) + 3};
    T y;
    reduce_rows(RowReduction::variance_sum, 1, 3, x.data(), &y);
    CHECK(y == doctest::Approx(2).epsilon(1e-9));
    const T large = static_cast<T>(
        sizeof(T) == sizeof(float) ? 1.5e19 : 1e153);  // four squares of the float are too large for one
    const std::vector<T> far{large, -large, large, -large};
    reduce_rows(RowReduction::variance_sum, 1, 4, far.data(), &y, 0.25);
    CHECK(y == doctest::Approx(static_cast<double>(large) * static_cast<double>(large)));
}

TEST_CASE("sum_byte_columns: exact, adds to what is there, and does not overflow 32 bits") {
    constexpr std::size_t n = 3, rows = 70'000;  // 70,000 * 255^2 > 2^32
    std::vector<unsigned char> x(rows * n, 255);
    for (std::size_t row = 0; row < rows; ++row) x[row * n + 1] = static_cast<unsigned char>(row % 256);
    std::vector<unsigned long long> sums{1, 2, 3}, squares{4, 5, 6}, expected_sums = sums,
                                                                     expected_squares = squares;
    for (std::size_t i = 0; i < x.size(); ++i) {
        expected_sums[i % n] += x[i];
        expected_squares[i % n] += std::uint64_t{x[i]} * x[i];
    }
    sum_byte_columns(rows, n, x.data(), sums.data(), squares.data());
    CHECK(sums == expected_sums);
    CHECK(squares == expected_squares);
    sum_byte_columns(0, n, x.data(), sums.data(), squares.data());
    CHECK(sums == expected_sums);
}

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

TEST_CASE_TEMPLATE("window_maxima: the first largest of each window, or the last NaN", T, float, double) {
    const T nan = std::numeric_limits<T>::quiet_NaN(), infinity = std::numeric_limits<T>::infinity();
    const std::vector<std::int32_t> offsets{2, 3, 7, 0};
    for (const std::size_t n : {1U, 2U, 7U, 8U, 19U, 40U})
        for (const std::size_t stride : {1U, 2U, 3U}) {
            std::vector<T> x((n - 1) * stride + 8), y(n);
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<T>(i * 7 % 5);  // with ties
            x[3] = nan;
            x[7] = -infinity;
            std::vector<std::int32_t> positions(n);
            window_maxima(n, stride, x.data(), offsets.size(), offsets.data(), y.data(), positions.data());
            for (std::size_t j = 0; j < n; ++j) {
                CAPTURE(n);
                CAPTURE(stride);
                CAPTURE(j);
                std::size_t best = 2 + j * stride;
                for (const std::int32_t offset : offsets)
                    if (const std::size_t at = static_cast<std::size_t>(offset) + j * stride;
                        x[at] > x[best] || x[at] != x[at])
                        best = at;
                CHECK(positions[j] == static_cast<std::int32_t>(best));
                CHECK((y[j] == x[best] || (y[j] != y[j] && x[best] != x[best])));
            }
        }
}
