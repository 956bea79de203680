#include <xgrad/core/array_math.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include <xgrad/core/parallel.hpp>

namespace xgrad {
namespace {

// Calls inner(offset in y, offset in each operand) for every run along the last axis of `shape`, by several
// threads; a call takes `work` operations, or one per element. Strides are in elements. The index advances
// like an odometer: the innermost wheel turns first.
template <std::size_t N, class F>
void for_each_run(const Shape& shape, const std::array<Shape, N>& strides, F inner, std::size_t work = 0) {
    const std::size_t wheels = shape.empty() ? 0 : shape.size() - 1;
    const std::size_t run = shape.empty() ? 1 : shape.back();
    if (size_of(shape) == 0) return;
    parallel_for(size_of(shape) / run, usual_grain / std::max(run, work),
                 [&](std::size_t begin, std::size_t end) {
                     Shape index(wheels, 0);
                     std::array<std::size_t, N> offset{};
                     for (std::size_t wheel = wheels, left = begin; wheel-- > 0; left /= shape[wheel]) {
                         index[wheel] = left % shape[wheel];
                         for (std::size_t k = 0; k < N; ++k) offset[k] += strides[k][wheel] * index[wheel];
                     }
                     for (std::size_t i = begin; i < end; ++i) {
                         inner(i * run, offset);
                         for (std::size_t wheel = wheels; wheel-- > 0;) {
                             for (std::size_t k = 0; k < N; ++k) offset[k] += strides[k][wheel];
                             if (++index[wheel] < shape[wheel]) break;
                             for (std::size_t k = 0; k < N; ++k)
                                 offset[k] -= strides[k][wheel] * shape[wheel];
                             index[wheel] = 0;
                         }
                     }
                 });
}

Shape row_major_strides(const Shape& shape) {
    Shape strides(shape.size(), 1);
    for (std::size_t axis = shape.size(); axis-- > 1;) strides[axis - 1] = strides[axis] * shape[axis];
    return strides;
}

// Strides, in elements, of a row-major array of shape `from` read as shape `to`: 0 along broadcast axes.
Shape broadcast_strides(const Shape& from, const Shape& to) {
    Shape strides(to.size(), 0);
    std::size_t stride = 1;
    for (std::size_t back = 1; back <= from.size(); ++back) {
        const std::size_t extent = from[from.size() - back];
        strides[to.size() - back] = extent == 1 ? 0 : stride;
        stride *= extent;
    }
    return strides;
}

// Merges neighbouring axes that every operand traverses as one axis (contiguous or repeated along both),
// which makes the runs as long as possible.
template <std::size_t N>
void merge_axes(Shape& shape, std::array<Shape, N>& strides) {
    Shape merged;
    std::array<Shape, N> merged_strides;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) {
        if (shape[axis] == 1) continue;
        bool joins = !merged.empty();
        for (std::size_t k = 0; k < N && joins; ++k)
            joins = merged_strides[k].back() == strides[k][axis] * shape[axis];
        if (joins) {
            merged.back() *= shape[axis];
            for (std::size_t k = 0; k < N; ++k) merged_strides[k].back() = strides[k][axis];
        } else {
            merged.push_back(shape[axis]);
            for (std::size_t k = 0; k < N; ++k) merged_strides[k].push_back(strides[k][axis]);
        }
    }
    shape = merged;
    strides = merged_strides;
}

// Calls f(at, offset, count, step) for lines of a row-major array of that shape: `count` elements from number
// `at`, which are `step` apart from `offset` in another array that has these strides. Offsets and steps
// may be negative: they are unsigned and wrap around.
template <class F>
void for_each_line(Shape shape, const Shape& stride, F f) {
    std::array strides{stride};
    merge_axes(shape, strides);
    const std::size_t count = shape.empty() ? 1 : shape.back(), step = shape.empty() ? 1 : strides[0].back();
    for_each_run(shape, strides, [&](std::size_t at, const std::array<std::size_t, 1>& offset) {
        f(at, offset[0], count, step);
    });
}

// Writes the (rows, columns) matrix x^T to y, whose rows are `stride_y` apart; those of x are `stride_x`
// apart. Squares of both fit into the nearest cache.
template <class T>
void transpose(std::size_t rows, std::size_t columns, const T* x, std::size_t stride_x, T* y,
               std::size_t stride_y) {
    constexpr std::size_t square = 32;
    parallel_for((rows + square - 1) / square, usual_grain / square / std::max<std::size_t>(1, columns),
                 [=](std::size_t begin, std::size_t end) {
                     const std::size_t last_row = std::min(rows, end * square);
                     for (std::size_t top = begin * square; top < last_row; top += square)
                         for (std::size_t left = 0; left < columns; left += square) {
                             const std::size_t bottom = std::min(last_row, top + square),
                                               right = std::min(columns, left + square);
                             for (std::size_t i = top; i < bottom; ++i)
                                 for (std::size_t j = left; j < right; ++j)
                                     y[i * stride_y + j] = x[j * stride_x + i];
                         }
                 });
}

// The array of that shape whose elements have these strides in x, from `first`.
template <class T>
Array<T> strided(Shape shape, const Shape& stride, const T* x, std::size_t first) {
    Array<T> y(shape);
    T* const to = y.data();
    std::array strides{stride, row_major_strides(shape)};
    merge_axes(shape, strides);
    auto& [from_x, from_y] = strides;
    const std::size_t step = shape.empty() ? 1 : from_x.back(), count = shape.empty() ? 1 : shape.back();
    const auto neighbours = std::find(from_x.begin(), from_x.end(), std::size_t{1});
    if (step > 1 && neighbours != from_x.end()) {
        // Matrices that are transposed: of the last axis, and of that whose elements are neighbours in x.
        const auto axis = neighbours - from_x.begin();
        const std::size_t rows = std::exchange(shape[static_cast<std::size_t>(axis)], 1),
                          apart = from_y[static_cast<std::size_t>(axis)];
        shape.back() = 1;
        const auto each = [=](std::size_t, const std::array<std::size_t, 2>& offset) {
            transpose(rows, count, x + (first + offset[0]), step, to + offset[1], apart);
        };
        for_each_run(shape, strides, each, rows * count);
        return y;
    }
    for_each_run(shape, strides, [=](std::size_t at, const std::array<std::size_t, 2>& offset) {
        const T* const from = x + (first + offset[0]);
        if (step == 0)
            std::fill_n(to + at, count, *from);
        else if (step == 1 && count >= 32)
            std::copy_n(from, count, to + at);
        else
            for (std::size_t i = 0; i < count; ++i) to[at + i] = from[i * step];
    });
    return y;
}

// A block in an array of that shape: the number of its first element, and its strides.
struct Located {
    std::size_t first = 0;
    Shape strides;
    Located(const Block& block, const Shape& shape) : strides(row_major_strides(shape)) {
        for (std::size_t axis = 0; axis < shape.size(); ++axis) {
            first += block.begin[axis] * strides[axis];
            strides[axis] *= static_cast<std::size_t>(block.step[axis]);
        }
    }
};

// x as a matrix whose rows are reduced to one element each: the reduced axes are moved to the end.
template <class T>
struct Rows {
    Array<T> moved;  // owns the data if the axes had to be moved
    const T* data;
    std::size_t rows;
    std::size_t columns;
};

bool is_block(const Axes& axes, std::size_t first) {
    for (std::size_t i = 0; i < axes.size(); ++i)
        if (static_cast<std::size_t>(axes[i]) != first + i) return false;
    return true;
}

// Whether some leading axes are reduced, and not all: x is a matrix of columns that become one element each.
template <class T>
bool are_rows(const Axes& axes, const Array<T>& x) {
    return !axes.empty() && axes.size() < x.dimension() && is_block(axes, 0);
}

template <class T>
Rows<T> as_rows(const Array<T>& x, const Axes& axes) {
    std::size_t columns = 1;
    for (const auto axis : axes) columns *= x.shape()[static_cast<std::size_t>(axis)];
    const std::size_t rows = size_of(reduced_shape(x.shape(), axes, KeepDims::no));
    const std::size_t rank = x.dimension();
    if (is_block(axes, rank - axes.size())) return {Array<T>(), x.data(), rows, columns};
    Axes order;
    for (std::size_t axis = 0; axis < rank; ++axis)
        if (!std::binary_search(axes.begin(), axes.end(), static_cast<std::ptrdiff_t>(axis)))
            order.push_back(static_cast<std::ptrdiff_t>(axis));
    for (const auto axis : axes) order.push_back(axis);
    Rows<T> result{permute_axes(x, order), nullptr, rows, columns};
    result.data = result.moved.data();
    return result;
}

// An operand of a loop: its first element, and how it advances.
template <class T>
struct Operand {
    const T* x;
    kernels::Step step;
};

// The array of that shape to which the operands broadcast, computed run by run by f(n, operands, y).
template <class T, std::size_t N, class F>
Array<T> map_broadcast(Shape shape, const std::array<const Array<T>*, N>& arrays, F f) {
    Array<T> y(shape);
    std::array<Shape, N> strides;
    for (std::size_t k = 0; k < N; ++k) strides[k] = broadcast_strides(arrays[k]->shape(), shape);
    merge_axes(shape, strides);
    const std::size_t run = shape.empty() ? 1 : shape.back();
    T* const to = y.data();
    for_each_run(shape, strides, [&](std::size_t at, const std::array<std::size_t, N>& offset) {
        std::array<Operand<T>, N> operands;
        for (std::size_t k = 0; k < N; ++k)
            operands[k] = {arrays[k]->data() + offset[k], !shape.empty() && strides[k].back() == 0
                                                              ? kernels::Step::repeat
                                                              : kernels::Step::next};
        f(run, operands, to + at);
    });
    return y;
}

}  // namespace

template <class T>
Array<T> map(kernels::Unary op, const Array<T>& x, const kernels::Parameters& parameters) {
    Array<T> y(x.shape());
    kernels::unary(op, x.size(), x.data(), y.data(), parameters);
    return y;
}

template <class T>
Array<T> map_gradient(kernels::Unary op, const Array<T>& dy, const Array<T>& saved,
                      const kernels::Parameters& parameters) {
    Array<T> dx(dy.shape());
    kernels::unary_gradient(op, dy.size(), dy.data(), saved.data(), dx.data(), parameters);
    return dx;
}

template <class T>
Array<T> map(kernels::Binary op, const Array<T>& a, const Array<T>& b, const char* name) {
    using kernels::Step;
    if (a.shape() != b.shape())
        return map_broadcast<T, 2>(broadcast_shapes(name, a.shape(), b.shape()), {&a, &b},
                                   [op](std::size_t n, const auto& in, T* y) {
                                       kernels::binary(op, n, in[0].x, in[0].step, in[1].x, in[1].step, y);
                                   });
    Array<T> y(a.shape());
    kernels::binary(op, y.size(), a.data(), Step::next, b.data(), Step::next, y.data());
    return y;
}

template <class T>
Array<T> map(kernels::Binary op, const Array<T>& x, std::type_identity_t<T> c) {
    Array<T> y(x.shape());
    kernels::binary(op, y.size(), x.data(), kernels::Step::next, &c, kernels::Step::repeat, y.data());
    return y;
}

template <class T>
Array<T> map(kernels::Binary op, std::type_identity_t<T> c, const Array<T>& x) {
    Array<T> y(x.shape());
    kernels::binary(op, y.size(), &c, kernels::Step::repeat, x.data(), kernels::Step::next, y.data());
    return y;
}

template <class T>
Array<T> select(const Array<T>& condition, const Array<T>& a, const Array<T>& b, const char* name) {
    const Shape shape =
        broadcast_shapes(name, condition.shape(), broadcast_shapes(name, a.shape(), b.shape()));
    return map_broadcast<T, 3>(shape, {&condition, &a, &b}, [](std::size_t n, const auto& in, T* y) {
        kernels::select(n, in[0].x, in[0].step, in[1].x, in[1].step, in[2].x, in[2].step, y);
    });
}

template <class T>
void add_to(Array<T>& a, const Array<T>& b) {
    kernels::binary(kernels::Binary::add, a.size(), a.data(), kernels::Step::next, b.data(),
                    kernels::Step::next, a.data());
}

template <class T>
Array<T> broadcast_array(const Array<T>& x, const Shape& shape) {
    return strided(shape, broadcast_strides(x.shape(), shape), x.data(), 0);
}

template <class T>
Array<T> permute_axes(const Array<T>& x, const Axes& order) {
    const Shape own = row_major_strides(x.shape());
    Shape shape(own.size()), stride(own.size());
    for (std::size_t axis = 0; axis < own.size(); ++axis) {
        shape[axis] = x.shape()[static_cast<std::size_t>(order[axis])];
        stride[axis] = own[static_cast<std::size_t>(order[axis])];
    }
    return strided(shape, stride, x.data(), 0);
}

template <class T>
Array<T> take_block(const Array<T>& x, const Block& block) {
    const Located at(block, x.shape());
    return strided(block.extent, at.strides, x.data(), at.first);
}

template <class T>
Array<T> put_block(const Array<T>& x, const Block& block, const Shape& shape, std::type_identity_t<T> fill) {
    Array<T> y = filled<T>(shape, fill);
    const Located at(block, shape);
    const T* const source = x.data();
    T* const target = y.data();
    for_each_line(block.extent, at.strides,
                  [&](std::size_t from, std::size_t to, std::size_t count, std::size_t step) {
                      for (std::size_t i = 0; i < count; ++i)
                          target[at.first + to + i * step] = source[from + i];
                  });
    return y;
}

template <class T>
Array<T> sum_axes(const Array<T>& x, const Axes& axes, KeepDims keepdims, double scale) {
    Array<T> y(reduced_shape(x.shape(), axes, keepdims));
    if (are_rows(axes, x)) {
        kernels::sum_columns(x.size() / std::max<std::size_t>(1, y.size()), y.size(), y.size(), x.data(),
                             y.data(), scale);
    } else {
        const Rows<T> rows = as_rows(x, axes);
        kernels::sum_rows(rows.rows, rows.columns, rows.data, y.data(), scale);
    }
    return y;
}

template <class T>
Array<T> reduce_axes(kernels::RowReduction op, const Array<T>& x, const Axes& axes, KeepDims keepdims,
                     double scale) {
    using kernels::RowReduction;
    Array<T> y(reduced_shape(x.shape(), axes, keepdims));
    if (are_rows(axes, x) && (op == RowReduction::maximum || op == RowReduction::minimum)) {
        kernels::reduce_columns(op, x.size() / std::max<std::size_t>(1, y.size()), y.size(), y.size(),
                                x.data(), y.data());
    } else {
        const Rows<T> rows = as_rows(x, axes);
        kernels::reduce_rows(op, rows.rows, rows.columns, rows.data, y.data(), scale);
    }
    return y;
}

template <class T>
Array<T> multiply_matrices(const Array<T>& a, const Array<T>& b, Transpose transpose_a, Transpose transpose_b,
                           const Shape& shape) {
    const std::size_t rank = shape.size(), m = shape[rank - 2], n = shape[rank - 1];
    const std::size_t columns_a = a.shape().back(), columns_b = b.shape().back();
    const std::size_t k = transpose_a == Transpose::yes ? a.shape()[a.dimension() - 2] : columns_a;
    Array<T> c(shape);
    const auto multiply = [&](std::size_t at_a, std::size_t at_b, std::size_t at_c) {
        kernels::gemm(transpose_a, transpose_b, m, n, k, a.data() + at_a, columns_a, b.data() + at_b,
                      columns_b, false, c.data() + at_c, n);
    };
    if (rank == 2) {
        multiply(0, 0, 0);
        return c;
    }
    const auto leading = [](const Shape& s) { return Shape(s.begin(), s.end() - 2); };
    const Shape batch = leading(shape);
    const Shape strides_a = broadcast_strides(leading(a.shape()), batch),
                strides_b = broadcast_strides(leading(b.shape()), batch);
    const std::size_t size_a = columns_a * a.shape()[a.dimension() - 2],
                      size_b = columns_b * b.shape()[b.dimension() - 2];
    constexpr std::size_t worth_a_thread = std::size_t{1} << 17;  // multiplications
    parallel_for(size_of(batch), worth_a_thread / std::max<std::size_t>(1, m * n * k),
                 [&](std::size_t begin, std::size_t end) {
                     for (std::size_t i = begin; i < end; ++i) {
                         std::size_t at_a = 0, at_b = 0, left = i;
                         for (std::size_t axis = batch.size(); axis-- > 0; left /= batch[axis]) {
                             at_a += left % batch[axis] * strides_a[axis];
                             at_b += left % batch[axis] * strides_b[axis];
                         }
                         multiply(at_a * size_a, at_b * size_b, i * m * n);
                     }
                 });
    return c;
}

#define INSTANTIATE(T)                                                                                    \
    template Array<T> map(kernels::Unary, const Array<T>&, const kernels::Parameters&);                   \
    template Array<T> map_gradient(kernels::Unary, const Array<T>&, const Array<T>&,                      \
                                   const kernels::Parameters&);                                           \
    template Array<T> map(kernels::Binary, const Array<T>&, const Array<T>&, const char*);                \
    template Array<T> map<T>(kernels::Binary, const Array<T>&, T);                                        \
    template Array<T> map<T>(kernels::Binary, T, const Array<T>&);                                        \
    template Array<T> select(const Array<T>&, const Array<T>&, const Array<T>&, const char*);             \
    template void add_to(Array<T>&, const Array<T>&);                                                     \
    template Array<T> broadcast_array(const Array<T>&, const Shape&);                                     \
    template Array<T> permute_axes(const Array<T>&, const Axes&);                                         \
    template Array<T> take_block(const Array<T>&, const Block&);                                          \
    template Array<T> put_block(const Array<T>&, const Block&, const Shape&, std::type_identity_t<T>);    \
    template Array<T> sum_axes(const Array<T>&, const Axes&, KeepDims, double);                           \
    template Array<T> reduce_axes(kernels::RowReduction, const Array<T>&, const Axes&, KeepDims, double); \
    template Array<T> multiply_matrices(const Array<T>&, const Array<T>&, Transpose, Transpose, const Shape&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
