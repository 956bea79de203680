#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

// An array seen as (outer, extent, inner) around one axis.
struct AxisView {
    std::size_t outer = 1, extent, inner = 1;
    AxisView(const Shape& shape, std::size_t axis) : extent(shape[axis]) {
        for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
        for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
    }
};

// x padded with `before` and `after` zeros along `axis`: the adjoint of a slice.
template <class T>
Tensor<T> pad(const Tensor<T>& x, std::size_t axis, std::size_t before, std::size_t after) {
    Shape shape = x.shape();
    const AxisView from(shape, axis);
    shape[axis] += before + after;
    const AxisView to(shape, axis);
    Array<T> y = filled<T>(shape, 0);
    for (std::size_t i = 0; i < from.outer; ++i)
        std::copy_n(x.value().data() + i * from.extent * from.inner, from.extent * from.inner,
                    y.data() + (i * to.extent + before) * to.inner);
    return record("pad", Tensor<T>(std::move(y)),
                  Edge{x, [axis, before, extent = from.extent](const Tensor<T>& dy) {
                           const auto begin = static_cast<std::ptrdiff_t>(before);
                           return slice(dy, static_cast<std::ptrdiff_t>(axis), begin,
                                        begin + static_cast<std::ptrdiff_t>(extent));
                       }});
}

}  // namespace

template <class T>
Tensor<T> reshape(const Tensor<T>& x, const Shape& shape) {
    const std::size_t size = checked_size("reshape", shape);
    if (size != x.size())
        fail<ShapeError>("reshape", fmt::format("cannot turn {} into {}: {} elements into {}",
                                                to_string(x.shape()), to_string(shape), x.size(), size));
    if (shape == x.shape()) return x;
    Array<T> y(shape);
    std::copy_n(x.value().data(), x.size(), y.data());
    return record(
        "reshape", Tensor<T>(std::move(y)),
        Edge{x, [](const auto& dy, const Shape& from) { return reshape(dy, from); }, saves(x.shape())});
}
INSTANTIATE_UNARY(reshape, const Shape&)

template <class T>
Tensor<T> transpose(const Tensor<T>& x, const Axes& order) {
    Axes axes(order.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        axes[i] = static_cast<std::ptrdiff_t>(normalize_axis("transpose", order[i], x.dim()));
    normalize_axes("transpose", axes, x.dim());  // throws if an axis occurs twice
    if (axes.size() != x.dim())
        fail<ShapeError>("transpose", fmt::format("expected an order of {} axes for shape {}, got {}",
                                                  x.dim(), to_string(x.shape()), axes.size()));
    Tensor<T> y(permute_axes(x.value(), axes));
    return record("transpose", std::move(y),
                  Edge{x,
                       [](const auto& dy, const Axes& forward) {
                           Axes inverse(forward.size());
                           for (std::size_t i = 0; i < forward.size(); ++i)
                               inverse[static_cast<std::size_t>(forward[i])] = static_cast<std::ptrdiff_t>(i);
                           return transpose(dy, inverse);
                       },
                       saves(std::move(axes))});
}
INSTANTIATE_UNARY(transpose, const Axes&)

template <class T>
Tensor<T> transpose(const Tensor<T>& x) {
    Axes order(x.dim());
    for (std::size_t i = 0; i < x.dim(); ++i) order[i] = static_cast<std::ptrdiff_t>(x.dim() - 1 - i);
    return transpose(x, order);
}
INSTANTIATE_UNARY(transpose)

template <class T>
Tensor<T> broadcast_to(const Tensor<T>& x, const Shape& shape) {
    if (!broadcasts_to(x.shape(), shape))
        fail<ShapeError>("broadcast_to",
                         fmt::format("cannot broadcast {} to {}", to_string(x.shape()), to_string(shape)));
    if (shape == x.shape()) return x;
    checked_size("broadcast_to", shape);
    return record(
        "broadcast_to", Tensor<T>(broadcast_array(x.value(), shape)),
        Edge{x, [](const auto& dy, const Shape& from) { return sum_to(dy, from); }, saves(x.shape())});
}
INSTANTIATE_UNARY(broadcast_to, const Shape&)

template <class T>
Tensor<T> sum_to(const Tensor<T>& x, const Shape& shape) {
    if (!broadcasts_to(shape, x.shape()))
        fail<ShapeError>("sum_to", fmt::format("cannot sum {} to {}: {} does not broadcast to it",
                                               to_string(x.shape()), to_string(shape), to_string(shape)));
    if (shape == x.shape()) return x;
    Array<T> y = sum_axes(x.value(), broadcast_axes(shape, x.shape()), KeepDims::yes);
    y.reshape(shape);
    return record(
        "sum_to", Tensor<T>(std::move(y)),
        Edge{x, [](const auto& dy, const Shape& from) { return broadcast_to(dy, from); }, saves(x.shape())});
}
INSTANTIATE_UNARY(sum_to, const Shape&)

template <class T>
Tensor<T> concatenate(const std::vector<Tensor<T>>& xs, std::ptrdiff_t along) {
    if (xs.empty()) fail<ShapeError>("concatenate", "expected at least one Tensor, got none");
    const std::size_t axis = normalize_axis("concatenate", along, xs[0].dim());
    Shape shape = xs[0].shape();
    for (std::size_t i = 1; i < xs.size(); ++i) {
        Shape other = xs[i].shape();
        if (other.size() == shape.size()) other[axis] = shape[axis];
        if (other != shape)
            fail<ShapeError>("concatenate",
                             fmt::format("along axis {}: input {} has shape {}, input 0 has {}", axis, i,
                                         to_string(xs[i].shape()), to_string(xs[0].shape())));
        shape[axis] += xs[i].shape()[axis];
    }
    checked_size("concatenate", shape);
    Array<T> y(shape);
    const AxisView to(shape, axis);
    const auto part = [&](const Tensor<T>& x, std::size_t begin) {
        const AxisView from(x.shape(), axis);
        for (std::size_t i = 0; i < from.outer; ++i)
            std::copy_n(x.value().data() + i * from.extent * from.inner, from.extent * from.inner,
                        y.data() + (i * to.extent + begin) * to.inner);
        return Edge{x, [axis, begin, extent = from.extent](const Tensor<T>& dy) {
                        return slice(dy, static_cast<std::ptrdiff_t>(axis),
                                     static_cast<std::ptrdiff_t>(begin),
                                     static_cast<std::ptrdiff_t>(begin + extent));
                    }};
    };
    std::vector<decltype(part(xs[0], 0))> edges;
    edges.reserve(xs.size());
    std::size_t begin = 0;
    for (const Tensor<T>& x : xs) {
        edges.push_back(part(x, begin));
        begin += x.shape()[axis];
    }
    return record("concatenate", Tensor<T>(std::move(y)), std::move(edges));
}
template Tensor<float> concatenate(const std::vector<Tensor<float>>&, std::ptrdiff_t);
template Tensor<double> concatenate(const std::vector<Tensor<double>>&, std::ptrdiff_t);

template <class T>
Tensor<T> slice(const Tensor<T>& x, std::ptrdiff_t along, std::ptrdiff_t begin, std::ptrdiff_t end) {
    const std::size_t axis = normalize_axis("slice", along, x.dim());
    const AxisView from(x.shape(), axis);
    const auto extent = static_cast<std::ptrdiff_t>(from.extent);
    const std::ptrdiff_t first = begin < 0 ? begin + extent : begin;
    const std::ptrdiff_t last = end < 0 ? end + extent : end;
    if (first < 0 || last < first || last > extent)
        fail<ShapeError>("slice", fmt::format("[{}, {}) is no range along axis {} of {}, whose extent is {}",
                                              begin, end, axis, to_string(x.shape()), extent));
    const auto before = static_cast<std::size_t>(first);
    const auto count = static_cast<std::size_t>(last - first);
    Shape shape = x.shape();
    shape[axis] = count;
    Array<T> y(shape);
    for (std::size_t i = 0; i < from.outer; ++i)
        std::copy_n(x.value().data() + (i * from.extent + before) * from.inner, count * from.inner,
                    y.data() + i * count * from.inner);
    return record("slice", Tensor<T>(std::move(y)),
                  Edge{x, [axis, before, after = from.extent - before - count](const Tensor<T>& dy) {
                           return pad(dy, axis, before, after);
                       }});
}
INSTANTIATE_UNARY(slice, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t)

}  // namespace xgrad
