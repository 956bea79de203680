#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/axis_view.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad {

// ---- slices -----------------------------------------------------------------------------------------------

namespace {

constexpr std::size_t grain = std::size_t{1} << 15;  // elements that are worth a thread

// The shape with the axes of `index` in place of an axis of x.
Shape replaced(const Shape& shape, std::size_t axis, const Shape& by) {
    Shape result(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(axis));
    result.insert(result.end(), by.begin(), by.end());
    result.insert(result.end(), shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end());
    return result;
}

// Zeros of that shape with the slices of x added at their positions: the adjoint of `take`.
template <class T>
Tensor<T> index_add(const Tensor<T>& x, const Shape& shape, std::size_t axis, const Indices& index);

// The slices of x at these positions, under the name of an op.
template <class T>
Tensor<T> take(const char* op, const Tensor<T>& x, std::size_t axis, const Indices& index) {
    const AxisView from(x.shape(), axis);
    index.check(op, "index", from.extent);
    const Shape shape = replaced(x.shape(), axis, index.shape());
    checked_size(op, shape);
    Array<T> y(shape);
    const std::int32_t* at = index.data();
    const std::size_t count = index.size(), inner = from.inner;
    parallel_for(from.outer * count, grain / std::max<std::size_t>(1, inner),
                 [&](std::size_t first, std::size_t last) {
                     for (std::size_t row = first; row < last; ++row) {
                         const std::size_t taken =
                             row / count * from.extent + static_cast<std::size_t>(at[row % count]);
                         std::copy_n(x.value().data() + taken * inner, inner, y.data() + row * inner);
                     }
                 });
    return record(op, Tensor<T>(std::move(y)),
                  Edge{x,
                       [axis](const auto& dy, const Shape& to, const Indices& from_where) {
                           return index_add(dy, to, axis, from_where);
                       },
                       saves(x.shape(), index)});
}

template <class T>
Tensor<T> index_add(const Tensor<T>& x, const Shape& shape, std::size_t axis, const Indices& index) {
    const AxisView to(shape, axis);
    Array<T> y = filled<T>(shape, 0);
    const std::int32_t* at = index.data();
    for (std::size_t outer = 0, row = 0; outer < to.outer; ++outer)
        for (std::size_t i = 0; i < index.size(); ++i, ++row) {
            const T* source = x.value().data() + row * to.inner;
            T* sums = y.data() + (outer * to.extent + static_cast<std::size_t>(at[i])) * to.inner;
            for (std::size_t j = 0; j < to.inner; ++j) sums[j] += source[j];
        }
    return record(
        "index_add", Tensor<T>(std::move(y)),
        Edge{x, [axis](const auto& dy, const Indices& from) { return take("index_add", dy, axis, from); },
             saves(index)});
}

}  // namespace

template <class T>
Tensor<T> index_select(const Tensor<T>& x, std::ptrdiff_t axis, const Indices& index) {
    return take("index_select", x, normalize_axis("index_select", axis, x.dim()), index);
}
INSTANTIATE_UNARY(index_select, std::ptrdiff_t, const Indices&)

template <class T>
Tensor<T> embedding(const Indices& index, const Tensor<T>& weight) {
    if (weight.dim() != 2)
        fail<ShapeError>("embedding", fmt::format("expected weight (classes, features), got {}",
                                                  to_string(weight.shape())));
    return take("embedding", weight, 0, index);
}
template Tensor<float> embedding(const Indices&, const Tensor<float>&);
template Tensor<double> embedding(const Indices&, const Tensor<double>&);

// ---- elements ---------------------------------------------------------------------------------------------

namespace {

// Calls f(i, at) for every index i and the element `at`, both in row-major order, that it chooses along an
// axis of an array of that shape.
template <class F>
void for_each_choice(const Shape& shape, std::size_t axis, const Indices& index, F f) {
    if (index.size() == 0) return;
    const std::size_t last = shape.size() - 1, run = index.shape()[last];
    Shape stride(shape.size(), 1), position(shape.size(), 0);
    for (std::size_t i = last; i-- > 0;) stride[i] = stride[i + 1] * shape[i + 1];
    const std::size_t along = std::exchange(stride[axis], 0);
    const std::int32_t* chosen = index.data();
    for (std::size_t first = 0, row = 0; first < index.size(); first += run) {
        for (std::size_t j = 0; j < run; ++j)
            f(first + j, row + j * stride[last] + static_cast<std::size_t>(chosen[first + j]) * along);
        for (std::size_t i = last; i-- > 0;) {
            row += stride[i];
            if (++position[i] < index.shape()[i]) break;
            row -= stride[i] * index.shape()[i];
            position[i] = 0;
        }
    }
}

void check_choice(const char* op, const Shape& shape, std::size_t axis, const Indices& index) {
    bool fits = index.dim() == shape.size();
    for (std::size_t i = 0; fits && i < shape.size(); ++i) fits = i == axis || index.shape()[i] <= shape[i];
    if (!fits)
        fail<ShapeError>(
            op,
            fmt::format("along axis {}: index {} needs as many axes as x {}, and at most its other extents",
                        axis, to_string(index.shape()), to_string(shape)));
    index.check(op, "index", shape[axis]);
}

// The elements of x that a checked index chooses, under the name of an op.
template <class T>
Tensor<T> choose(const char* op, const Tensor<T>& x, std::size_t axis, const Indices& index) {
    Array<T> y(index.shape());
    const T* from = x.value().data();
    T* to = y.data();
    for_each_choice(x.shape(), axis, index, [&](std::size_t i, std::size_t at) { to[i] = from[at]; });
    return record(op, Tensor<T>(std::move(y)),
                  Edge{x,
                       [axis](const auto& dy, const Shape& shape, const Indices& chosen) {
                           return scatter_add(zeros<T>(shape), static_cast<std::ptrdiff_t>(axis), chosen, dy);
                       },
                       saves(x.shape(), index)});
}

}  // namespace

template <class T>
Tensor<T> gather(const Tensor<T>& x, std::ptrdiff_t along, const Indices& index) {
    const std::size_t axis = normalize_axis("gather", along, x.dim());
    check_choice("gather", x.shape(), axis, index);
    return choose("gather", x, axis, index);
}
INSTANTIATE_UNARY(gather, std::ptrdiff_t, const Indices&)

template <class T>
Tensor<T> scatter_add(const Tensor<T>& x, std::ptrdiff_t along, const Indices& index,
                      const Tensor<T>& source) {
    const std::size_t axis = normalize_axis("scatter_add", along, x.dim());
    check_choice("scatter_add", x.shape(), axis, index);
    if (source.shape() != index.shape())
        fail<ShapeError>("scatter_add", fmt::format("index has shape {}, source {}", to_string(index.shape()),
                                                    to_string(source.shape())));
    Array<T> y = x.value();
    const T* from = source.value().data();
    T* to = y.data();
    for_each_choice(x.shape(), axis, index, [&](std::size_t i, std::size_t at) { to[at] += from[i]; });
    return record(
        "scatter_add", Tensor<T>(std::move(y)), Edge{x, [](const auto& dy) { return dy; }},
        Edge{source, [along](const auto& dy, const Indices& chosen) { return gather(dy, along, chosen); },
             saves(index)});
}
template Tensor<float> scatter_add(const Tensor<float>&, std::ptrdiff_t, const Indices&,
                                   const Tensor<float>&);
template Tensor<double> scatter_add(const Tensor<double>&, std::ptrdiff_t, const Indices&,
                                    const Tensor<double>&);

template <class T>
Tensor<T> one_hot(const Indices& index, std::size_t classes) {
    index.check("one_hot", "index", classes);
    Shape shape = index.shape();
    shape.push_back(classes);
    checked_size("one_hot", shape);
    Array<T> y = filled<T>(shape, 0);
    for (std::size_t i = 0; i < index.size(); ++i)
        y.data()[i * classes + static_cast<std::size_t>(index[i])] = 1;
    return Tensor<T>(std::move(y));
}
template Tensor<float> one_hot(const Indices&, std::size_t);
template Tensor<double> one_hot(const Indices&, std::size_t);

template <class T>
Tensor<T> masked_fill(const Tensor<T>& x, const Tensor<T>& mask, double value) {
    const ComposedOp composed("masked_fill", x, mask);
    if (!broadcasts_to(mask.shape(), x.shape()))
        fail<ShapeError>("masked_fill", fmt::format("the mask {} does not broadcast to x {}",
                                                    to_string(mask.shape()), to_string(x.shape())));
    return where(mask, value, x);
}
INSTANTIATE_BINARY(masked_fill, double)

// ---- scans and orders -------------------------------------------------------------------------------------

namespace {

enum class Direction { forward, backward };

// The sums of the elements up to each position, counted from the axis's begin or from its end.
template <class T>
Tensor<T> running_sum(const Tensor<T>& x, std::size_t axis, Direction direction) {
    const AxisView view(x.shape(), axis);
    Array<T> y(x.shape());
    const T* from = x.value().data();
    T* const to = y.data();
    std::vector<double, RecyclingAllocator<double>> sums(view.inner);
    for (std::size_t outer = 0; outer < view.outer; ++outer) {
        std::fill(sums.begin(), sums.end(), 0.0);
        for (std::size_t i = 0; i < view.extent; ++i) {
            const std::size_t at = direction == Direction::forward ? i : view.extent - 1 - i;
            const std::size_t row = (outer * view.extent + at) * view.inner;
            for (std::size_t j = 0; j < view.inner; ++j)
                to[row + j] = static_cast<T>(sums[j] += static_cast<double>(from[row + j]));
        }
    }
    return record("cumsum", Tensor<T>(std::move(y)),
                  Edge{x, [axis, direction](const auto& dy) {
                           return running_sum(
                               dy, axis,
                               direction == Direction::forward ? Direction::backward : Direction::forward);
                       }});
}

// NaN is larger than any number.
template <class T>
bool is_less(T a, T b) {
    return a < b || (std::isnan(b) && !std::isnan(a));
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

// For each line along an axis, the first position whose element is better than all before it.
template <class T, class F>
Indices best(const char* op, const Tensor<T>& x, std::ptrdiff_t along, KeepDims keepdims, F is_better) {
    const std::size_t axis = indexed_axis(op, x, along);
    const AxisView view(x.shape(), axis);
    if (view.extent == 0)
        fail<ShapeError>(op, fmt::format("axis {} of x {} has no elements", axis, to_string(x.shape())));
    Array<std::int32_t> positions(reduced_shape(x.shape(), {static_cast<std::ptrdiff_t>(axis)}, keepdims));
    for (std::size_t outer = 0; outer < view.outer; ++outer) {
        const T* block = x.value().data() + outer * view.extent * view.inner;
        for (std::size_t inner = 0; inner < view.inner; ++inner) {
            std::size_t found = 0;
            for (std::size_t i = 1; i < view.extent; ++i)
                if (is_better(block[i * view.inner + inner], block[found * view.inner + inner])) found = i;
            positions.data()[outer * view.inner + inner] = static_cast<std::int32_t>(found);
        }
    }
    return Indices(std::move(positions));
}

// The first `count` elements of each line along an axis in this order; equal ones keep their order.
template <class T>
Ordered<T> ordered(const char* op, const Tensor<T>& x, std::size_t axis, std::size_t count, Order order) {
    struct Element {
        T value;
        std::int32_t position;
    };
    const auto precedes = [order](const Element& a, const Element& b) {
        const bool less = is_less(a.value, b.value), greater = is_less(b.value, a.value);
        return less || greater ? less == (order == Order::ascending) : a.position < b.position;
    };
    const AxisView view(x.shape(), axis);
    Shape shape = x.shape();
    shape[axis] = count;
    Array<std::int32_t> positions(shape);
    std::vector<Element, RecyclingAllocator<Element>> line(view.extent);
    for (std::size_t outer = 0; outer < view.outer; ++outer)
        for (std::size_t inner = 0; inner < view.inner; ++inner) {
            for (std::size_t i = 0; i < view.extent; ++i)
                line[i] = {x.value().data()[(outer * view.extent + i) * view.inner + inner],
                           static_cast<std::int32_t>(i)};
            if (count == view.extent)
                std::sort(line.begin(), line.end(), precedes);
            else
                std::partial_sort(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(count), line.end(),
                                  precedes);
            for (std::size_t i = 0; i < count; ++i)
                positions.data()[(outer * count + i) * view.inner + inner] = line[i].position;
        }
    const Indices indices(std::move(positions));
    return {choose(op, x, axis, indices), indices};
}

}  // namespace

template <class T>
Tensor<T> cumsum(const Tensor<T>& x, std::ptrdiff_t axis) {
    return running_sum(x, normalize_axis("cumsum", axis, x.dim()), Direction::forward);
}
INSTANTIATE_UNARY(cumsum, std::ptrdiff_t)

template <class T>
Indices argmax(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims) {
    return best("argmax", x, axis, keepdims, [](T a, T b) { return is_less(b, a); });
}
template Indices argmax(const Tensor<float>&, std::ptrdiff_t, KeepDims);
template Indices argmax(const Tensor<double>&, std::ptrdiff_t, KeepDims);

template <class T>
Indices argmin(const Tensor<T>& x, std::ptrdiff_t axis, KeepDims keepdims) {
    return best("argmin", x, axis, keepdims,
                [](T a, T b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
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
