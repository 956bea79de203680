#include <xgrad/core/kernels/narrow_gemm.hpp>

#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include <doctest/doctest.h>

#include "support/arrays.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

namespace {

// A product of random matrices with gaps between their rows, its value in double, and how far a result may be
// from it.
template <class T>
struct Example {
    std::size_t m, n, k, lda, ldb, ldc;
    bool transpose_a, transpose_b, accumulate;
    std::vector<T> a, b, c, before;

    Example(std::size_t m_, std::size_t n_, std::size_t k_, bool transpose_a_, bool transpose_b_, Rng& rng)
        : m(m_),
          n(n_),
          k(k_),
          lda((transpose_a_ ? m_ : k_) + rng.below(4)),
          ldb((transpose_b_ ? k_ : n_) + rng.below(4)),
          ldc(n_ + rng.below(4)),
          transpose_a(transpose_a_),
          transpose_b(transpose_b_),
          accumulate(rng.below(2) == 1),
          a(normal_values<T>((transpose_a ? k : m) * lda, rng)),
          b(normal_values<T>((transpose_b ? n : k) * ldb, rng)),
          c(normal_values<T>(m * ldc, rng)),
          before(c) {}

    Strides a_strides() const { return transpose_a ? Strides{1, lda} : Strides{lda, 1}; }
    Strides b_strides() const { return transpose_b ? Strides{1, ldb} : Strides{ldb, 1}; }

    // 2 eps sqrt(k) sum |a b| (and the rounding of c itself); what lies between the rows of C is as it was.
    void check() const {
        for (std::size_t i = 0; i < m; ++i)
            for (std::size_t j = 0; j < ldc; ++j) {
                const double result = static_cast<double>(c[i * ldc + j]),
                             old = static_cast<double>(before[i * ldc + j]);
                if (j >= n) {
                    REQUIRE(result == old);
                    continue;
                }
                double sum = 0, magnitude = 0;
                const T* from_a = a.data() + i * a_strides().row;
                const T* from_b = b.data() + j * b_strides().column;
                for (std::size_t l = 0; l < k; ++l, from_a += a_strides().column, from_b += b_strides().row) {
                    const double term = static_cast<double>(*from_a) * static_cast<double>(*from_b);
                    sum += term;
                    magnitude += std::abs(term);
                }
                const double epsilon = static_cast<double>(std::numeric_limits<T>::epsilon());
                const double expected = sum + (accumulate ? old : 0);
                const double bound = 2 * epsilon * std::sqrt(static_cast<double>(k)) * magnitude +
                                     epsilon * std::abs(expected);
                if (!(std::abs(result - expected) <= bound)) {
                    CAPTURE(m);
                    CAPTURE(n);
                    CAPTURE(k);
                    CAPTURE(i);
                    CAPTURE(j);
                    REQUIRE(std::abs(result - expected) <= bound);
                }
            }
    }

    void dot_products() {
        dot_product_gemm(m, n, k, a.data(), lda, b.data(), ldb, accumulate, c.data(), ldc);
    }
    void outer_products() {
        outer_product_gemm(m, n, k, a.data(), a_strides(), b.data(), b_strides(), accumulate, c.data(), ldc);
    }
};

// Odd ones, empty ones, and some like those of the nets in the report.
struct Extents {
    std::size_t m, n, k;
};
std::vector<Extents> extents(Rng& rng) {
    std::vector<Extents> result{{100, 50, 300}, {50, 300, 100}, {100, 10, 50}, {10, 10, 100},
                                {20, 20, 3072}, {3, 65, 1025},  {65, 3, 129}};
    for (const std::size_t m : {0u, 1u, 2u, 6u})
        for (const std::size_t n : {0u, 1u, 3u, 16u, 17u})
            for (const std::size_t k : {1u, 15u, 16u, 33u}) result.push_back({m, n, k});
    for (int i = 0; i < 50; ++i)
        result.push_back({1 + rng.below(40), 1 + rng.below(100), 1 + rng.below(200)});
    return result;
}

}  // namespace

TEST_CASE_TEMPLATE("dot_product_gemm: within 2 eps sqrt(k) sum |a b| of a double reference", T, float,
                   double) {
    Rng rng(1);
    for (const auto& [m, n, k] : extents(rng)) {
        Example<T> example(m, n, k, false, true, rng);
        example.dot_products();
        example.check();
    }
}

TEST_CASE_TEMPLATE(
    "outer_product_gemm: within 2 eps sqrt(k) sum |a b| of a double reference, transposed or not", T, float,
    double) {
    Rng rng(2);
    for (const auto& [m, n, k] : extents(rng))
        for (const bool transpose_a : {false, true})
            for (const bool transpose_b : {false, true}) {
                Example<T> example(m, n, k, transpose_a, transpose_b, rng);
                example.outer_products();
                example.check();
            }
}

TEST_CASE_TEMPLATE("narrow products: an element has the same bits wherever it lies", T, float, double) {
    Rng rng(3);
    Example<T> whole(23, 37, 530, false, true, rng);
    whole.accumulate = false;
    for (const bool dot : {true, false}) {
        dot ? whole.dot_products() : whole.outer_products();
        const std::vector<T> result = whole.c;
        for (std::size_t i = 0; i < whole.m; ++i) {
            for (std::size_t j = 0; j < whole.n; ++j) {
                T element;
                const T* a = whole.a.data() + i * whole.lda;
                const T* b = whole.b.data() + j * whole.ldb;
                if (dot)
                    dot_product_gemm(1, 1, whole.k, a, whole.lda, b, whole.ldb, false, &element, 1);
                else
                    outer_product_gemm(1, 1, whole.k, a, whole.a_strides(), b, whole.b_strides(), false,
                                       &element, 1);
                REQUIRE(element == result[i * whole.ldc + j]);
            }
        }
    }
}

TEST_CASE_TEMPLATE("narrow products: without accumulate C is not read, and a NaN comes through", T, float,
                   double) {
    const T nan = std::numeric_limits<T>::quiet_NaN();
    for (const bool dot : {true, false}) {
        const std::vector<T> a{0, nan, 1, 1}, b{1, 1, 2, 2};
        std::vector<T> c(4, nan);
        if (dot)
            dot_product_gemm<T>(2, 2, 2, a.data(), 2, b.data(), 2, false, c.data(), 2);
        else
            outer_product_gemm<T>(2, 2, 2, a.data(), {2, 1}, b.data(), {1, 2}, false, c.data(), 2);
        CHECK(std::isnan(c[0]));
        CHECK(std::isnan(c[1]));
        CHECK(c[2] == 2);
        CHECK(c[3] == 4);
    }
}

TEST_CASE_TEMPLATE("sum_outer_products: the sum of the products, each computed apart, over a tree", T, float,
                   double) {
    Rng rng(4);
    for (const auto& [m, n] : {std::pair<std::size_t, std::size_t>{1, 1}, {7, 70}, {50, 130}, {3, 64}})
        for (const std::size_t count : {1u, 2u, 3u, 5u, 8u}) {
            CAPTURE(m);
            CAPTURE(n);
            CAPTURE(count);
            std::vector<std::vector<T>> as, bs;
            std::vector<OuterProduct<T>> pairs;
            for (std::size_t i = 0; i < count; ++i) {
                const std::size_t k = i == 2 ? 0 : 1 + rng.below(40);
                as.push_back(normal_values<T>(k * m, rng));
                bs.push_back(normal_values<T>(k * n, rng));
                pairs.push_back({k, as.back().data(), bs.back().data()});
            }
            // The tree over the products that the other kernel computes one by one.
            const std::function<std::vector<T>(std::size_t, std::size_t)> expected = [&](std::size_t first,
                                                                                         std::size_t number) {
                std::vector<T> c(m * n);
                if (number == 1) {
                    const auto& [k, a, b] = pairs[first];
                    if (k > 0) outer_product_gemm<T>(m, n, k, a, {1, m}, b, {n, 1}, false, c.data(), n);
                    return c;
                }
                c = expected(first, number / 2);
                const std::vector<T> rest = expected(first + number / 2, number - number / 2);
                for (std::size_t i = 0; i < c.size(); ++i) c[i] += rest[i];
                return c;
            };
            std::vector<T> c(m * n, std::numeric_limits<T>::quiet_NaN());
            sum_outer_products(m, n, count, pairs.data(), c.data());
            CHECK(c == expected(0, count));
        }
    sum_outer_products<T>(0, 3, 0, nullptr, nullptr);
}
