#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/image_op.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/kernels/pooling.hpp>

namespace xgrad {
namespace {

using detail::ImageOp;
using kernels::Plane;
using kernels::Pooling;
using kernels::Stretch;

Shape pooled_shape(const Shape& x, const Pooling& pooling) {
    return {x[0], x[1], pooling.rows.size(), pooling.columns.size()};
}

// The mean of windows and its gradient, each the other's derivative.
template <class T>
Tensor<T> spread(const char* op, const Tensor<T>& dy, const Shape& shape, const Pooling& pooling);

template <class T>
Tensor<T> averaged(const char* op, const Tensor<T>& x, const Pooling& pooling) {
    const Shape& shape = x.shape();
    Array<T> y(pooled_shape(shape, pooling));
    kernels::average_pool(shape[0] * shape[1], pooling, x.value().data(), y.data());
    return record(op, Tensor<T>(std::move(y)),
                  Edge{x, [op, shape, pooling](const auto& dy) { return spread(op, dy, shape, pooling); }});
}

template <class T>
Tensor<T> spread(const char* op, const Tensor<T>& dy, const Shape& shape, const Pooling& pooling) {
    Array<T> dx(shape);
    kernels::average_pool_gradient(shape[0] * shape[1], pooling, dy.value().data(), dx.data());
    return record(op, Tensor<T>(std::move(dx)),
                  Edge{dy, [op, pooling](const auto& d) { return averaged(op, d, pooling); }});
}

// The window and its options along both axes, checked.
struct Window {
    const ImageOp& op;
    Plane extent, stride, padding, dilation;
    bool ceil_mode, count_zeros;

    Window(const ImageOp& of_op, const Pair& window, const std::optional<Pair>& given_stride,
           const Pair& of_padding, const Pair& of_dilation, bool ceil, bool count)
        : op(of_op),
          extent(detail::plane(window)),
          stride(detail::plane(given_stride.value_or(window))),
          padding(detail::plane(of_padding)),
          dilation(detail::plane(of_dilation)),
          ceil_mode(ceil),
          count_zeros(count) {
        op.check_options({{"the window", window, 1},
                          {"stride", given_stride.value_or(window), 1},
                          {"padding", of_padding, 0},
                          {"dilation", of_dilation, 1}});
        for (const std::size_t axis : {0U, 1U})
            if (padding[axis] > span(axis) / 2)
                fail<ValueError>(
                    op.name,
                    fmt::format("padding must be at most half of what the window spans, got {} and {}",
                                padding[axis], span(axis)));
    }

    std::size_t span(std::size_t axis) const { return dilation[axis] * (extent[axis] - 1) + 1; }

    // As many as PyTorch's.
    std::vector<Stretch> along(std::size_t axis, std::size_t n) const {
        const std::size_t zeros = padding[axis], step = stride[axis],
                          room = n + 2 * zeros + (ceil_mode ? step - 1 : 0);
        if (room < span(axis)) return {};
        std::size_t count = (room - span(axis)) / step + 1;
        if (ceil_mode && (count - 1) * step >= n + zeros) --count;
        std::vector<Stretch> stretches;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t first = i * step,
                              end = std::min(first + span(axis), n + 2 * zeros);  // from the first zero on
            const std::size_t left =
                first < zeros ? (zeros - first + dilation[axis] - 1) / dilation[axis] * dilation[axis] : 0;
            const std::size_t begin = first + left - zeros, last = std::min(end > zeros ? end - zeros : 0, n);
            stretches.push_back({begin, last, count_zeros ? end - first : last - begin});
        }
        return stretches;
    }

    template <class T>
    Pooling over(const Tensor<T>& x) const {
        op.check_extents("x", x);
        const std::size_t rows = x.shape()[2], columns = x.shape()[3];
        Pooling pooling{{rows, columns}, along(0, rows), along(1, columns), dilation};
        if (pooling.outputs() == 0)
            op.refuse("the window, {}, has no room in the padded {}, {}", op.shown(extent, dilation),
                      op.operands(), op.shown(Plane{rows + 2 * padding[0], columns + 2 * padding[1]}));
        for (const auto* stretches : {&pooling.rows, &pooling.columns})
            for (const Stretch& stretch : *stretches)
                if (stretch.begin >= stretch.end)
                    op.refuse("a window, {}, has no element of the {}, {}", op.shown(extent, dilation),
                              op.operands(), op.shown(pooling.input));
        return pooling;
    }
};

// Windows of equal parts.
std::vector<Stretch> parts(std::size_t n, std::size_t count) {
    std::vector<Stretch> stretches;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t begin = i * n / count, end = ((i + 1) * n + count - 1) / count;
        stretches.push_back({begin, end, end - begin});
    }
    return stretches;
}

template <class T>
Tensor<T> as_images(const ImageOp& op, const Tensor<T>& x) {
    return op.as_images("x", "batch, channels", x);
}

template <class T>
Tensor<T> max_pool(const ImageOp& op, const Tensor<T>& given, const Pair& window,
                   const MaxPool2dOptions& options) {
    const ComposedOp composed(op.name, given);
    const Tensor<T> x = as_images(op, given);
    const auto& [stride, padding, dilation, ceil_mode] = options;
    const Pooling pooling = Window(op, window, stride, padding, dilation, ceil_mode, false).over(x);
    if (pooling.input[0] * pooling.input[1] >= ImageOp::limit)
        op.refuse("expected {} of less than 2^31 pixels, whose positions are kept, got x {}", op.operands(),
                  op.shown(x.shape()));
    const std::size_t planes = x.shape()[0] * x.shape()[1];
    Array<T> y(pooled_shape(x.shape(), pooling));
    Array<std::int32_t> positions(Shape{planes, pooling.outputs()});
    kernels::max_pool(planes, pooling, x.value().data(), y.data(), positions.data());
    return op.as_given(record(
        op.name, Tensor<T>(std::move(y)),
        Edge{x,
             [shape = x.shape()](const auto& dy, const Indices& taken) {
                 if (!is_recording<T>()) {
                     Array<T> dx(shape);
                     kernels::max_pool_gradient(taken.shape()[0], shape[2] * shape[3], taken.shape()[1],
                                                taken.data(), dy.value().data(), dx.data());
                     return Tensor<T>(std::move(dx));
                 }
                 const Shape flat{taken.shape()[0], shape[2] * shape[3]};
                 return reshape(scatter_add(zeros<T>(flat), 1, taken, reshape(dy, taken.shape())), shape);
             },
             saves(Indices(std::move(positions)))}));
}

template <class T>
Tensor<T> avg_pool(const ImageOp& op, const Tensor<T>& given, const Pair& window,
                   const AvgPool2dOptions& options) {
    const ComposedOp composed(op.name, given);
    const Tensor<T> x = as_images(op, given);
    const auto& [stride, padding, ceil_mode, count_include_pad] = options;
    return op.as_given(
        averaged(op.name, x, Window(op, window, stride, padding, 1, ceil_mode, count_include_pad).over(x)));
}

// Of ops whose result has given extents.
template <class T>
void check_resized(const ImageOp& op, const Tensor<T>& x, const Pair& extents) {
    op.check_extents("x", x);
    if (extents.rows == 0 || extents.columns == 0)
        op.refuse("expected a result with elements, got extents {}", op.shown(detail::plane(extents)));
    checked_size(op.name, {x.shape()[0], x.shape()[1], extents.rows, extents.columns});
}

template <class T>
Tensor<T> adaptive_avg_pool(const ImageOp& op, const Tensor<T>& given, const Pair& extents) {
    const ComposedOp composed(op.name, given);
    const Tensor<T> x = as_images(op, given);
    check_resized(op, x, extents);
    const std::size_t rows = x.shape()[2], columns = x.shape()[3];
    return op.as_given(averaged(
        op.name, x, {{rows, columns}, parts(rows, extents.rows), parts(columns, extents.columns), {1, 1}}));
}

template <class T>
Tensor<T> upsample(const ImageOp& op, const Tensor<T>& given, const Pair& extents) {
    const ComposedOp composed(op.name, given);
    const Tensor<T> x = as_images(op, given);
    check_resized(op, x, extents);
    const auto repeated = [&](const Tensor<T>& images, std::size_t axis, std::size_t count) {
        const std::size_t n = images.shape()[axis];
        std::vector<std::int32_t> from(count);
        for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::int32_t>(i * n / count);
        return index_select(images, static_cast<std::ptrdiff_t>(axis), from);
    };
    return op.as_given(repeated(repeated(x, 3, extents.columns), 2, extents.rows));
}

}  // namespace

template <class T>
Tensor<T> max_pool2d(const Tensor<T>& x, const Pair& window, const MaxPool2dOptions& options) {
    return max_pool({"max_pool2d", false}, x, window, options);
}

template <class T>
Tensor<T> max_pool1d(const Tensor<T>& x, std::size_t window, const MaxPool1dOptions& options) {
    const auto& [stride, padding, dilation, ceil_mode] = options;
    return max_pool({"max_pool1d", true}, x, {1, window},
                    {Pair(1, stride.value_or(window)), {0, padding}, {1, dilation}, ceil_mode});
}

template <class T>
Tensor<T> avg_pool2d(const Tensor<T>& x, const Pair& window, const AvgPool2dOptions& options) {
    return avg_pool({"avg_pool2d", false}, x, window, options);
}

template <class T>
Tensor<T> avg_pool1d(const Tensor<T>& x, std::size_t window, const AvgPool1dOptions& options) {
    const auto& [stride, padding, ceil_mode, count_include_pad] = options;
    return avg_pool({"avg_pool1d", true}, x, {1, window},
                    {Pair(1, stride.value_or(window)), {0, padding}, ceil_mode, count_include_pad});
}

template <class T>
Tensor<T> adaptive_avg_pool2d(const Tensor<T>& x, const Pair& extents) {
    return adaptive_avg_pool({"adaptive_avg_pool2d", false}, x, extents);
}

template <class T>
Tensor<T> adaptive_avg_pool1d(const Tensor<T>& x, std::size_t extent) {
    return adaptive_avg_pool({"adaptive_avg_pool1d", true}, x, {1, extent});
}

template <class T>
Tensor<T> upsample_nearest2d(const Tensor<T>& x, const Pair& extents) {
    return upsample({"upsample_nearest2d", false}, x, extents);
}

template <class T>
Tensor<T> upsample_nearest1d(const Tensor<T>& x, std::size_t extent) {
    return upsample({"upsample_nearest1d", true}, x, {1, extent});
}

INSTANTIATE_UNARY(max_pool2d, const Pair&, const MaxPool2dOptions&)
INSTANTIATE_UNARY(max_pool1d, std::size_t, const MaxPool1dOptions&)
INSTANTIATE_UNARY(avg_pool2d, const Pair&, const AvgPool2dOptions&)
INSTANTIATE_UNARY(avg_pool1d, std::size_t, const AvgPool1dOptions&)
INSTANTIATE_UNARY(adaptive_avg_pool2d, const Pair&)
INSTANTIATE_UNARY(adaptive_avg_pool1d, std::size_t)
INSTANTIATE_UNARY(upsample_nearest2d, const Pair&)
INSTANTIATE_UNARY(upsample_nearest1d, std::size_t)

}  // namespace xgrad
