#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/image_op.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/kernels/convolution.hpp>

namespace xgrad {
namespace {

using detail::ImageOp;
using detail::plane;

// A convolution and the op that it is called in errors.
struct Geometry {
    const char* op;
    kernels::Convolution extents;
};

// The three bilinear maps. The gradients of each are the other two, so that they can be differentiated any
// number of times.
template <class T>
Tensor<T> images(const Geometry& geometry, const Tensor<T>& x, const Tensor<T>& weight,
                 const Tensor<T>& bias = {});
template <class T>
Tensor<T> input_gradient(const Geometry& geometry, const Tensor<T>& weight, const Tensor<T>& dy);
template <class T>
Tensor<T> weight_gradient(const Geometry& geometry, const Tensor<T>& x, const Tensor<T>& dy);

template <class T>
Tensor<T> images(const Geometry& geometry, const Tensor<T>& x, const Tensor<T>& weight,
                 const Tensor<T>& bias) {
    const kernels::Convolution& c = geometry.extents;
    Array<T> y(Shape{c.batch, c.out_channels, c.output[0], c.output[1]});
    kernels::convolve(c, x.value().data(), weight.value().data(),
                      bias.defined() ? bias.value().data() : nullptr, y.data());
    return record(
        geometry.op, Tensor<T>(std::move(y)), Inputs<T, 3>{&x, &weight, bias.defined() ? &bias : nullptr},
        [geometry](const auto& dy, const auto& needed, const auto& input, const auto& w) {
            return std::array<Tensor<T>, 3>{needed[0] ? input_gradient(geometry, w, dy) : Tensor<T>(),
                                            needed[1] ? weight_gradient(geometry, input, dy) : Tensor<T>(),
                                            needed[2] ? sum(dy, {0, 2, 3}) : Tensor<T>()};
        },
        saves(x, weight));
}

template <class T>
Tensor<T> input_gradient(const Geometry& geometry, const Tensor<T>& weight, const Tensor<T>& dy) {
    const kernels::Convolution& c = geometry.extents;
    Array<T> dx(Shape{c.batch, c.in_channels, c.input[0], c.input[1]});
    kernels::convolve_input_gradient(c, weight.value().data(), dy.value().data(), dx.data());
    return record(
        geometry.op, Tensor<T>(std::move(dx)),
        Edge{weight, [geometry](const auto& d, const auto& g) { return weight_gradient(geometry, d, g); },
             saves(dy)},
        Edge{dy, [geometry](const auto& d, const auto& w) { return images(geometry, d, w); }, saves(weight)});
}

template <class T>
Tensor<T> weight_gradient(const Geometry& geometry, const Tensor<T>& x, const Tensor<T>& dy) {
    const kernels::Convolution& c = geometry.extents;
    Array<T> dw(Shape{c.out_channels, c.in_channels / c.groups, c.kernel[0], c.kernel[1]});
    kernels::convolve_weight_gradient(c, x.value().data(), dy.value().data(), dw.data());
    return record(
        geometry.op, Tensor<T>(std::move(dw)),
        Edge{x, [geometry](const auto& d, const auto& g) { return input_gradient(geometry, d, g); },
             saves(dy)},
        Edge{dy, [geometry](const auto& d, const auto& input) { return images(geometry, input, d); },
             saves(x)});
}

// Checks what all have in common. `x_channels`, `out`: as the weight says.
template <class T>
void check_operands(const ImageOp& op, const Tensor<T>& x, std::size_t x_channels, const Tensor<T>& weight,
                    std::size_t groups, const Tensor<T>& bias, std::size_t out) {
    if (weight.shape()[0] % groups != 0)
        op.refuse("the first axis of weight {} is no multiple of {} groups", op.shown(weight.shape()),
                  groups);
    if (x.shape()[1] != x_channels)
        op.refuse("expected x (batch, {}, {}), got {}: {} != {}", x_channels, op.axes(), op.shown(x.shape()),
                  x_channels, x.shape()[1]);
    if (bias.defined() && bias.shape() != Shape{out})
        op.refuse("expected bias ({}), got {}", out, to_string(bias.shape()));
}

template <class T>
Tensor<T> convolution(const ImageOp& op, const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                      const Conv2dOptions& options) {
    op.check_options({{"stride", options.stride, 1},
                      {"padding", options.padding, 0},
                      {"dilation", options.dilation, 1},
                      {"groups", options.groups, 1}});
    op.check_extents("x", x);
    op.check_extents("weight", weight);
    const Shape &from = x.shape(), &filters = weight.shape();
    kernels::Convolution c{from[0],
                           filters[1] * options.groups,
                           filters[0],
                           options.groups,
                           {from[2], from[3]},
                           {filters[2], filters[3]},
                           {},
                           plane(options.stride),
                           plane(options.padding),
                           plane(options.dilation)};
    check_operands(op, x, c.in_channels, weight, options.groups, bias, c.out_channels);
    kernels::Plane span, padded;
    for (const std::size_t axis : {0U, 1U}) {
        span[axis] = c.dilation[axis] * (c.kernel[axis] - 1) + 1;
        padded[axis] = c.input[axis] + 2 * c.padding[axis];
    }
    if (span[0] > padded[0] || span[1] > padded[1])
        op.refuse("the filters, {} with dilation {}, span {}, more than the padded {}, {}",
                  op.shown(c.kernel), op.shown(c.dilation), op.shown(span), op.operands(), op.shown(padded));
    for (const std::size_t axis : {0U, 1U}) c.output[axis] = (padded[axis] - span[axis]) / c.stride[axis] + 1;
    checked_size(op.name, {c.batch, c.in_channels, padded[0], padded[1]});
    checked_size(op.name, {c.batch, c.out_channels, c.output[0], c.output[1]});
    return images({op.name, c}, x, weight, bias);
}

template <class T>
Tensor<T> transposed_convolution(const ImageOp& op, const Tensor<T>& x, const Tensor<T>& weight,
                                 const Tensor<T>& bias, const ConvTranspose2dOptions& options) {
    op.check_options({{"stride", options.stride, 1},
                      {"padding", options.padding, 0},
                      {"dilation", options.dilation, 1},
                      {"groups", options.groups, 1}});
    op.check_extents("x", x);
    op.check_extents("weight", weight);
    const Shape &from = x.shape(), &filters = weight.shape();
    kernels::Convolution c{from[0],
                           filters[1] * options.groups,
                           filters[0],
                           options.groups,
                           {},
                           {filters[2], filters[3]},
                           {from[2], from[3]},
                           plane(options.stride),
                           plane(options.padding),
                           plane(options.dilation)};
    check_operands(op, x, c.out_channels, weight, options.groups, bias, c.in_channels);
    const kernels::Plane added = plane(options.output_padding);
    kernels::Plane padded;
    for (const std::size_t axis : {0U, 1U}) {
        if (added[axis] >= std::max(c.stride[axis], c.dilation[axis]))
            fail<ValueError>(
                op.name, fmt::format("output_padding must be less than stride or dilation, got {}, {} and {}",
                                     added[axis], c.stride[axis], c.dilation[axis]));
        padded[axis] =
            c.stride[axis] * (c.output[axis] - 1) + c.dilation[axis] * (c.kernel[axis] - 1) + added[axis] + 1;
        c.input[axis] = padded[axis] - std::min(padded[axis], 2 * c.padding[axis]);
    }
    if (kernels::Plane none{}; c.input[0] == none[0] || c.input[1] == none[1])
        op.refuse("of {} nothing is left without a padding of {} on either side", op.shown(padded),
                  op.shown(c.padding));
    checked_size(op.name, {c.batch, c.in_channels, padded[0], padded[1]});
    const Tensor<T> y = input_gradient({op.name, c}, weight, x);
    return bias.defined() ? y + reshape(bias, Shape{c.in_channels, 1, 1}) : y;
}

constexpr const char *x_axes = "batch, channels", *filter_axes = "out, channels / groups",
                     *transposed_filter_axes = "channels, out / groups";

}  // namespace

template <class T>
Tensor<T> conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                 const Conv2dOptions& options) {
    constexpr ImageOp op{"conv2d", false};
    op.check_rank("x", x_axes, x);
    op.check_rank("weight", filter_axes, weight);
    return convolution(op, x, weight, bias, options);
}

template <class T>
Tensor<T> conv1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                 const Conv1dOptions& options) {
    constexpr ImageOp op{"conv1d", true};
    const ComposedOp composed(op.name, x, weight, bias.defined() ? bias : weight);
    op.check_rank("x", x_axes, x);
    op.check_rank("weight", filter_axes, weight);
    const auto& [stride, padding, dilation, groups] = options;
    return squeeze(convolution(op, unsqueeze(x, 2), unsqueeze(weight, 2), bias,
                               {{1, stride}, {0, padding}, {1, dilation}, groups}),
                   2);
}

template <class T>
Tensor<T> conv_transpose2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                           const ConvTranspose2dOptions& options) {
    constexpr ImageOp op{"conv_transpose2d", false};
    const ComposedOp composed(op.name, x, weight, bias.defined() ? bias : weight);
    op.check_rank("x", x_axes, x);
    op.check_rank("weight", transposed_filter_axes, weight);
    return transposed_convolution(op, x, weight, bias, options);
}

template <class T>
Tensor<T> conv_transpose1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                           const ConvTranspose1dOptions& options) {
    constexpr ImageOp op{"conv_transpose1d", true};
    const ComposedOp composed(op.name, x, weight, bias.defined() ? bias : weight);
    op.check_rank("x", x_axes, x);
    op.check_rank("weight", transposed_filter_axes, weight);
    const auto& [stride, padding, dilation, output_padding, groups] = options;
    return squeeze(
        transposed_convolution(op, unsqueeze(x, 2), unsqueeze(weight, 2), bias,
                               {{1, stride}, {0, padding}, {1, dilation}, {0, output_padding}, groups}),
        2);
}

#define INSTANTIATE(op, Options)                                                                    \
    template Tensor<float> op(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&,     \
                              const Options&);                                                      \
    template Tensor<double> op(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&, \
                               const Options&);
INSTANTIATE(conv2d, Conv2dOptions)
INSTANTIATE(conv1d, Conv1dOptions)
INSTANTIATE(conv_transpose2d, ConvTranspose2dOptions)
INSTANTIATE(conv_transpose1d, ConvTranspose1dOptions)

}  // namespace xgrad
