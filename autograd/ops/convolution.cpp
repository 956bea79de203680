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

// The extents but for those of the result, checked; of a transpose, x is where a convolution's result is.
template <class T, class Options>
kernels::Convolution checked_extents(const ImageOp& op, const Tensor<T>& x, const Tensor<T>& weight,
                                     const Tensor<T>& bias, const Options& options, Transpose transpose) {
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
                           {},
                           plane(options.stride),
                           plane(options.padding),
                           plane(options.dilation)};
    const bool flipped = transpose == Transpose::yes;
    (flipped ? c.output : c.input) = kernels::Plane{from[2], from[3]};
    const std::size_t in = flipped ? c.out_channels : c.in_channels,
                      out = flipped ? c.in_channels : c.out_channels;
    if (filters[0] % options.groups != 0)
        op.refuse("the first axis of weight {} is no multiple of {} groups", op.shown(filters),
                  options.groups);
    if (from[1] != in)
        op.refuse("expected {} channels, got {}: x is {}{}", in, from[1], op.shown(from),
                  options.groups == 1
                      ? ""
                      : fmt::format(", and weight {} of {} groups", op.shown(filters), options.groups));
    if (bias.defined() && bias.shape() != Shape{out})
        op.refuse("expected bias ({}), got {}", out, to_string(bias.shape()));
    return c;
}

constexpr const char* x_axes = "batch, channels";

template <class T>
Tensor<T> convolution(const ImageOp& op, const Tensor<T>& given_x, const Tensor<T>& given_weight,
                      const Tensor<T>& bias, const Conv2dOptions& options) {
    const ComposedOp composed(op.name, given_x, given_weight, bias.defined() ? bias : given_weight);
    const Tensor<T> x = op.as_images("x", x_axes, given_x),
                    weight = op.as_images("weight", "out, channels / groups", given_weight);
    kernels::Convolution c = checked_extents(op, x, weight, bias, options, Transpose::no);
    kernels::Plane span, padded;
    for (const std::size_t axis : {0U, 1U}) {
        span[axis] = c.dilation[axis] * (c.kernel[axis] - 1) + 1;
        padded[axis] = c.input[axis] + 2 * c.padding[axis];
    }
    if (span[0] > padded[0] || span[1] > padded[1])
        op.refuse("the filters, {}, span {}, more than the padded {}, {}", op.shown(c.kernel, c.dilation),
                  op.shown(span), op.operands(), op.shown(padded));
    for (const std::size_t axis : {0U, 1U}) c.output[axis] = (padded[axis] - span[axis]) / c.stride[axis] + 1;
    checked_size(op.name, {c.batch, c.in_channels, padded[0], padded[1]});
    checked_size(op.name, {c.batch, c.out_channels, c.output[0], c.output[1]});
    return op.as_given(images({op.name, c}, x, weight, bias));
}

template <class T>
Tensor<T> transposed_convolution(const ImageOp& op, const Tensor<T>& given_x, const Tensor<T>& given_weight,
                                 const Tensor<T>& bias, const ConvTranspose2dOptions& options) {
    const ComposedOp composed(op.name, given_x, given_weight, bias.defined() ? bias : given_weight);
    const Tensor<T> x = op.as_images("x", x_axes, given_x),
                    weight = op.as_images("weight", "channels, out / groups", given_weight);
    kernels::Convolution c = checked_extents(op, x, weight, bias, options, Transpose::yes);
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
    if (c.input[0] == 0 || c.input[1] == 0)
        op.refuse("of {} nothing is left without a padding of {} on either side", op.shown(padded),
                  op.shown(c.padding));
    checked_size(op.name, {c.batch, c.in_channels, padded[0], padded[1]});
    const Tensor<T> y = input_gradient({op.name, c}, weight, x);
    return op.as_given(bias.defined() ? y + reshape(bias, Shape{c.in_channels, 1, 1}) : y);
}

}  // namespace

template <class T>
Tensor<T> conv2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                 const Conv2dOptions& options) {
    return convolution({"conv2d", false}, x, weight, bias, options);
}

template <class T>
Tensor<T> conv1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                 const Conv1dOptions& options) {
    const auto& [stride, padding, dilation, groups] = options;
    return convolution({"conv1d", true}, x, weight, bias, {{1, stride}, {0, padding}, {1, dilation}, groups});
}

template <class T>
Tensor<T> conv_transpose2d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                           const ConvTranspose2dOptions& options) {
    return transposed_convolution({"conv_transpose2d", false}, x, weight, bias, options);
}

template <class T>
Tensor<T> conv_transpose1d(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias,
                           const ConvTranspose1dOptions& options) {
    const auto& [stride, padding, dilation, output_padding, groups] = options;
    return transposed_convolution({"conv_transpose1d", true}, x, weight, bias,
                                  {{1, stride}, {0, padding}, {1, dilation}, {0, output_padding}, groups});
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
