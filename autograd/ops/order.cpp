// Scans and orders along an axis, which autograd/ops/indexing.hpp declares.
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/axis_view.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/ops/detail/order.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

enum class Direction { forward, backward };

constexpr std::size_t lines = 8;  // whose sums are independent, and so hide each other's latency

// The running sums of `count` lines of that extent, which follow each other.
template <std::size_t count, class T>
void sum_lines(bool forward, std::size_t extent, const T* from, T* to) {
    double sums[count] = {};
    for (std::size_t i = 0; i < extent; ++i) {
        const std::size_t at = forward ? i : extent - 1 - i;
        for (std::size_t line = 0; line < count; ++line)
            to[line * extent + at] =
                static_cast<T>(sums[line] += static_cast<double>(from[line * extent + at]));
    }
}

// The sums of the elements up to each position, counted from the axis's begin or from its end.
template <class T>
Tensor<T> running_sum(const Tensor<T>& x, std::size_t axis, Direction direction) {
    const AxisView view(x.shape(), axis);
    Array<T> y(x.shape());
    const T* from = x.value().data();
    T* const to = y.data();
    const bool forward = direction == Direction::forward;
    if (view.inner == 1) {
        parallel_for(view.outer, usual_grain / std::max<std::size_t>(1, view.extent),
                     [=](std::size_t begin, std::size_t end) {
                         for (std::size_t row = begin; row < end; row += lines) {
                             const std::size_t at = row * view.extent;
                             if (row + lines <= end)
                                 sum_lines<lines>(forward, view.extent, from + at, to + at);
                             else
                                 for (std::size_t i = at; i < end * view.extent; i += view.extent)
                                     sum_lines<1>(forward, view.extent, from + i, to + i);
                         }
                     });
    } else {
        for_each_column(view, view.extent, [=](std::size_t outer, std::size_t first, std::size_t last) {
            std::vector<double, RecyclingAllocator<double>> sums(last - first);
            for (std::size_t i = 0; i < view.extent; ++i) {
                const std::size_t at = forward ? i : view.extent - 1 - i;
                const std::size_t row = (outer * view.extent + at) * view.inner;
                for (std::size_t j = first; j < last; ++j)
                    to[row + j] = static_cast<T>(sums[j - first] += static_cast<double>(from[row + j]));
            }
        });
    }
    return record("cumsum", Tensor<T>(std::move(y)),
                  Edge{x, [axis, direction](const auto& dy) {
                           return running_sum(
                               dy, axis,
                               direction == Direction::forward ? Direction::backward : Direction::forward);
                       }});
}

// The axis, whose positions are to be indices.
template <class T>
std::size_t indexed_axis(const char* op, const Tensor<T>& x, std::ptrdiff_t along) {
    const std::size_t axis = normalize_axis(op, along, x.dim());
    constexpr auto most = static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
    if (x.shape()[axis] > most)
        fail<ShapeError>(op, fmt::format("axis {} of x {} is longer than {}, the largest index", axis,
                                         to_string(x.shape()), most));
    return axis;
}

// For each line along an axis, the first position of its maximum or minimum, or of a NaN.
template <class T>
Indices best(const char* op, kernels::RowReduction kind, const Tensor<T>& x, std::ptrdiff_t along,
             KeepDims keepdims) {
    const std::size_t axis = indexed_axis(op, x, along);
    const AxisView view(x.shape(), axis);
    if (view.extent == 0)
        fail<ShapeError>(op, fmt::format("axis {} of x {} has no elements", axis, to_string(x.shape())));
    const Axes axes{static_cast<std::ptrdiff_t>(axis)};
    const Array<T> values = reduce_axes(kind, x.value(), axes, keepdims);
    Array<std::int32_t> positions(values.shape(), -1);
    const T* const from = x.value().data();
    const T* const wanted = values.data();
    std::int32_t* const to = positions.data();
    for_each_column(view, view.extent, [=](std::size_t outer, std::size_t first, std::size_t last) {
        const T* block = from + outer * view.extent * view.inner;
        const std::size_t at = outer * view.inner;
        if (view.inner == 1) {
            const T value = wanted[at];
            to[at] = static_cast<std::int32_t>(
                std::find_if(block, block + view.extent, [=](T v) { return v == value || std::isnan(v); }) -
                block);
            return;
        }
        for (std::size_t i = view.extent; i-- > 0;)
            for (std::size_t j = first; j < last; ++j) {
                const T v = block[i * view.inner + j];
                if (v == wanted[at + j] || std::isnan(v)) to[at + j] = static_cast<std::int32_t>(i);
            }
    });
    return Indices(std::move(positions));
}

// The first `count` elements of each line along an axis in this order; equal ones keep their order.
template <class T>
Ordered<T> ordered(const char* op, const Tensor<T>& x, std::size_t axis, std::size_t count, Order order) {
    const ComposedOp composed(op, x);
    const AxisView view(x.shape(), axis);
    Shape shape = x.shape();
    shape[axis] = count;
    Array<std::int32_t> positions(shape);
    const T* const from = x.value().data();
    std::int32_t* const to = positions.data();
    for_each_column(view, view.extent * 8, [=](std::size_t outer, std::size_t first, std::size_t last) {
        using Elements = std::vector<Element<T>, RecyclingAllocator<Element<T>>>;
        Elements line(view.extent), work(view.extent);
        for (std::size_t j = first; j < last; ++j) {
            for (std::size_t i = 0; i < view.extent; ++i)
                line[i] = {from[(outer * view.extent + i) * view.inner + j], static_cast<std::int32_t>(i),
                           order};
            const Element<T>* sorted = first_elements(count, view.extent, line.data(), work.data());
            for (std::size_t i = 0; i < count; ++i)
                to[(outer * count + i) * view.inner + j] = sorted[i].position;
        }
    });
    const Indices indices(std::move(positions));
    return {gather(x, static_cast<std::ptrdiff_t>(axis), indices), indices};
}

}  // namespace

template <class T>
Tensor<T> cumsum(const Tensor<T>& x, std::ptrdiff_t axis) {
    return running_sum(x, normalize_axis("cumsum", axis, x.dim()), Direction::forward);
}
INSTANTIATE_UNARY(cumsum, std::ptrdiff_t)

template <class T>
Indices argmax(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims) {
    return best("argmax", kernels::RowReduction::maximum, x, axis, keepdims);
}
template Indices argmax(const Tensor<float>&, std::ptrdiff_t, KeepDims);
template Indices argmax(const Tensor<double>&, std::ptrdiff_t, KeepDims);

template <class T>
Indices argmin(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims) {
    return best("argmin", kernels::RowReduction::minimum, x, axis, keepdims);
}
template Indices argmin(const Tensor<float>&, std::ptrdiff_t, KeepDims);
template Indices argmin(const Tensor<double>&, std::ptrdiff_t, KeepDims);

template <class T>
Ordered<T> sort(const Tensor<T>& x, std::ptrdiff_t along, Order order) {
    const std::size_t axis = indexed_axis("sort", x, along);
    return ordered("sort", x, axis, x.shape()[axis], order);
}
template Ordered<float> sort(const Tensor<float>&, std::ptrdiff_t, Order);
template Ordered<double> sort(const Tensor<double>&, std::ptrdiff_t, Order);

template <class T>
Ordered<T> topk(const Tensor<T>& x, std::size_t k, std::ptrdiff_t along, Order order) {
    const std::size_t axis = indexed_axis("topk", x, along);
    if (k > x.shape()[axis])
        fail<ShapeError>("topk", fmt::format("k is {}, but axis {} of x {} has {} elements", k, axis,
                                             to_string(x.shape()), x.shape()[axis]));
    return ordered("topk", x, axis, k, order);
}
template Ordered<float> topk(const Tensor<float>&, std::size_t, std::ptrdiff_t, Order);
template Ordered<double> topk(const Tensor<double>&, std::size_t, std::ptrdiff_t, Order);

}  // namespace xgrad
