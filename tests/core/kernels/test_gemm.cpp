#include <xgrad/core/kernels/gemm.hpp>

#include <cmath>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/arrays.hpp"
#include "support/threads.hpp"

using namespace xgrad;
using namespace xgrad::test;

TEST_CASE_TEMPLATE(
    "gemm: agrees with a naive loop, transposed or not, with padded rows and with empty extents", T, float,
    double) {
    Rng rng(1);
    for (const std::size_t m : {0u, 1u, 2u, 7u, 33u})
        for (const std::size_t n : {0u, 1u, 3u, 17u})
            for (const std::size_t k : {0u, 1u, 5u, 64u})
                for (const auto transpose_a : {Transpose::no, Transpose::yes})
                    for (const auto transpose_b : {Transpose::no, Transpose::yes})
                        for (const std::size_t padding : {0u, 3u})
                            for (const bool accumulate : {false, true}) {
                                CAPTURE(m);
                                CAPTURE(n);
                                CAPTURE(k);
                                CAPTURE(padding);
                                CAPTURE(accumulate);
                                const bool a_t = transpose_a == Transpose::yes,
                                           b_t = transpose_b == Transpose::yes;
                                const std::size_t lda = (a_t ? m : k) + padding,
                                                  ldb = (b_t ? k : n) + padding, ldc = n + padding;
                                const auto a = normal_values<T>((a_t ? k : m) * lda, rng),
                                           b = normal_values<T>((b_t ? n : k) * ldb, rng);
                                auto c = normal_values<T>(m * ldc, rng);
                                std::vector<double> expected(c.begin(), c.end());
                                for (std::size_t i = 0; i < m; ++i)
                                    for (std::size_t j = 0; j < n; ++j) {
                                        double sum = 0;
                                        for (std::size_t l = 0; l < k; ++l)
                                            sum +=
                                                static_cast<double>(a_t ? a[l * lda + i] : a[i * lda + l]) *
                                                static_cast<double>(b_t ? b[j * ldb + l] : b[l * ldb + j]);
                                        expected[i * ldc + j] =
                                            sum + (accumulate ? expected[i * ldc + j] : 0);
                                    }
                                kernels::gemm(transpose_a, transpose_b, m, n, k, a.data(), lda, b.data(), ldb,
                                              accumulate, c.data(), ldc);
                                CHECK(difference(c, expected) < 10 * tolerance<T>);
                            }
}

TEST_CASE_TEMPLATE("gemm: without accumulate C is not read, for k = 0 too", T, float, double) {
    const std::vector<T> a(6, 1), b(6, 1);
    std::vector<T> c(4, std::numeric_limits<T>::quiet_NaN());
    kernels::gemm(Transpose::no, Transpose::no, 2, 2, 3, a.data(), 3, b.data(), 2, false, c.data(), 2);
    CHECK(c == std::vector<T>(4, 3));
    std::fill(c.begin(), c.end(), std::numeric_limits<T>::quiet_NaN());
    kernels::gemm(Transpose::no, Transpose::no, 2, 2, 0, a.data(), 0, b.data(), 2, false, c.data(), 2);
    CHECK(c == std::vector<T>(4, 0));
}

TEST_CASE_TEMPLATE("gemm: a NaN comes through, next to a zero too", T, float, double) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> a{0, 0, 1, 1}, b{nan, 1, 1, 1};
    std::vector<T> c(4, 0);
    kernels::gemm(Transpose::no, Transpose::no, 2, 2, 2, a.data(), 2, b.data(), 2, false, c.data(), 2);
    CHECK(std::isnan(c[0]));
    CHECK(c[1] == 0);
    CHECK(std::isnan(c[2]));
    CHECK(c[3] == 2);
}

TEST_CASE("gemm: an extent beyond what BLAS can index is refused") {
    CHECK_THROWS_WITH_AS(kernels::gemm<float>(Transpose::no, Transpose::no, 1, std::size_t{1} << 31, 1,
                                              nullptr, 1, nullptr, 1, false, nullptr, 1),
                         "matmul: an extent of 2147483648 is more than BLAS can index", ShapeError);
}

TEST_CASE_TEMPLATE("gemm: the same bits with any number of threads, where C is narrow", T, float, double) {
    Rng rng(4);
    for (const bool transpose : {false, true}) {
        const std::size_t m = transpose ? 50 : 100, n = transpose ? 3072 : 50, k = transpose ? 100 : 3072;
        const auto a = normal_values<T>(m * k, rng), b = normal_values<T>(k * n, rng);
        std::vector<T> one(m * n), several(m * n);
        const auto multiply = [&](std::vector<T>& c, int threads) {
            const test::Threads set(threads);
            kernels::gemm(transpose ? Transpose::yes : Transpose::no,
                          transpose ? Transpose::no : Transpose::yes, m, n, k, a.data(), transpose ? m : k,
                          b.data(), transpose ? n : k, false, c.data(), n);
        };
        multiply(one, 1);
        for (const int threads : {2, 3, 4}) {
            multiply(several, threads);
            CHECK(one == several);
        }
    }
}

TEST_CASE_TEMPLATE("gemm: long sums, whole to the last element, on any number of threads", T, float, double) {
    Rng rng(5);
    for (const std::size_t k : {256u, 257u, 769u, 1537u, 1540u, 3071u, 20011u}) {
        const std::size_t m = 40, n = k < 4000 ? 53 : 20;
        const auto a = normal_values<T>(m * k, rng), b = normal_values<T>(n * k, rng),
                   old = normal_values<T>(m * n, rng);
        for (const int threads : {1, 2, 3}) {
            const test::Threads set(threads);
            std::vector<T> c = old;
            kernels::gemm(Transpose::no, Transpose::yes, m, n, k, a.data(), k, b.data(), k, true, c.data(),
                          n);
            for (std::size_t i = 0; i < m; i += 13)
                for (std::size_t j = 0; j < n; j += 5) {
                    double sum = 0, magnitude = 0;
                    for (std::size_t l = 0; l < k; ++l) {
                        const double term =
                            static_cast<double>(a[i * k + l]) * static_cast<double>(b[j * k + l]);
                        sum += term;
                        magnitude += std::abs(term);
                    }
                    const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
                    CAPTURE(k);
                    CAPTURE(threads);
                    REQUIRE(std::abs(static_cast<double>(c[i * n + j]) - sum -
                                     static_cast<double>(old[i * n + j])) <=
                            2 * epsilon * std::sqrt(static_cast<double>(k)) * magnitude);
                }
        }
    }
}
