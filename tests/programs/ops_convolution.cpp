#include "families.hpp"

// Convolutions, their transposes, pooling and upsampling. Operands are images, or signals, without their
// first axes of one element.
namespace xgrad::programs {
namespace {

Shape with_axes(const Shape& shape, std::size_t count) {
    Shape result(count - shape.size(), 1);
    result.insert(result.end(), shape.begin(), shape.end());
    return result;
}

Accepts has_elements(std::size_t most_axes) {
    return [=](const JetArray& x) { return x.shape.size() <= most_axes && !x.data.empty(); };
}

struct Options {
    std::size_t stride, padding;
};

// The sum of x[n, c, p] w[o, c, t] (of a transpose w[c, o, t]) over c, p and t where, along each axis, the
// position in y, the tap and the position in x belong together.
JetArray convolved(const JetArray& x, const JetArray& w, const Shape& shape, const Options& options,
                   bool transpose) {
    const auto joins = [&](std::size_t p, std::size_t q, std::size_t t) {
        return options.stride * q + t == p + options.padding;
    };
    return generate(shape, [&](const Index& at) {
        Jet sum = 0;
        const Shape& filters = w.shape;
        for (std::size_t i = 0; i < x.data.size(); ++i) {
            const Index from = registry::unflatten(x.shape, i);
            if (from[0] != at[0]) continue;
            for (std::size_t tap = 0; tap < size_of(filters); ++tap) {
                const Index t = registry::unflatten(filters, tap);
                bool fits = t[transpose ? 0 : 1] == from[1] && t[transpose ? 1 : 0] == at[1];
                for (std::size_t axis = 2; axis < shape.size(); ++axis)
                    fits = fits && (transpose ? joins(at[axis], from[axis], t[axis])
                                              : joins(from[axis], at[axis], t[axis]));
                if (fits) sum = sum + x.data[i] * w.data[tap];
            }
        }
        return sum;
    });
}

// `call` takes x, weight, bias and Options, with all axes.
template <class F>
ProgramOp convolution(std::string declaration, std::size_t axes, bool transpose, F call) {
    return {std::move(declaration), [=](Draft& draft) {
                const Options options{draft.one_of<std::size_t>({1, 2}), draft.one_of<std::size_t>({0, 1})};
                const bool biased = draft.below(2) == 1;
                JetArray x = draft.operand(has_elements(axes));
                x.shape = with_axes(x.shape, axes);
                JetArray w = draft.operand([&](const JetArray& given) {
                    if (!has_elements(axes)(given)) return false;
                    const Shape filters = with_axes(given.shape, axes);
                    bool fits = filters[transpose ? 0 : 1] == x.shape[1];
                    for (std::size_t axis = 2; axis < axes; ++axis)
                        fits = fits && (transpose ? options.stride * (x.shape[axis] - 1) + filters[axis] >
                                                        2 * options.padding
                                                  : filters[axis] <= x.shape[axis] + 2 * options.padding);
                    return fits;
                });
                w.shape = with_axes(w.shape, axes);
                Shape shape{x.shape[0], w.shape[transpose ? 1 : 0]};
                for (std::size_t axis = 2; axis < axes; ++axis)
                    shape.push_back(
                        transpose
                            ? options.stride * (x.shape[axis] - 1) + w.shape[axis] - 2 * options.padding
                            : (x.shape[axis] + 2 * options.padding - w.shape[axis]) / options.stride + 1);
                JetArray y = convolved(x, w, shape, options, transpose);
                if (biased) {
                    JetArray bias = draft.operand(of_shape({shape[1]}));
                    bias.shape = Shape(axes - 1, 1);
                    bias.shape[0] = shape[1];
                    y = elementwise([](const Jet& a, const Jet& b) { return a + b; }, y, bias);
                }
                return Step{std::move(y),
                            [=, from = x.shape, filters = w.shape](const auto& in) {
                                return call(reshape(in[0], from), reshape(in[1], filters),
                                            biased ? in[2] : Tensor<double>(), options);
                            },
                            fmt::format(", stride {}, padding {}", options.stride, options.padding)};
            }};
}

// The result, of the last axes of x. Axes that are no image's have one element.
using Formula = std::function<Jet(const std::vector<Jet>&)>;

// Windows of one or two elements along each axis, next to each other or overlapping.
template <class F>
ProgramOp pooling(std::string declaration, std::size_t axes, F call, const Formula& formula) {
    return {std::move(declaration), [=](Draft& draft) {
                const std::size_t window = draft.one_of<std::size_t>({2, 1}),
                                  stride = draft.one_of<std::size_t>({1, 2});
                JetArray x = draft.operand(has_elements(axes));
                x.shape = with_axes(x.shape, axes);
                Shape shape{x.shape[0], x.shape[1]};
                for (std::size_t axis = 2; axis < axes; ++axis) {
                    if (x.shape[axis] < window) Draft::reject();
                    shape.push_back((x.shape[axis] - window) / stride + 1);
                }
                JetArray y = generate(shape, [&](const Index& at) {
                    Shape extents(axes - 2, window);
                    std::vector<Jet> elements;
                    for (std::size_t i = 0; i < size_of(extents); ++i) {
                        Index from = at;
                        const Index within = registry::unflatten(extents, i);
                        for (std::size_t axis = 2; axis < axes; ++axis)
                            from[axis] = at[axis] * stride + within[axis - 2];
                        elements.push_back(x.at(from));
                    }
                    return formula(elements);
                });
                return Step{std::move(y),
                            [=, from = x.shape](const auto& in) {
                                return call(reshape(in[0], from), window, stride);
                            },
                            fmt::format(", window {}, stride {}", window, stride)};
            }};
}

// To one, two or three elements along each axis; `begin` and `end` of the elements that count, for i of count
// of n.
using Bound = std::size_t (*)(std::size_t i, std::size_t n, std::size_t count);
template <class F>
ProgramOp resizing(std::string declaration, std::size_t axes, F call, Bound begin, Bound end) {
    return {std::move(declaration), [=](Draft& draft) {
                const std::size_t count = draft.one_of<std::size_t>({2, 1, 3});
                JetArray x = draft.operand(has_elements(axes));
                x.shape = with_axes(x.shape, axes);
                Shape shape(axes, count);
                std::copy_n(x.shape.begin(), 2, shape.begin());
                JetArray y = generate(shape, [&](const Index& at) {
                    std::vector<Jet> elements;
                    for (std::size_t i = 0; i < x.data.size(); ++i) {
                        const Index from = registry::unflatten(x.shape, i);
                        bool counts = from[0] == at[0] && from[1] == at[1];
                        for (std::size_t axis = 2; axis < axes; ++axis)
                            counts = counts && begin(at[axis], x.shape[axis], count) <= from[axis] &&
                                     from[axis] < end(at[axis], x.shape[axis], count);
                        if (counts) elements.push_back(x.data[i]);
                    }
                    return mean(elements);
                });
                return Step{std::move(y),
                            [=, from = x.shape](const auto& in) { return call(reshape(in[0], from), count); },
                            fmt::format(", {}", count)};
            }};
}

}  // namespace

std::vector<ProgramOp> convolution_ops() {
    using D = Tensor<double>;
    const Bound from = [](std::size_t i, std::size_t n, std::size_t count) { return i * n / count; };
    const Bound to = [](std::size_t i, std::size_t n, std::size_t count) {
        return ((i + 1) * n + count - 1) / count;
    };
    const Bound behind = [](std::size_t i, std::size_t n, std::size_t count) { return i * n / count + 1; };
    return {
        pooling(
            "max_pool2d(Tensor, Pair, MaxPool2dOptions)", 4,
            [](const D& x, std::size_t window, std::size_t stride) {
                return max_pool2d(x, window, {.stride = stride});
            },
            amax),
        pooling(
            "max_pool1d(Tensor, size_t, MaxPool1dOptions)", 3,
            [](const D& x, std::size_t window, std::size_t stride) {
                return max_pool1d(x, window, {.stride = stride});
            },
            amax),
        pooling(
            "avg_pool2d(Tensor, Pair, AvgPool2dOptions)", 4,
            [](const D& x, std::size_t window, std::size_t stride) {
                return avg_pool2d(x, window, {.stride = stride});
            },
            mean),
        pooling(
            "avg_pool1d(Tensor, size_t, AvgPool1dOptions)", 3,
            [](const D& x, std::size_t window, std::size_t stride) {
                return avg_pool1d(x, window, {.stride = stride});
            },
            mean),
        resizing(
            "adaptive_avg_pool2d(Tensor, Pair)", 4,
            [](const D& x, std::size_t count) { return adaptive_avg_pool2d(x, count); }, from, to),
        resizing(
            "adaptive_avg_pool1d(Tensor, size_t)", 3,
            [](const D& x, std::size_t count) { return adaptive_avg_pool1d(x, count); }, from, to),
        resizing(
            "upsample_nearest2d(Tensor, Pair)", 4,
            [](const D& x, std::size_t count) { return upsample_nearest2d(x, count); }, from, behind),
        resizing(
            "upsample_nearest1d(Tensor, size_t)", 3,
            [](const D& x, std::size_t count) { return upsample_nearest1d(x, count); }, from, behind),
        convolution("conv2d(Tensor, Tensor, Tensor, Conv2dOptions)", 4, false,
                    [](const D& x, const D& w, const D& b, const Options& o) {
                        return conv2d(x, w, b, {o.stride, o.padding});
                    }),
        convolution("conv1d(Tensor, Tensor, Tensor, Conv1dOptions)", 3, false,
                    [](const D& x, const D& w, const D& b, const Options& o) {
                        return conv1d(x, w, b, {o.stride, o.padding});
                    }),
        convolution("conv_transpose2d(Tensor, Tensor, Tensor, ConvTranspose2dOptions)", 4, true,
                    [](const D& x, const D& w, const D& b, const Options& o) {
                        return conv_transpose2d(x, w, b, {o.stride, o.padding});
                    }),
        convolution("conv_transpose1d(Tensor, Tensor, Tensor, ConvTranspose1dOptions)", 3, true,
                    [](const D& x, const D& w, const D& b, const Options& o) {
                        return conv_transpose1d(x, w, b, {o.stride, o.padding});
                    }),
    };
}

}  // namespace xgrad::programs
