#include <xgrad/core/kernels/convolution.hpp>

#include <cmath>
#include <string>
#include <type_traits>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/kernels/implicit_gemm.hpp>
#include "support/arrays.hpp"
#include "support/threads.hpp"

using namespace xgrad;
using namespace xgrad::kernels;
using namespace xgrad::test;

namespace {

std::size_t area(const Plane& plane) { return plane[0] * plane[1]; }

// Random arrays for a convolution, and its three maps.
template <class T>
struct Example {
    Convolution extents;
    std::vector<T> x, w, bias, dy, y, dx, dw;

    Example(const Convolution& convolution, Rng& rng)
        : extents(convolution),
          x(normal_values<T>(extents.batch * extents.in_channels * area(extents.input), rng)),
          w(normal_values<T>(
              extents.out_channels * extents.in_channels / extents.groups * area(extents.kernel), rng)),
          bias(normal_values<T>(extents.out_channels, rng)),
          dy(normal_values<T>(extents.batch * extents.out_channels * area(extents.output), rng)) {
        compute();
    }

    void compute() {
        y.assign(dy.size(), T(NAN));
        dx.assign(x.size(), T(NAN));
        dw.assign(w.size(), T(NAN));
        convolve(extents, x.data(), w.data(), bias.data(), y.data());
        convolve_input_gradient(extents, w.data(), dy.data(), dx.data());
        convolve_weight_gradient(extents, x.data(), dy.data(), dw.data());
    }

    // Each within a few roundings of the sum by definition.
    void check() const {
        std::vector<double> of_y(y.size()), of_dx(dx.size()), of_dw(dw.size());
        const auto& [batch, in_channels, out_channels, groups, input, kernel, output, stride, padding,
                     dilation] = extents;
        const std::size_t in = in_channels / groups, out = out_channels / groups;
        for (std::size_t i = 0; i < y.size(); ++i) {
            const std::size_t column = i % output[1], row = i / output[1] % output[0];
            const std::size_t o = i / area(output) % out_channels, image = i / area(output) / out_channels;
            of_y[i] = static_cast<double>(bias[o]);
            for (std::size_t c = 0; c < in; ++c)
                for (std::size_t t = 0; t < area(kernel); ++t) {
                    const std::size_t p = row * stride[0] + t / kernel[1] * dilation[0] - padding[0],
                                      q = column * stride[1] + t % kernel[1] * dilation[1] - padding[1];
                    if (p >= input[0] || q >= input[1]) continue;  // negative numbers are large
                    const std::size_t from =
                        ((image * in_channels + o / out * in + c) * input[0] + p) * input[1] + q;
                    const std::size_t weight = (o * in + c) * area(kernel) + t;
                    const auto x_value = static_cast<double>(x[from]),
                               w_value = static_cast<double>(w[weight]), g = static_cast<double>(dy[i]);
                    of_y[i] += x_value * w_value;
                    of_dx[from] += w_value * g;
                    of_dw[weight] += x_value * g;
                }
        }
        CHECK(scaled_difference(y, of_y) <= 4 * tolerance<T>);
        CHECK(scaled_difference(dx, of_dx) <= 4 * tolerance<T>);
        CHECK(scaled_difference(dw, of_dw) <= 4 * tolerance<T>);
    }

    // Relative to the largest element.
    static double scaled_difference(const std::vector<T>& found, std::vector<double> expected) {
        double scale = 1;
        for (const double v : expected) scale = std::max(scale, std::abs(v));
        std::vector<double> given(found.begin(), found.end());
        for (double& v : given) v /= scale;
        for (double& v : expected) v /= scale;
        return difference(given, expected);
    }
};

Convolution random_convolution(Rng& rng) {
    const auto between = [&](std::size_t least, std::size_t most) {
        return least + rng.below(most - least + 1);
    };
    Convolution c{};
    c.batch = rng.below(5) == 0 ? between(20, 40) : between(0, 5);
    c.groups = between(1, 3);
    c.in_channels = c.groups * between(1, rng.below(5) == 0 ? 40 : 4);
    c.out_channels = c.groups * between(1, rng.below(3) == 0 ? 80 : 5);
    for (const std::size_t axis : {0U, 1U}) {
        c.kernel[axis] = between(1, 4);
        c.stride[axis] = between(1, 3);
        c.padding[axis] = between(0, 3);
        c.dilation[axis] = between(1, 2);
        const std::size_t span = (c.kernel[axis] - 1) * c.dilation[axis] + 1, zeros = 2 * c.padding[axis];
        c.input[axis] = std::max(between(1, rng.below(8) == 0 ? 30 : 9), span - std::min(span, zeros));
        c.output[axis] = (c.input[axis] + zeros - span) / c.stride[axis] + 1;
    }
    return c;
}

// One that Winograd's products suit.
Convolution random_winograd(Rng& rng) {
    const auto between = [&](std::size_t least, std::size_t most) {
        return least + rng.below(most - least + 1);
    };
    Convolution c{};
    c.batch = between(0, rng.below(4) == 0 ? 40 : 4);
    c.groups = between(1, 2);
    c.in_channels = c.groups * between(8, rng.below(3) == 0 ? 140 : 20);
    c.out_channels = c.groups * between(8, rng.below(3) == 0 ? 140 : 20);
    c.kernel = {3, 3};
    c.stride = c.dilation = {1, 1};
    for (const std::size_t axis : {0U, 1U}) {
        c.padding[axis] = between(0, 3);
        c.input[axis] = between(3, rng.below(8) == 0 ? 40 : 9);
        c.output[axis] = c.input[axis] + 2 * c.padding[axis] - 2;
    }
    return c;
}

// One of many weights and few pixels; every second one has a multiple of 16 channels.
Convolution random_of_few_pixels(Rng& rng, int repeat) {
    const auto between = [&](std::size_t least, std::size_t most) {
        return least + rng.below(most - least + 1);
    };
    Convolution c{};
    c.batch = between(1, 2);
    c.groups = 1;
    c.in_channels = repeat % 2 == 0 ? 16 * between(8, 12) : between(128, 180);
    c.out_channels = between(200, 300);
    c.dilation = {1, 1};
    for (const std::size_t axis : {0U, 1U}) {
        c.kernel[axis] = between(2, 3);
        c.stride[axis] = between(1, 2);
        c.padding[axis] = between(0, 1);
        c.output[axis] = between(1, 2);
        c.input[axis] = std::max<std::size_t>(
            1, (c.output[axis] - 1) * c.stride[axis] + c.kernel[axis] - 2 * c.padding[axis]);
        c.output[axis] = (c.input[axis] + 2 * c.padding[axis] - c.kernel[axis]) / c.stride[axis] + 1;
    }
    return c;
}

std::string to_string(const Convolution& c) {
    return fmt::format(
        "{} images, {} to {} channels, {} groups, {}x{} by {}x{}, stride {}x{}, padding {}x{}, dilation {}x{}",
        c.batch, c.in_channels, c.out_channels, c.groups, c.input[0], c.input[1], c.kernel[0], c.kernel[1],
        c.stride[0], c.stride[1], c.padding[0], c.padding[1], c.dilation[0], c.dilation[1]);
}

}  // namespace

TEST_CASE_TEMPLATE("convolution: the three maps are the sums by definition", T, float, double) {
    Rng rng(1);
    for (int repeat = 0; repeat < 60; ++repeat) {
        const Convolution convolution = random_convolution(rng);
        INFO(to_string(convolution));
        Example<T>(convolution, rng).check();
    }
}

TEST_CASE_TEMPLATE("convolution by Winograd's products: the three maps are the sums by definition", T, float,
                   double) {
    Rng rng(3);
    for (int repeat = 0; repeat < 40; ++repeat) {
        const Convolution convolution = random_winograd(rng);
        INFO(to_string(convolution));
        Example<T>(convolution, rng).check();
    }
}

TEST_CASE_TEMPLATE("convolution of few pixels: the three maps are the sums by definition", T, float, double) {
    Rng rng(4);
    for (int repeat = 0; repeat < 12; ++repeat) {
        const Convolution convolution = random_of_few_pixels(rng, repeat);
        INFO(to_string(convolution));
        Example<T>(convolution, rng).check();
    }
}

TEST_CASE_TEMPLATE("convolution: the same bits for any number of threads, bands of large images included", T,
                   float, double) {
    Rng rng(2);
    for (const Convolution& c :
         {Convolution{5, 19, 70, 1, {9, 7}, {3, 3}, {9, 7}, {1, 1}, {1, 1}, {1, 1}},
          Convolution{2, 3, 20, 1, {60, 31}, {3, 3}, {60, 31}, {1, 1}, {1, 1}, {1, 1}},  // dx: few channels
          Convolution{3, 256, 250, 1, {8, 8}, {3, 3}, {8, 8}, {1, 1}, {1, 1}, {1, 1}},  // dw in one part
          Convolution{1, 96, 250, 1, {4, 3}, {3, 3}, {2, 2}, {2, 1}, {1, 0}, {1, 1}},
          Convolution{1, 24, 130, 2, {150, 40}, {3, 2}, {75, 41}, {2, 1}, {1, 1}, {1, 1}},
          Convolution{3, 8, 32, 1, {120, 120}, {3, 3}, {60, 60}, {2, 2}, {1, 1}, {1, 1}},  // images of dw
          Convolution{2, 12, 12, 12, {90, 200}, {3, 3}, {90, 200}, {1, 1}, {1, 1}, {1, 1}},  // few channels
          Convolution{2, 48, 72, 3, {17, 16}, {3, 3}, {17, 16}, {1, 1}, {1, 1}, {1, 1}},  // Winograd
          Convolution{2, 40, 40, 1, {13, 12}, {2, 2}, {2, 2}, {6, 6}, {0, 0}, {1, 1}},  // many remainders
          Convolution{1, 24, 30, 1, {1, 6000}, {1, 5}, {1, 6000}, {1, 1}, {0, 2}, {1, 1}},  // a signal
          Convolution{3, 5, 2, 1, {1, 300}, {1, 3}, {1, 150}, {1, 2}, {0, 1}, {1, 1}}}) {
        INFO(to_string(c));
        const Threads one(1);
        const Example<T> expected(c, rng);
        if (std::is_same_v<T, float> && c.in_channels < 256) expected.check();  // which takes long
        for (const int count : {2, 3}) {
            const Threads threads(count);
            Example<T> found = expected;
            found.compute();
            CHECK(found.y == expected.y);
            CHECK(found.dx == expected.dx);
            CHECK(found.dw == expected.dw);
        }
    }
}

TEST_CASE_TEMPLATE("transpose_matrix: rows become columns, between which nothing is written", T, float,
                   double) {
    Rng rng(3);
    for (const std::size_t m : {0U, 1U, 7U, 16U, 33U})
        for (const std::size_t n : {0U, 1U, 9U, 16U, 50U}) {
            const std::size_t ldx = n + 3, ldy = m + 2;
            const std::vector<T> x = normal_values<T>(m * ldx, rng);
            std::vector<T> y(n * ldy, T{7});
            transpose_matrix(m, n, x.data(), ldx, y.data(), ldy);
            for (std::size_t j = 0; j < n; ++j)
                for (std::size_t i = 0; i < ldy; ++i)
                    REQUIRE(y[j * ldy + i] == (i < m ? x[i * ldx + j] : T{7}));
        }
}
