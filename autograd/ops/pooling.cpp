#include <algorithm>
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
    const Shape shape = x.shape();
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

// The window and its options along both axes.
struct Window {
    Plane extent, stride, padding, dilation;
    bool ceil_mode, count_zeros;

    Window(const Pair& window, const Pair& of_stride, const Pair& of_padding, const Pair& of_dilation,
           bool ceil, bool count)
        : extent(detail::plane(window)),
          stride(detail::plane(of_stride)),
          padding(detail::plane(of_padding)),
          dilation(detail::plane(of_dilation)),
          ceil_mode(ceil),
          count_zeros(count) {}

    // As many as PyTorch's.
    std::vector<Stretch> along(std::size_t axis, std::size_t n) const {
        const std::size_t span = dilation[axis] * (extent[axis] - 1) + 1, zeros = padding[axis],
                          step = stride[axis];
        if (n + 2 * zeros < span) return {};
        std::size_t count = (n + 2 * zeros - span + (ceil_mode ? step - 1 : 0)) / step + 1;
        if (ceil_mode && (count - 1) * step >= n + zeros) --count;
        std::vector<Stretch> stretches;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t first = i * step,
                              end = std::min(first + span, n + 2 * zeros);  // from the first zero on
            const std::size_t left =
                first < zeros ? (zeros - first + dilation[axis] - 1) / dilation[axis] * dilation[axis] : 0;
            const std::size_t begin = first + left - zeros, last = std::min(end > zeros ? end - zeros : 0, n);
            stretches.push_back({begin, last, count_zeros ? end - first : last - begin});
        }
        return stretches;
    }

    Pooling over(const ImageOp& op, const Shape& x) const {
        Pooling pooling{{x[2], x[3]}, along(0, x[2]), along(1, x[3]), dilation};
        if (pooling.outputs() == 0)
            op.refuse("the window, {} with dilation {}, has no room in the padded {}, {}", op.shown(extent),
                      op.shown(dilation), op.operands(),
                      op.shown(Plane{x[2] + 2 * padding[0], x[3] + 2 * padding[1]}));
        for (const auto* stretches : {&pooling.rows, &pooling.columns})
            for (const Stretch& stretch : *stretches)
                if (stretch.begin >= stretch.end)
                    op.refuse("a window, {} with dilation {}, has no element of the {}, {}", op.shown(extent),
                              op.shown(dilation), op.operands(), op.shown(pooling.input));
        return pooling;
    }
};

void check_window(const ImageOp& op, const Pair& window, const Pair& stride, const Pair& padding,
                  const Pair& dilation) {
    op.check_options({{"the window", window, 1},
                      {"stride", stride, 1},
                      {"padding", padding, 0},
                      {"dilation", dilation, 1}});
    const auto check = [&](std::size_t zeros, std::size_t extent, std::size_t step) {
        const std::size_t span = step * (extent - 1) + 1;
        if (zeros > span / 2)
            fail<ValueError>(
                op.name, fmt::format("padding must be at most half of what the window spans, got {} and {}",
                                     zeros, span));
    };
    check(padding.rows, window.rows, dilation.rows);
    check(padding.columns, window.columns, dilation.columns);
}

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
Tensor<T> max_pool(const ImageOp& op, const Tensor<T>& x, const Pair& window,
                   const MaxPool2dOptions& options) {
    const Pair stride = options.stride.value_or(window);
    check_window(op, window, stride, options.padding, options.dilation);
    op.check_extents("x", x);
    const Pooling pooling =
        Window(window, stride, options.padding, options.dilation, options.ceil_mode, false)
            .over(op, x.shape());
    const std::size_t planes = x.shape()[0] * x.shape()[1];
    Array<T> y(pooled_shape(x.shape(), pooling));
    Array<std::int32_t> positions(Shape{planes, pooling.outputs()});
    kernels::max_pool(planes, pooling, x.value().data(), y.data(), positions.data());
    return record(op.name, Tensor<T>(std::move(y)),
                  Edge{x,
                       [shape = x.shape()](const auto& dy, const Indices& taken) {
                           const std::size_t images = taken.shape()[0];
                           return reshape(scatter_add(zeros<T>({images, shape[2] * shape[3]}), 1, taken,
                                                      reshape(dy, taken.shape())),
                                          shape);
                       },
                       saves(Indices(std::move(positions)))});
}

template <class T>
Tensor<T> avg_pool(const ImageOp& op, const Tensor<T>& x, const Pair& window,
                   const AvgPool2dOptions& options) {
    const Pair stride = options.stride.value_or(window);
    check_window(op, window, stride, options.padding, 1);
    op.check_extents("x", x);
    return averaged(op.name, x,
                    Window(window, stride, options.padding, 1, options.ceil_mode, options.count_include_pad)
                        .over(op, x.shape()));
}

void check_result(const ImageOp& op, const Shape& x, const Pair& extents) {
    if (extents.rows == 0 || extents.columns == 0)
        op.refuse("expected a result with elements, got extents {}", op.shown(detail::plane(extents)));
    checked_size(op.name, {x[0], x[1], extents.rows, extents.columns});
}

template <class T>
Tensor<T> adaptive_avg_pool(const ImageOp& op, const Tensor<T>& x, const Pair& extents) {
    op.check_extents("x", x);
    check_result(op, x.shape(), extents);
    const std::size_t rows = x.shape()[2], columns = x.shape()[3];
    return averaged(op.name, x,
                    {{rows, columns}, parts(rows, extents.rows), parts(columns, extents.columns), {1, 1}});
}

template <class T>
Tensor<T> upsample(const ImageOp& op, const Tensor<T>& x, const Pair& extents) {
    op.check_extents("x", x);
    check_result(op, x.shape(), extents);
    const auto repeated = [&](const Tensor<T>& images, std::size_t axis, std::size_t count) {
        const std::size_t n = images.shape()[axis];
        std::vector<std::int32_t> from(count);
        for (std::size_t i = 0; i < count; ++i) from[i] = static_cast<std::int32_t>(i * n / count);
        return index_select(images, static_cast<std::ptrdiff_t>(axis), from);
    };
    return repeated(repeated(x, 3, extents.columns), 2, extents.rows);
}

constexpr const char* axes = "batch, channels";

}  // namespace

template <class T>
Tensor<T> max_pool2d(const Tensor<T>& x, const Pair& window, const MaxPool2dOptions& options) {
    constexpr ImageOp op{"max_pool2d", false};
    op.check_rank("x", axes, x);
    return max_pool(op, x, window, options);
}

template <class T>
Tensor<T> max_pool1d(const Tensor<T>& x, std::size_t window, const MaxPool1dOptions& options) {
    constexpr ImageOp op{"max_pool1d", true};
    const ComposedOp composed(op.name, x);
    op.check_rank("x", axes, x);
    const auto& [stride, padding, dilation, ceil_mode] = options;
    return squeeze(max_pool(op, unsqueeze(x, 2), {1, window},
                            {Pair(1, stride.value_or(window)), {0, padding}, {1, dilation}, ceil_mode}),
                   2);
}

template <class T>
Tensor<T> avg_pool2d(const Tensor<T>& x, const Pair& window, const AvgPool2dOptions& options) {
    constexpr ImageOp op{"avg_pool2d", false};
    op.check_rank("x", axes, x);
    return avg_pool(op, x, window, options);
}

template <class T>
Tensor<T> avg_pool1d(const Tensor<T>& x, std::size_t window, const AvgPool1dOptions& options) {
    constexpr ImageOp op{"avg_pool1d", true};
    const ComposedOp composed(op.name, x);
    op.check_rank("x", axes, x);
    const auto& [stride, padding, ceil_mode, count_include_pad] = options;
    return squeeze(avg_pool(op, unsqueeze(x, 2), {1, window},
                            {Pair(1, stride.value_or(window)), {0, padding}, ceil_mode, count_include_pad}),
                   2);
}

template <class T>
Tensor<T> adaptive_avg_pool2d(const Tensor<T>& x, const Pair& extents) {
    constexpr ImageOp op{"adaptive_avg_pool2d", false};
    op.check_rank("x", axes, x);
    return adaptive_avg_pool(op, x, extents);
}

template <class T>
Tensor<T> adaptive_avg_pool1d(const Tensor<T>& x, std::size_t extent) {
    constexpr ImageOp op{"adaptive_avg_pool1d", true};
    const ComposedOp composed(op.name, x);
    op.check_rank("x", axes, x);
    return squeeze(adaptive_avg_pool(op, unsqueeze(x, 2), {1, extent}), 2);
}

template <class T>
Tensor<T> upsample_nearest2d(const Tensor<T>& x, const Pair& extents) {
    constexpr ImageOp op{"upsample_nearest2d", false};
    const ComposedOp composed(op.name, x);
    op.check_rank("x", axes, x);
    return upsample(op, x, extents);
}

template <class T>
Tensor<T> upsample_nearest1d(const Tensor<T>& x, std::size_t extent) {
    constexpr ImageOp op{"upsample_nearest1d", true};
    const ComposedOp composed(op.name, x);
    op.check_rank("x", axes, x);
    return squeeze(upsample(op, unsqueeze(x, 2), {1, extent}), 2);
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
