#include <xgrad/core/kernels/normalization.hpp>

#include <doctest/doctest.h>

#include "support/arrays.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

namespace {

constexpr double epsilon = 1e-3;

// Batch norm of a (rows, n) matrix in double, as its definition says.
std::vector<double> reference(std::size_t rows, std::size_t n, const std::vector<double>& x,
                              const std::vector<double>& gamma, const std::vector<double>& beta) {
    std::vector<double> y(x.size());
    for (std::size_t j = 0; j < n; ++j) {
        double mean = 0, variance = 0;
        for (std::size_t row = 0; row < rows; ++row) mean += x[row * n + j] / static_cast<double>(rows);
        for (std::size_t row = 0; row < rows; ++row)
            variance += std::pow(x[row * n + j] - mean, 2) / static_cast<double>(rows);
        for (std::size_t row = 0; row < rows; ++row)
            y[row * n + j] = gamma[j] * (x[row * n + j] - mean) / std::sqrt(variance + epsilon) + beta[j];
    }
    return y;
}

template <class T>
struct Statistics {
    std::vector<T> mean, variance, inverse_deviation;
    Statistics(std::size_t rows, std::size_t n, const T* x) : mean(n), variance(n), inverse_deviation(n) {
        column_statistics(rows, n, n, x, mean.data(), variance.data());
        for (std::size_t j = 0; j < n; ++j)
            inverse_deviation[j] = static_cast<T>(1 / std::sqrt(static_cast<double>(variance[j]) + epsilon));
    }
};

}  // namespace

TEST_CASE_TEMPLATE("column_statistics: mean and biased variance, far from zero too", T, float, double) {
    const std::vector<T> x{T(1e6) + 1, 5, T(1e6) + 2, 5, T(1e6) + 3, 5, T(1e6) + 6, 5};
    std::vector<T> mean(2), variance(2);
    column_statistics(4, 2, 2, x.data(), mean.data(), variance.data());
    CHECK(mean == std::vector<T>{T(1e6) + 3, 5});
    CHECK(variance == std::vector<T>{T(3.5), 0});
}

TEST_CASE("column_statistics: accumulates in double") {
    constexpr std::size_t rows = std::size_t{1} << 25;
    const std::vector<float> ones(rows, 1.0F);
    float mean, variance;
    column_statistics(rows, 1, 1, ones.data(), &mean, &variance);
    CHECK(mean == 1);
    CHECK(variance == 0);
}

TEST_CASE_TEMPLATE("batch_norm: agrees with its definition, with and without gamma and beta", T, float,
                   double) {
    Rng rng(1);
    for (const std::size_t rows : {1u, 2u, 7u, 100u})
        for (const std::size_t n : {1u, 3u, 17u, 50u}) {
            CAPTURE(rows);
            CAPTURE(n);
            const auto x = normal_values<T>(rows * n, rng), gamma = normal_values<T>(n, rng),
                       beta = normal_values<T>(n, rng);
            const Statistics<T> s(rows, n, x.data());
            std::vector<T> y(rows * n);
            batch_norm<T>(rows, n, x.data(), s.mean.data(), s.inverse_deviation.data(), gamma.data(),
                          beta.data(), y.data());
            const std::vector<double> x_double(x.begin(), x.end());
            CHECK(difference(y, reference(rows, n, x_double, {gamma.begin(), gamma.end()},
                                          {beta.begin(), beta.end()})) < 20 * tolerance<T>);
            batch_norm<T>(rows, n, x.data(), s.mean.data(), s.inverse_deviation.data(), nullptr, nullptr,
                          y.data());
            CHECK(difference(y, reference(rows, n, x_double, std::vector<double>(n, 1),
                                          std::vector<double>(n, 0))) < 20 * tolerance<T>);
        }
}

TEST_CASE("batch_norm_gradients: agree with central differences of sum(dy y)") {
    Rng rng(2);
    for (const std::size_t rows : {1u, 2u, 5u})
        for (const std::size_t n : {1u, 3u, 9u})
            for (const bool affine : {true, false}) {
                CAPTURE(rows);
                CAPTURE(n);
                CAPTURE(affine);
                std::vector<double> x = normal_values<double>(rows * n, rng);
                std::vector<double> gamma(n, 1), beta(n, 0);
                if (affine) {
                    gamma = normal_values<double>(n, rng);
                    beta = normal_values<double>(n, rng);
                }
                const auto dy = normal_values<double>(rows * n, rng);
                const Statistics<double> s(rows, n, x.data());
                std::vector<double> dx(rows * n), dgamma(n), dbeta(n);
                const auto gradients = [&](double* to_x) {
                    batch_norm_gradients(rows, n, n, x.data(), s.mean.data(), s.inverse_deviation.data(),
                                         affine ? gamma.data() : nullptr, dy.data(), to_x, dgamma.data(),
                                         dbeta.data());
                };
                gradients(dx.data());
                const auto loss = [&] {
                    const auto y = reference(rows, n, x, gamma, beta);
                    double sum = 0;
                    for (std::size_t i = 0; i < y.size(); ++i) sum += dy[i] * y[i];
                    return sum;
                };
                const auto numerical = [&](std::vector<double>& values) {
                    std::vector<double> slopes;
                    for (double& value : values) {
                        const double at = value, h = 1e-5;
                        value = at + h;
                        const double above = loss();
                        value = at - h;
                        const double below = loss();
                        value = at;
                        slopes.push_back((above - below) / (2 * h));
                    }
                    return slopes;
                };
                CHECK(difference(dx, numerical(x)) < 1e-6);
                CHECK(difference(dgamma, numerical(gamma)) < 1e-6);
                CHECK(difference(dbeta, numerical(beta)) < 1e-6);
                const auto dgamma_before = dgamma;
                gradients(nullptr);
                CHECK(dgamma == dgamma_before);
            }
}

namespace {

// Images (batch, channels, plane) as a matrix of pixels, (batch * plane, channels).
template <class T>
std::vector<T> as_pixels(std::size_t channels, std::size_t plane, const std::vector<T>& images) {
    std::vector<T> pixels(images.size());
    for (std::size_t i = 0; i < images.size(); ++i)
        pixels[(i / plane / channels * plane + i % plane) * channels + i / plane % channels] = images[i];
    return pixels;
}

}  // namespace

TEST_CASE_TEMPLATE("channel_norm, channel_scale and their gradients: batch norm of the pixels", T, float,
                   double) {
    Rng rng(5);
    for (const auto& [batch, channels, plane] :
         {std::array<std::size_t, 3>{3, 5, 37}, {2, 1, 16}, {1, 3, 2}}) {
        const std::size_t size = batch * channels * plane, rows = batch * plane;
        const auto x = normal_values<T>(size, rng), dy = normal_values<T>(size, rng),
                   gamma = normal_values<T>(channels, rng), beta = normal_values<T>(channels, rng);
        const auto pixels = as_pixels(channels, plane, x), dy_pixels = as_pixels(channels, plane, dy);
        for (const bool affine : {false, true}) {
            const T *slope = affine ? gamma.data() : nullptr, *shift = affine ? beta.data() : nullptr;
            const Statistics<T> expected(rows, channels, pixels.data());
            std::vector<T> y(size), scaled(size), mean(channels), variance(channels), inverse(channels),
                expected_y(size);
            channel_norm(batch, channels, plane, x.data(), epsilon, slope, shift, Activation::none, y.data(),
                         mean.data(), variance.data(), inverse.data());
            channel_scale(batch, channels, plane, x.data(), mean.data(), inverse.data(), slope, shift,
                          Activation::none, scaled.data());
            batch_norm(rows, channels, pixels.data(), expected.mean.data(), expected.inverse_deviation.data(),
                       slope, shift, expected_y.data());
            CHECK(difference(mean, expected.mean) <= tolerance<T>);
            CHECK(difference(variance, expected.variance) <= tolerance<T>);
            CHECK(difference(as_pixels(channels, plane, y), expected_y) <= 4 * tolerance<T>);
            CHECK(scaled == y);

            std::vector<T> dx(size), dgamma(channels), dbeta(channels), expected_dx(size),
                expected_dgamma(channels), expected_dbeta(channels);
            channel_norm_gradients(batch, channels, plane, x.data(), mean.data(), inverse.data(), slope,
                                   shift, Activation::none, dy.data(), dx.data(), dgamma.data(),
                                   dbeta.data());
            batch_norm_gradients(rows, channels, channels, pixels.data(), mean.data(), inverse.data(), slope,
                                 dy_pixels.data(), expected_dx.data(), expected_dgamma.data(),
                                 expected_dbeta.data());
            CHECK(difference(as_pixels(channels, plane, dx), expected_dx) <= 8 * tolerance<T>);
            CHECK(difference(dgamma, expected_dgamma) <= 4 * tolerance<T>);
            CHECK(difference(dbeta, expected_dbeta) <= 4 * tolerance<T>);
            std::vector<T> without_dx(channels);
            channel_norm_gradients<T>(batch, channels, plane, x.data(), mean.data(), inverse.data(), slope,
                                      shift, Activation::none, dy.data(), nullptr, without_dx.data(),
                                      dbeta.data());
            CHECK(without_dx == dgamma);

            // With a relu: as if it followed.
            std::vector<T> rectified(size), passed = dy, relu_y = y, relu_dx(size), relu_dgamma(channels);
            for (std::size_t i = 0; i < size; ++i) {
                if (y[i] < 0) relu_y[i] = 0;
                if (relu_y[i] == 0) passed[i] = 0;
            }
            channel_norm(batch, channels, plane, x.data(), epsilon, slope, shift, Activation::relu,
                         rectified.data(), mean.data(), variance.data(), inverse.data());
            CHECK(rectified == relu_y);
            channel_norm_gradients(batch, channels, plane, x.data(), mean.data(), inverse.data(), slope,
                                   shift, Activation::relu, dy.data(), relu_dx.data(), relu_dgamma.data(),
                                   dbeta.data());
            channel_norm_gradients(batch, channels, plane, x.data(), mean.data(), inverse.data(), slope,
                                   shift, Activation::none, passed.data(), dx.data(), dgamma.data(),
                                   expected_dbeta.data());
            CHECK(difference(relu_dx, dx) <= 8 * tolerance<T>);
            CHECK(difference(relu_dgamma, dgamma) <= 4 * tolerance<T>);
            CHECK(dbeta == expected_dbeta);
        }
    }
}

TEST_CASE_TEMPLATE("batch norm in steps: the same bits as in one", T, float, double) {
    Rng rng(8);
    for (const auto& [batch, channels, plane] :
         {std::array<std::size_t, 3>{3, 5, 37}, {100, 50, 1}, {2, 1, 16}, {7, 33, 1}})
        for (const Activation activation : {Activation::none, Activation::relu}) {
            if (plane == 1 && activation == Activation::relu) continue;  // no kernel of features has one
            const std::size_t size = batch * channels * plane;
            const double count = static_cast<double>(batch * plane);
            const auto x = normal_values<T>(size, rng), dy = normal_values<T>(size, rng),
                       gamma = normal_values<T>(channels, rng), beta = normal_values<T>(channels, rng);
            std::vector<T> y(size), mean(channels), variance(channels), inverse(channels), dx(size),
                dgamma(channels), dbeta(channels);
            if (plane == 1) {
                column_statistics(batch, channels, channels, x.data(), mean.data(), variance.data());
                for (std::size_t j = 0; j < channels; ++j)
                    inverse[j] = static_cast<T>(1 / std::sqrt(static_cast<double>(variance[j]) + epsilon));
                batch_norm(batch, channels, x.data(), mean.data(), inverse.data(), gamma.data(), beta.data(),
                           y.data());
                batch_norm_gradients(batch, channels, channels, x.data(), mean.data(), inverse.data(),
                                     gamma.data(), dy.data(), dx.data(), dgamma.data(), dbeta.data());
            } else {
                channel_norm(batch, channels, plane, x.data(), epsilon, gamma.data(), beta.data(), activation,
                             y.data(), mean.data(), variance.data(), inverse.data());
                channel_norm_gradients(batch, channels, plane, x.data(), mean.data(), inverse.data(),
                                       gamma.data(), beta.data(), activation, dy.data(), dx.data(),
                                       dgamma.data(), dbeta.data());
            }
            const auto rounded = [](const std::vector<double>& values) {
                std::vector<T> result;
                for (const double value : values) result.push_back(static_cast<T>(value));
                return result;
            };
            const auto divided = [&](std::vector<double> values) {
                for (double& value : values) value /= count;
                return values;
            };
            std::vector<double> sums(channels), squares(channels), sums_dy(channels), products(channels);
            channel_sums(batch, channels, plane, x.data(), sums.data());
            const std::vector<double> means = divided(sums);
            CHECK(rounded(means) == mean);
            channel_square_sums(batch, channels, plane, x.data(), means.data(), squares.data());
            CHECK(rounded(divided(squares)) == variance);
            std::vector<T> y_of_steps(size), dx_of_steps(size);
            channel_scale(batch, channels, plane, x.data(), mean.data(), inverse.data(), gamma.data(),
                          beta.data(), activation, y_of_steps.data());
            CHECK(y_of_steps == y);
            channel_gradient_sums(batch, channels, plane, x.data(), mean.data(), inverse.data(), gamma.data(),
                                  beta.data(), activation, dy.data(), sums_dy.data(), products.data());
            CHECK(rounded(sums_dy) == dbeta);
            CHECK(rounded(products) == dgamma);
            const std::vector<T> mean_dy = rounded(divided(sums_dy)),
                                 mean_product = rounded(divided(products));
            channel_gradient(batch, channels, plane, x.data(), mean.data(), inverse.data(), gamma.data(),
                             beta.data(), activation, dy.data(), mean_dy.data(), mean_product.data(),
                             dx_of_steps.data());
            CHECK(dx_of_steps == dx);
        }
}
