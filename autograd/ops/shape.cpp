#include <algorithm>
#include <iterator>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/joined.hpp>

namespace xgrad {
namespace {

// x in another shape of as many elements, under the name of an op.
template <class T>
Tensor<T> relabel(const char* op, const Tensor<T>& x, const Shape& shape) {
    if (shape == x.shape()) return x;
    return record(
        op, Tensor<T>::computed([&] { return share(x.value(), shape); }),
        Edge{x, [](const auto& dy, const Shape& from) { return reshape(dy, from); }, saves(x.shape())});
}

}  // namespace

template <class T>
Tensor<T> reshape(const Tensor<T>& x, const Shape& shape) {
    const std::size_t size = checked_size("reshape", shape);
    if (size != x.size())
        fail<ShapeError>("reshape", fmt::format("cannot turn {} into {}: {} elements into {}",
                                                to_string(x.shape()), to_string(shape), x.size(), size));
    return relabel("reshape", x, shape);
}
INSTANTIATE_UNARY(reshape, const Shape&)

template <class T>
Tensor<T> reshape(const Tensor<T>& x, std::initializer_list<Extent> given) {
    constexpr auto rest = static_cast<std::size_t>(-1);
    Shape shape(given.begin(), given.end());
    const auto left = std::find(shape.begin(), shape.end(), rest);
    if (left == shape.end()) return reshape(x, shape);
    *left = 1;
    const std::size_t others =
        std::find(shape.begin(), shape.end(), rest) == shape.end() ? checked_size("reshape", shape) : 0;
    if (others == 0 || x.size() % others != 0)
        fail<ShapeError>("reshape",
                         fmt::format("no extent for -1 turns {} into ({})", to_string(x.shape()),
                                     joined(std::vector<std::ptrdiff_t>(given.begin(), given.end()), ", ")));
    *left = x.size() / others;
    return reshape(x, shape);
}
INSTANTIATE_UNARY(reshape, std::initializer_list<Extent>)

template <class T>
Tensor<T> squeeze(const Tensor<T>& x) {
    Shape shape;
    std::copy_if(x.shape().begin(), x.shape().end(), std::back_inserter(shape),
                 [](std::size_t extent) { return extent != 1; });
    return relabel("squeeze", x, shape);
}
INSTANTIATE_UNARY(squeeze)

template <class T>
Tensor<T> squeeze(const Tensor<T>& x, std::ptrdiff_t along) {
    const std::size_t axis = normalize_axis("squeeze", along, x.dim());
    if (x.shape()[axis] != 1)
        fail<ShapeError>("squeeze", fmt::format("axis {} of {} has extent {}, not 1", axis,
                                                to_string(x.shape()), x.shape()[axis]));
    return relabel("squeeze", x, reduced_shape(x.shape(), {static_cast<std::ptrdiff_t>(axis)}, KeepDims::no));
}
INSTANTIATE_UNARY(squeeze, std::ptrdiff_t)

template <class T>
Tensor<T> unsqueeze(const Tensor<T>& x, std::ptrdiff_t along) {
    const auto axis = static_cast<std::ptrdiff_t>(normalize_axis("unsqueeze", along, x.dim() + 1));
    Shape shape(x.dim() + 1, 1);
    std::copy_n(x.shape().begin(), axis, shape.begin());
    std::copy(x.shape().begin() + axis, x.shape().end(), shape.begin() + axis + 1);
    return relabel("unsqueeze", x, shape);
}
INSTANTIATE_UNARY(unsqueeze, std::ptrdiff_t)

template <class T>
Tensor<T> flatten(const Tensor<T>& x, std::ptrdiff_t first, std::ptrdiff_t last) {
    return relabel("flatten", x, flattened_shape("flatten", x.shape(), first, last));
}
INSTANTIATE_UNARY(flatten, std::ptrdiff_t, std::ptrdiff_t)

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

}  // namespace xgrad
