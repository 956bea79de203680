#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/axis_view.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {

// ---- slices -----------------------------------------------------------------------------------------------

namespace {

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
    const T* const source = x.value().data();
    T* const target = y.data();
    const std::size_t count = index.size(), inner = from.inner;
    parallel_for(from.outer * count, usual_grain / std::max<std::size_t>(1, inner),
                 [=](std::size_t first, std::size_t last) {
                     for (std::size_t row = first, end = 0; row < last; row = end) {  // an outer index each
                         const T* const block = source + row / count * from.extent * inner;
                         const std::size_t before = row - row % count;
                         end = std::min(last, (row / count + 1) * count);
                         if (inner == 1)
                             for (std::size_t i = row; i < end; ++i) target[i] = block[at[i - before]];
                         else
                             for (std::size_t i = row; i < end; ++i)
                                 std::copy_n(block + static_cast<std::size_t>(at[i - before]) * inner, inner,
                                             target + i * inner);
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
    const T* const source = x.value().data();
    T* const sums = y.data();
    const std::size_t count = index.size();
    for_each_column(to, count, [=](std::size_t outer, std::size_t first, std::size_t last) {
        const T* const from = source + outer * count * to.inner;
        T* const block = sums + outer * to.extent * to.inner;
        if (to.inner == 1)
            for (std::size_t i = 0; i < count; ++i) block[at[i]] += from[i];
        else
            for (std::size_t i = 0; i < count; ++i) {
                T* const sum = block + static_cast<std::size_t>(at[i]) * to.inner;
                for (std::size_t j = first; j < last; ++j) sum[j] += from[i * to.inner + j];
            }
    });
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

// Calls f(i, at) for every index i, from number `begin` of the first axis to before `end`, and the element
// `at`, both in row-major order, that it chooses along an axis of an array of that shape.
template <class F>
void for_each_choice(const Shape& shape, std::size_t axis, const Indices& index, std::size_t begin,
                     std::size_t end, F f) {
    const std::size_t last = shape.size() - 1, run = index.shape()[last];
    Shape stride(shape.size(), 1), position(shape.size(), 0);
    for (std::size_t i = last; i-- > 0;) stride[i] = stride[i + 1] * shape[i + 1];
    const std::size_t along = std::exchange(stride[axis], 0);
    const std::int32_t* chosen = index.data();
    if (last == 0) {
        for (std::size_t i = begin; i < end; ++i) f(i, static_cast<std::size_t>(chosen[i]));
        return;
    }
    const std::size_t size = index.size() / index.shape()[0];
    std::size_t row = begin * stride[0];
    for (std::size_t first = begin * size; first < end * size; first += run) {
        for (std::size_t j = 0; j < run; ++j)
            f(first + j, row + j * stride[last] + static_cast<std::size_t>(chosen[first + j]) * along);
        for (std::size_t i = last; i-- > 0;) {
            row += stride[i];
            if (i == 0 || ++position[i] < index.shape()[i]) break;
            row -= stride[i] * index.shape()[i];
            position[i] = 0;
        }
    }
}

// The same for all indices, by several threads. Those of different numbers of the first axis choose different
// elements, unless it is the axis.
template <class F>
void for_each_choice(const Shape& shape, std::size_t axis, const Indices& index, F f) {
    if (index.size() == 0) return;
    const std::size_t extent = index.shape()[0];
    parallel_for(
        extent, usual_grain / std::max<std::size_t>(1, index.size() / extent),
        [&](std::size_t begin, std::size_t end) { for_each_choice(shape, axis, index, begin, end, f); });
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
    for_each_choice(x.shape(), axis, index, [=](std::size_t i, std::size_t at) { to[i] = from[at]; });
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
    const auto add = [=](std::size_t i, std::size_t at) { to[at] += from[i]; };
    if (axis > 0)
        for_each_choice(x.shape(), axis, index, add);
    else if (index.size() > 0)
        for_each_choice(x.shape(), axis, index, 0, index.shape()[0], add);
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

}  // namespace xgrad
