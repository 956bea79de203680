#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// Convolutions of images and of signals, and their transposes.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

// A call, of signals if there is one row. `x` and `filter` are extents of images.
struct Case {
    std::size_t batch, channels, out;
    Pair x, filter;
    Conv2dOptions options = {};
    Pair output_padding = 0;  // of a transpose
};

// Calls of all kinds: with each option, groups, a row, a column, one pixel, nothing, more zeros than image,
// and elements that no filter reaches.
const std::vector<Case>& cases() {
    static const std::vector<Case> all{
        {2, 2, 3, {4, 5}, {3, 2}},
        {2, 2, 2, {2, 3}, {2, 3}, {.padding = 1}},
        {1, 1, 1, {1, 1}, {1, 1}},
        {2, 2, 2, {5, 4}, {2, 3}, {.stride = {2, 3}, .padding = {1, 2}}},
        {1, 2, 2, {5, 6}, {2, 3}, {.padding = {0, 1}, .dilation = {3, 2}}},
        {2, 4, 6, {3, 3}, {2, 2}, {.padding = 1, .groups = 2}},
        {1, 3, 3, {4, 4}, {3, 3}, {.stride = 2, .padding = 1, .groups = 3}},
        {1, 2, 2, {5, 5}, {1, 1}, {.stride = 3}},
        {2, 1, 2, {1, 1}, {3, 3}, {.padding = 2}},
        {1, 2, 1, {5, 1}, {3, 1}},
        {0, 2, 3, {3, 3}, {2, 2}},
        {1, 2, 3, {1, 6}, {1, 3}},
        {2, 2, 2, {1, 3}, {1, 3}},
        {2, 2, 2, {1, 7}, {1, 2}, {.stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}}},
        {1, 4, 2, {1, 4}, {1, 2}, {.groups = 2}},
        {0, 1, 1, {1, 3}, {1, 1}},
    };
    return all;
}

// Of sizes that are shared between threads, with more channels than a panel has, and small images that are
// taken together.
const std::vector<Case>& large_cases() {
    static const std::vector<Case> all{
        {9, 19, 70, {13, 11}, {3, 3}, {.padding = 1}},
        {37, 66, 65, {3, 2}, {2, 2}, {.stride = 2, .padding = 1, .groups = 1}},
        {3, 34, 34, {1, 131}, {1, 5}, {.stride = {1, 2}, .padding = {0, 2}, .groups = 2}},
    };
    return all;
}

// How many elements a convolution of n makes, and how many a transposed one.
std::size_t convolved(std::size_t n, std::size_t filter, std::size_t stride, std::size_t padding,
                      std::size_t dilation) {
    return (n + 2 * padding - dilation * (filter - 1) - 1) / stride + 1;
}
std::size_t transposed(std::size_t n, std::size_t filter, std::size_t stride, std::size_t padding,
                       std::size_t dilation, std::size_t added) {
    return stride * (n - 1) + dilation * (filter - 1) + added + 1 - 2 * padding;
}

// (batch, channels, rows, columns), or (batch, channels, length).
Shape shape_of(std::size_t batch, std::size_t channels, const Pair& extents, bool signals) {
    return signals ? Shape{batch, channels, extents.columns}
                   : Shape{batch, channels, extents.rows, extents.columns};
}

// The sum over all taps t and channels c of x[n, c, p] w[o, c, t] where p and the position q in the result
// belong together: stride q + dilation t - padding = p for a convolution, and the other way round for its
// transpose.
double naive(const Case& c, bool transpose, const Index& at, const Tensors<double>& in) {
    const bool signals = at.size() == 3;
    const std::size_t group = at[1] / (c.out / c.options.groups);
    const std::size_t row = signals ? 0 : at[2], column = at.back(), in_group = c.channels / c.options.groups,
                      out_group = c.out / c.options.groups;
    const auto joins = [](std::size_t p, std::size_t q, std::size_t t, std::size_t stride,
                          std::size_t padding,
                          std::size_t dilation) { return stride * q + dilation * t == p + padding; };
    double sum = in.size() > 2 ? in[2].value().data()[at[1]] : 0;
    for (std::size_t channel = 0; channel < in_group; ++channel)
        for (std::size_t i = 0; i < c.x.rows; ++i)
            for (std::size_t j = 0; j < c.x.columns; ++j)
                for (std::size_t a = 0; a < c.filter.rows; ++a)
                    for (std::size_t b = 0; b < c.filter.columns; ++b) {
                        const auto& [stride, padding, dilation, groups] = c.options;
                        const bool fits =
                            transpose
                                ? joins(row, i, a, stride.rows, padding.rows, dilation.rows) &&
                                      joins(column, j, b, stride.columns, padding.columns, dilation.columns)
                                : joins(i, row, a, stride.rows, padding.rows, dilation.rows) &&
                                      joins(j, column, b, stride.columns, padding.columns, dilation.columns);
                        if (!fits) continue;
                        const std::size_t from = group * in_group + channel;
                        const std::size_t filter =
                            transpose ? from * out_group + at[1] % out_group : at[1] * in_group + channel;
                        sum += in[0]
                                   .value()
                                   .data()[((at[0] * c.channels + from) * c.x.rows + i) * c.x.columns + j] *
                               in[1].value().data()[(filter * c.filter.rows + a) * c.filter.columns + b];
                    }
    return sum;
}

// A call in the form of signals or of images.
template <class F>
Sample sample_of(const Case& c, bool transpose, bool signals, bool bias, const Pair& extents, F call) {
    const Shape weight = transpose ? shape_of(c.channels, c.out / c.options.groups, c.filter, signals)
                                   : shape_of(c.out, c.channels / c.options.groups, c.filter, signals);
    const Shape x = shape_of(c.batch, c.channels, c.x, signals);
    Tensors<double> inputs;
    for (const Shape& shape : {x, weight}) inputs.push_back(any(shape));
    if (bias) inputs.push_back(any({c.out}));
    const auto& [stride, padding, dilation, groups] = c.options;
    return sample(
        fmt::format("{} with {}{}, stride {}x{}, padding {}x{}, dilation {}x{}, groups {}", to_string(x),
                    to_string(weight), bias ? ", biased" : "", stride.rows, stride.columns, padding.rows,
                    padding.columns, dilation.rows, dilation.columns, groups),
        inputs, [=](const auto& in) { return bias ? call(in[0], in[1], in[2]) : call(in[0], in[1], {}); },
        shape_of(c.batch, c.out, extents, signals),
        [=](const Index& at, const Tensors<double>& in) { return naive(c, transpose, at, in); });
}

Sample convolution(const Case& c, bool signals, bool bias) {
    const auto& [stride, padding, dilation, groups] = c.options;
    const Pair extents{
        convolved(c.x.rows, c.filter.rows, stride.rows, padding.rows, dilation.rows),
        convolved(c.x.columns, c.filter.columns, stride.columns, padding.columns, dilation.columns)};
    if (!signals)
        return sample_of(
            c, false, signals, bias, extents,
            [options = c.options]<class T>(const Tensor<T>& x, const Tensor<T>& w, const Tensor<T>& b) {
                return conv2d(x, w, b, options);
            });
    const Conv1dOptions options{stride.columns, padding.columns, dilation.columns, groups};
    return sample_of(c, false, signals, bias, extents,
                     [options]<class T>(const Tensor<T>& x, const Tensor<T>& w, const Tensor<T>& b) {
                         return conv1d(x, w, b, options);
                     });
}

Sample transpose_of(const Case& c, bool signals, bool bias) {
    const auto& [stride, padding, dilation, groups] = c.options;
    const Pair extents{
        transposed(c.x.rows, c.filter.rows, stride.rows, padding.rows, dilation.rows, c.output_padding.rows),
        transposed(c.x.columns, c.filter.columns, stride.columns, padding.columns, dilation.columns,
                   c.output_padding.columns)};
    if (!signals) {
        const ConvTranspose2dOptions options{stride, padding, dilation, c.output_padding, groups};
        return sample_of(c, true, signals, bias, extents,
                         [options]<class T>(const Tensor<T>& x, const Tensor<T>& w, const Tensor<T>& b) {
                             return conv_transpose2d(x, w, b, options);
                         });
    }
    const ConvTranspose1dOptions options{stride.columns, padding.columns, dilation.columns,
                                         c.output_padding.columns, groups};
    return sample_of(c, true, signals, bias, extents,
                     [options]<class T>(const Tensor<T>& x, const Tensor<T>& w, const Tensor<T>& b) {
                         return conv_transpose1d(x, w, b, options);
                     });
}

const std::vector<Case>& transposed_cases() {
    static const std::vector<Case> all{
        {2, 2, 3, {2, 3}, {3, 2}},
        {2, 2, 2, {2, 2}, {2, 2}},
        {1, 1, 1, {1, 1}, {1, 1}},
        {2, 2, 2, {3, 2}, {2, 3}, {.stride = {2, 3}, .padding = {1, 0}}, {1, 2}},
        {1, 2, 2, {3, 2}, {2, 3}, {.padding = {0, 1}, .dilation = {3, 2}}, {2, 1}},
        {2, 4, 6, {3, 3}, {2, 2}, {.padding = 1, .groups = 2}},
        {1, 2, 1, {2, 2}, {1, 1}, {.stride = 3}, 2},
        {0, 2, 3, {3, 3}, {2, 2}},
        {1, 2, 3, {1, 4}, {1, 3}},
        {2, 2, 2, {1, 3}, {1, 3}},
        {2, 2, 2, {1, 3}, {1, 3}, {.stride = {1, 2}, .padding = {0, 1}, .dilation = {1, 2}}, {0, 1}},
        {1, 4, 2, {1, 4}, {1, 2}, {.groups = 2}},
        {0, 1, 1, {1, 3}, {1, 1}},
    };
    return all;
}

// The samples of the cases in one of the two forms; signals have one row.
template <class F>
Op op_of(std::string declaration, bool signals, const std::vector<Case>& cases, F make,
         std::vector<Invalid> refused) {
    Op op{std::move(declaration), {}, std::move(refused)};
    const auto is_signal = [](const Case& c) { return c.x.rows == 1 && c.filter.rows == 1; };
    for (const Case& c : cases)
        if (!signals || is_signal(c))
            for (const bool bias : {false, true}) op.samples.push_back(make(c, signals, bias));
    op.large = [=] {
        std::vector<Sample> samples;
        for (const Case& c : large_cases())
            if (signals == is_signal(c)) samples.push_back(make(c, signals, true));
        return samples;
    };
    return op;
}

const std::string many = " with 1 to 2^31 - 1 elements along each axis but the first, got ";
const std::string limits = " must be at least 1 and less than 2^31, got 0";

}  // namespace

std::vector<Op> convolution_ops() {
    const auto conv = [](const auto& zeros, const Shape& x, const Shape& weight,
                         const Conv2dOptions& options = {}) { conv2d(zeros(x), zeros(weight), {}, options); };
    const auto conv_t = [](const auto& zeros, const Shape& x, const Shape& weight,
                           const ConvTranspose2dOptions& options = {}) {
        conv_transpose2d(zeros(x), zeros(weight), {}, options);
    };
    return {
        op_of(
            "conv2d(Tensor, Tensor, Tensor, Conv2dOptions)", false, cases(), convolution,
            {invalid<ShapeError>("conv2d: expected x (batch, channels, rows, columns), got (2, 3, 4)",
                                 [=](auto zeros) { conv(zeros, {2, 3, 4}, {1, 3, 1, 1}); }),
             invalid<ShapeError>("conv2d: expected weight (out, channels / groups, rows, columns), got (3)",
                                 [=](auto zeros) { conv(zeros, {2, 3, 4, 4}, {3}); }),
             invalid<ShapeError>("conv2d: expected x" + many + "(2, 3, 0, 4)",
                                 [=](auto zeros) { conv(zeros, {2, 3, 0, 4}, {1, 3, 1, 1}); }),
             invalid<ShapeError>("conv2d: expected weight" + many + "(2, 3, 1, 0)",
                                 [=](auto zeros) { conv(zeros, {2, 3, 4, 4}, {2, 3, 1, 0}); }),
             invalid<ShapeError>(
                 "conv2d: expected x" + many + "(0, 1, 2147483648, 1)",
                 [=](auto zeros) { conv(zeros, {0, 1, std::size_t{1} << 31, 1}, {1, 1, 1, 1}); }),
             invalid<ShapeError>("conv2d: expected 64 channels, got 32: x is (2, 32, 4, 4)",
                                 [=](auto zeros) { conv(zeros, {2, 32, 4, 4}, {1, 64, 1, 1}); }),
             invalid<ShapeError>(
                 "conv2d: expected 4 channels, got 2: x is (2, 2, 4, 4), and weight (2, 2, 1, 1) of 2 groups",
                 [=](auto zeros) { conv(zeros, {2, 2, 4, 4}, {2, 2, 1, 1}, {.groups = 2}); }),
             invalid<ShapeError>("conv2d: the first axis of weight (3, 1, 1, 1) is no multiple of 2 groups",
                                 [=](auto zeros) { conv(zeros, {2, 2, 4, 4}, {3, 1, 1, 1}, {.groups = 2}); }),
             invalid<ShapeError>(
                 "conv2d: expected bias (3), got (1, 3)",
                 [](auto zeros) { conv2d(zeros({2, 1, 4, 4}), zeros({3, 1, 1, 1}), zeros({1, 3})); }),
             invalid<ShapeError>(
                 "conv2d: the filters, 3x2 with dilation 2x1, span 5x2, more than the padded images, 4x6",
                 [=](auto zeros) {
                     conv(zeros, {2, 1, 4, 4}, {1, 1, 3, 2}, {.padding = {0, 1}, .dilation = {2, 1}});
                 }),
             invalid<ShapeError>(too_large("conv2d", "(0, 1, 2147483649, 2147483649)"),
                                 [=](auto zeros) {
                                     conv(zeros, {0, 1, 1, 1}, {1, 1, 1, 1},
                                          {.padding = std::size_t{1} << 30});
                                 }),
             invalid<ShapeError>(too_large("conv2d", "(1048576, 8, 524289, 524289)"),
                                 [=](auto zeros) {
                                     conv(zeros, {std::size_t{1} << 20, 1, 1, 1}, {8, 1, 1, 1},
                                          {.padding = std::size_t{1} << 18});
                                 }),
             invalid<ValueError>(
                 "conv2d: stride" + limits,
                 [=](auto zeros) { conv(zeros, {1, 1, 1, 1}, {1, 1, 1, 1}, {.stride = {1, 0}}); }),
             invalid<ValueError>(
                 "conv2d: dilation" + limits,
                 [=](auto zeros) { conv(zeros, {1, 1, 1, 1}, {1, 1, 1, 1}, {.dilation = 0}); }),
             invalid<ValueError>("conv2d: groups" + limits,
                                 [=](auto zeros) { conv(zeros, {1, 1, 1, 1}, {1, 1, 1, 1}, {.groups = 0}); }),
             invalid<ValueError>("conv2d: padding must be at least 0 and less than 2^31, got 2147483648",
                                 [=](auto zeros) {
                                     conv(zeros, {1, 1, 1, 1}, {1, 1, 1, 1},
                                          {.padding = std::size_t{1} << 31});
                                 })}),
        op_of("conv1d(Tensor, Tensor, Tensor, Conv1dOptions)", true, cases(), convolution,
              {invalid<ShapeError>("conv1d: expected x (batch, channels, length), got (2, 3)",
                                   [](auto zeros) { conv1d(zeros({2, 3}), zeros({1, 3, 1})); }),
               invalid<ShapeError>("conv1d: expected x (batch, channels, length), got (2, 3, 2, 3)",
                                   [](auto zeros) { conv1d(zeros({2, 3, 2, 3}), zeros({1, 3, 1})); }),
               invalid<ShapeError>("conv1d: expected weight" + many + "(1, 3, 0)",
                                   [](auto zeros) { conv1d(zeros({2, 3, 4}), zeros({1, 3, 0})); }),
               invalid<ShapeError>("conv1d: expected 4 channels, got 3: x is (2, 3, 5)",
                                   [](auto zeros) { conv1d(zeros({2, 3, 5}), zeros({1, 4, 1})); }),
               invalid<ShapeError>(
                   "conv1d: the filters, 3 with dilation 2, span 5, more than the padded signals, 4",
                   [](auto zeros) {
                       conv1d(zeros({2, 1, 2}), zeros({1, 1, 3}), {}, {.padding = 1, .dilation = 2});
                   }),
               invalid<ValueError>(
                   "conv1d: stride" + limits,
                   [](auto zeros) { conv1d(zeros({1, 1, 1}), zeros({1, 1, 1}), {}, {.stride = 0}); })}),
        op_of("conv_transpose2d(Tensor, Tensor, Tensor, ConvTranspose2dOptions)", false, transposed_cases(),
              transpose_of,
              {invalid<ShapeError>(
                   "conv_transpose2d: expected weight (channels, out / groups, rows, columns), got (3)",
                   [=](auto zeros) { conv_t(zeros, {2, 3, 4, 4}, {3}); }),
               invalid<ShapeError>("conv_transpose2d: expected x (batch, channels, rows, columns), got (4)",
                                   [=](auto zeros) { conv_t(zeros, {4}, {3, 1, 1, 1}); }),
               invalid<ShapeError>("conv_transpose2d: expected x" + many + "(2, 3, 4, 0)",
                                   [=](auto zeros) { conv_t(zeros, {2, 3, 4, 0}, {3, 1, 1, 1}); }),
               invalid<ShapeError>("conv_transpose2d: expected 3 channels, got 4: x is (2, 4, 4, 4)",
                                   [=](auto zeros) { conv_t(zeros, {2, 4, 4, 4}, {3, 1, 1, 1}); }),
               invalid<ShapeError>(
                   "conv_transpose2d: the first axis of weight (3, 1, 1, 1) is no multiple of 2 groups",
                   [=](auto zeros) { conv_t(zeros, {2, 3, 4, 4}, {3, 1, 1, 1}, {.groups = 2}); }),
               invalid<ShapeError>("conv_transpose2d: expected bias (4), got (2)",
                                   [](auto zeros) {
                                       conv_transpose2d(zeros({2, 2, 4, 4}), zeros({2, 2, 1, 1}), zeros({2}),
                                                        {.groups = 2});
                                   }),
               invalid<ShapeError>(
                   "conv_transpose2d: of 2x2 nothing is left without a padding of 0x1 on either side",
                   [=](auto zeros) { conv_t(zeros, {2, 1, 2, 2}, {1, 1, 1, 1}, {.padding = {0, 1}}); }),
               invalid<ShapeError>(too_large("conv_transpose2d", "(0, 1, 2147483648, 2147483648)"),
                                   [=](auto zeros) {
                                       conv_t(zeros, {0, 1, 2, 2}, {1, 1, 1, 1},
                                              {.stride = (std::size_t{1} << 31) - 1});
                                   }),
               invalid<ValueError>(
                   "conv_transpose2d: dilation" + limits,
                   [=](auto zeros) { conv_t(zeros, {1, 1, 1, 1}, {1, 1, 1, 1}, {.dilation = 0}); }),
               invalid<ValueError>(
                   "conv_transpose2d: output_padding must be less than stride or dilation, got 2, 2 and 1",
                   [=](auto zeros) {
                       conv_t(zeros, {1, 1, 1, 1}, {1, 1, 1, 1},
                              {.stride = {1, 2}, .output_padding = {0, 2}});
                   })}),
        op_of("conv_transpose1d(Tensor, Tensor, Tensor, ConvTranspose1dOptions)", true, transposed_cases(),
              transpose_of,
              {invalid<ShapeError>("conv_transpose1d: expected x (batch, channels, length), got (2, 3)",
                                   [](auto zeros) { conv_transpose1d(zeros({2, 3}), zeros({3, 1, 1})); }),
               invalid<ShapeError>(
                   "conv_transpose1d: of 2 nothing is left without a padding of 1 on either side",
                   [](auto zeros) {
                       conv_transpose1d(zeros({2, 1, 2}), zeros({1, 1, 1}), {}, {.padding = 1});
                   }),
               invalid<ValueError>(
                   "conv_transpose1d: output_padding must be less than stride or dilation, got 1, 1 and 1",
                   [](auto zeros) {
                       conv_transpose1d(zeros({2, 1, 2}), zeros({1, 1, 1}), {}, {.output_padding = 1});
                   })}),
    };
}

}  // namespace xgrad::registry
