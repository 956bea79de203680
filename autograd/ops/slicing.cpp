#include <algorithm>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/axis_view.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/joined.hpp>

namespace xgrad {

// ---- joining ----------------------------------------------------------------------------------------------

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
        const std::size_t size = from.extent * from.inner;
        const T* const source = x.value().data();
        T* const target = y.data() + begin * to.inner;
        parallel_for(from.outer, usual_grain / std::max<std::size_t>(1, size),
                     [&](std::size_t first, std::size_t last) {
                         for (std::size_t i = first; i < last; ++i)
                             std::copy_n(source + i * size, size, target + i * to.extent * to.inner);
                     });
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
Tensor<T> stack(const std::vector<Tensor<T>>& xs, std::ptrdiff_t along) {
    if (xs.empty()) fail<ShapeError>("stack", "expected at least one Tensor, got none");
    const ComposedOp composed("stack", xs[0]);
    const auto axis = static_cast<std::ptrdiff_t>(normalize_axis("stack", along, xs[0].dim() + 1));
    std::vector<Tensor<T>> layers;
    layers.reserve(xs.size());
    for (const Tensor<T>& x : xs) {
        if (x.shape() != xs[0].shape())
            fail<ShapeError>("stack", fmt::format("input {} has shape {}, input 0 has {}", layers.size(),
                                                  to_string(x.shape()), to_string(xs[0].shape())));
        layers.push_back(unsqueeze(x, axis));
    }
    return concatenate(layers, axis);
}
template Tensor<float> stack(const std::vector<Tensor<float>>&, std::ptrdiff_t);
template Tensor<double> stack(const std::vector<Tensor<double>>&, std::ptrdiff_t);

// ---- parts ------------------------------------------------------------------------------------------------

namespace {

template <class T>
Tensor<T> embed(const char* op, const Tensor<T>& x, Block block, const Shape& shape, double fill);

// Where the elements of a block begin, if they follow one another in an array of that shape.
std::optional<std::size_t> contiguous(const Block& block, const Shape& shape) {
    std::size_t axis = 0, offset = 0;
    while (axis < shape.size() && block.extent[axis] == 1) ++axis;
    for (std::size_t inner = axis + 1; inner < shape.size(); ++inner)
        if (block.extent[inner] != shape[inner] || block.begin[inner] != 0 || block.step[inner] != 1)
            return std::nullopt;
    if (axis < shape.size() && block.step[axis] != 1) return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) offset = offset * shape[i] + block.begin[i];
    return offset;
}

// A block of x, under the name of an op; elements that follow one another are shared. Its adjoint is `embed`,
// whose adjoint it is.
template <class T>
Tensor<T> extract(const char* op, const Tensor<T>& x, Block block) {
    Tensor<T> y = Tensor<T>::computed([&] {
        const std::optional<std::size_t> first = contiguous(block, x.shape());
        return first ? share(x.value(), block.extent, *first) : take_block(x.value(), block);
    });
    return record(op, std::move(y),
                  Edge{x,
                       [op](const auto& dy, const Block& part, const Shape& shape) {
                           return embed(op, dy, part, shape, 0);
                       },
                       saves(std::move(block), x.shape())});
}

// An array of that shape with x in a block and `fill` elsewhere.
template <class T>
Tensor<T> embed(const char* op, const Tensor<T>& x, Block block, const Shape& shape, double fill) {
    Tensor<T> y =
        Tensor<T>::computed([&] { return put_block(x.value(), block, shape, static_cast<T>(fill)); });
    return record(op, std::move(y),
                  Edge{x, [op](const auto& dy, const Block& part) { return extract(op, dy, part); },
                       saves(std::move(block))});
}

}  // namespace

template <class T>
Tensor<T> slice(const Tensor<T>& x, std::ptrdiff_t along, std::ptrdiff_t begin, std::ptrdiff_t end,
                std::ptrdiff_t step) {
    const std::size_t axis = normalize_axis("slice", along, x.dim());
    const auto extent = static_cast<std::ptrdiff_t>(x.shape()[axis]);
    const std::ptrdiff_t first = begin < 0 ? begin + extent : begin;
    const std::ptrdiff_t last = end < 0 ? end + extent : end;
    if (first < 0 || last < first || last > extent)
        fail<ShapeError>("slice", fmt::format("[{}, {}) is no range along axis {} of {}, whose extent is {}",
                                              begin, end, axis, to_string(x.shape()), extent));
    if (step < 1)
        fail<ValueError>("slice", fmt::format("expected a positive step, got {}; flip() reverses", step));
    Block block(x.shape());
    block.begin[axis] = static_cast<std::size_t>(first);
    block.extent[axis] = static_cast<std::size_t>(last > first ? (last - first - 1) / step + 1 : 0);
    block.step[axis] = step;
    return extract("slice", x, std::move(block));
}
INSTANTIATE_UNARY(slice, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t, std::ptrdiff_t)

template <class T>
std::vector<Tensor<T>> split(const Tensor<T>& x, std::size_t extent, std::ptrdiff_t along) {
    if (extent == 0) fail<ValueError>("split", "expected parts of at least one element, got 0");
    const std::size_t left = x.shape()[normalize_axis("split", along, x.dim())];
    std::vector<std::size_t> extents(left / extent, extent);
    if (left == 0 || left % extent != 0) extents.push_back(left % extent);
    return split(x, extents, along);
}
template std::vector<Tensor<float>> split(const Tensor<float>&, std::size_t, std::ptrdiff_t);
template std::vector<Tensor<double>> split(const Tensor<double>&, std::size_t, std::ptrdiff_t);

template <class T>
std::vector<Tensor<T>> split(const Tensor<T>& x, const std::vector<std::size_t>& extents,
                             std::ptrdiff_t along) {
    const std::size_t axis = normalize_axis("split", along, x.dim());
    std::size_t left = x.shape()[axis];
    for (const std::size_t extent : extents) {
        if (extent > left) break;
        left -= extent;
    }
    if (std::accumulate(extents.begin(), extents.end(), std::size_t{0}) != x.shape()[axis] || left != 0)
        fail<ShapeError>("split",
                         fmt::format("the extents ({}) do not add up to axis {} of {}, which has {}",
                                     joined(extents, ", "), axis, to_string(x.shape()), x.shape()[axis]));
    std::vector<Tensor<T>> parts;
    parts.reserve(extents.size());
    Block block(x.shape());
    for (const std::size_t extent : extents) {
        block.extent[axis] = extent;
        parts.push_back(extract("split", x, block));
        block.begin[axis] += extent;
    }
    return parts;
}
template std::vector<Tensor<float>> split(const Tensor<float>&, const std::vector<std::size_t>&,
                                          std::ptrdiff_t);
template std::vector<Tensor<double>> split(const Tensor<double>&, const std::vector<std::size_t>&,
                                           std::ptrdiff_t);

template <class T>
Tensor<T> flip(const Tensor<T>& x, const Axes& axes) {
    Block block(x.shape());
    for (const auto axis : normalize_axes("flip", axes, x.dim())) {
        const auto i = static_cast<std::size_t>(axis);
        if (x.shape()[i] == 0) continue;
        block.begin[i] = x.shape()[i] - 1;
        block.step[i] = -1;
    }
    return extract("flip", x, std::move(block));
}
INSTANTIATE_UNARY(flip, const Axes&)

// ---- padding and repetition -------------------------------------------------------------------------------

namespace {

// The positions along an axis of that extent which `mode` puts in place of the padded axis's.
Indices padded_positions(const Padding& padding, std::size_t extent, PadMode mode) {
    std::vector<std::int32_t> positions;
    for (std::size_t i = 0; i < padding.first + extent + padding.second; ++i) {
        const auto last = static_cast<std::ptrdiff_t>(extent) - 1;
        std::ptrdiff_t at = static_cast<std::ptrdiff_t>(i) - static_cast<std::ptrdiff_t>(padding.first);
        if (mode == PadMode::replicate)
            at = std::clamp<std::ptrdiff_t>(at, 0, last);
        else
            at = at < 0 ? -at : at > last ? 2 * last - at : at;
        positions.push_back(static_cast<std::int32_t>(at));
    }
    return positions;
}

}  // namespace

template <class T>
Tensor<T> pad(const Tensor<T>& x, const std::vector<Padding>& paddings, PadMode mode, double value) {
    const ComposedOp composed("pad", x);
    if (paddings.size() > x.dim())
        fail<ShapeError>("pad", fmt::format("{} paddings for x {}", paddings.size(), to_string(x.shape())));
    const std::size_t first = x.dim() - paddings.size();
    Block block(x.shape());
    Shape shape = x.shape();
    for (std::size_t i = 0; i < paddings.size(); ++i) {
        const auto [before, after] = paddings[i];
        const std::size_t axis = first + i, most = std::max(before, after);
        if (most > std::size_t{1} << 60)
            fail<ShapeError>("pad", fmt::format("cannot add {} and {} elements to axis {} of {}", before,
                                                after, axis, to_string(x.shape())));
        if (mode != PadMode::constant && most > 0 && shape[axis] < (mode == PadMode::reflect ? most + 1 : 1))
            fail<ShapeError>(
                "pad", fmt::format("axis {} of {} is too short to {} {} elements", axis, to_string(x.shape()),
                                   mode == PadMode::reflect ? "reflect" : "replicate", most));
        block.begin[axis] = before;
        shape[axis] += before + after;
    }
    checked_size("pad", shape);
    if (mode == PadMode::constant) return embed("pad", x, std::move(block), shape, value);
    Tensor<T> y = x;
    for (std::size_t axis = first; axis < x.dim(); ++axis)
        if (shape[axis] != x.shape()[axis])
            y = index_select(y, static_cast<std::ptrdiff_t>(axis),
                             padded_positions(paddings[axis - first], x.shape()[axis], mode));
    return y;
}
INSTANTIATE_UNARY(pad, const std::vector<Padding>&, PadMode, double)

template <class T>
Tensor<T> tile(const Tensor<T>& x, const Shape& repeats) {
    const ComposedOp composed("tile", x);
    const std::size_t rank = std::max(repeats.size(), x.dim());
    Shape apart, repeated, shape;  // (1, a, 1, b), (r, a, s, b), (r a, s b)
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::size_t extent = axis + x.dim() < rank ? 1 : x.shape()[axis + x.dim() - rank];
        const std::size_t repeat = axis + repeats.size() < rank ? 1 : repeats[axis + repeats.size() - rank];
        apart.insert(apart.end(), {1, extent});
        repeated.insert(repeated.end(), {repeat, extent});
        shape.push_back(repeat * extent);
    }
    checked_size("tile", repeated);
    return reshape(broadcast_to(reshape(x, apart), repeated), shape);
}
INSTANTIATE_UNARY(tile, const Shape&)

// ---- triangles --------------------------------------------------------------------------------------------

namespace {

enum class Side { upper, lower };

// The matrices of x with zeros on the other side of the diagonal.
template <class T>
Tensor<T> triangle(const char* op, const Tensor<T>& x, std::ptrdiff_t diagonal, Side side) {
    const ComposedOp composed(op, x);
    if (x.dim() < 2)
        fail<ShapeError>(op, fmt::format("expected at least two axes, got {}", to_string(x.shape())));
    const std::size_t rows = x.shape()[x.dim() - 2], columns = x.shape().back();
    Array<T> kept(Shape{rows, columns});
    T* const kept_data = kept.data();
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j) {
            const std::ptrdiff_t right = static_cast<std::ptrdiff_t>(j) - static_cast<std::ptrdiff_t>(i);
            kept_data[i * columns + j] =
                (side == Side::upper ? right >= diagonal : right <= diagonal) ? 1 : 0;
        }
    return where(Tensor<T>(std::move(kept)), x, 0.0);
}

}  // namespace

template <class T>
Tensor<T> triu(const Tensor<T>& x, std::ptrdiff_t diagonal) {
    return triangle("triu", x, diagonal, Side::upper);
}
INSTANTIATE_UNARY(triu, std::ptrdiff_t)

template <class T>
Tensor<T> tril(const Tensor<T>& x, std::ptrdiff_t diagonal) {
    return triangle("tril", x, diagonal, Side::lower);
}
INSTANTIATE_UNARY(tril, std::ptrdiff_t)

}  // namespace xgrad
