#include <xgrad/core/shape.hpp>

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>

namespace xgrad {

std::string to_string(const Shape& shape) { return "(" + joined(shape, ", ") + ")"; }

std::size_t size_of(const Shape& shape) {
    std::size_t size = 1;
    for (const std::size_t extent : shape) size *= extent;
    return size;
}

std::size_t checked_size(std::string_view op, const Shape& shape) {
    constexpr std::size_t limit = std::size_t{1} << 60;
    std::size_t product = 1;
    bool empty = false;
    for (const std::size_t extent : shape) {
        if (extent == 0)
            empty = true;
        else if (__builtin_mul_overflow(product, extent, &product) || product >= limit)
            fail<ShapeError>(
                op, fmt::format("shape {} is too large: its extents (other than 0) multiply to 2^60 or more",
                                to_string(shape)));
    }
    return empty ? 0 : product;
}

Shape batch_shape(std::size_t count, const Shape& sample) {
    Shape shape{count};
    shape.insert(shape.end(), sample.begin(), sample.end());
    return shape;
}

Shape broadcast_shapes(std::string_view op, const Shape& a, const Shape& b) {
    const std::size_t rank = std::max(a.size(), b.size());
    Shape shape(rank, 1);
    for (std::size_t back = 1; back <= rank; ++back) {
        const std::size_t extent_a = back <= a.size() ? a[a.size() - back] : 1;
        const std::size_t extent_b = back <= b.size() ? b[b.size() - back] : 1;
        if (extent_a != extent_b && extent_a != 1 && extent_b != 1)
            fail<ShapeError>(op, fmt::format("cannot broadcast {} with {}: axis -{} is {} and {}",
                                             to_string(a), to_string(b), back, extent_a, extent_b));
        shape[rank - back] = extent_a == 1 ? extent_b : extent_a;
    }
    checked_size(op, shape);
    return shape;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
    if (from.size() > to.size()) return false;
    for (std::size_t back = 1; back <= from.size(); ++back) {
        const std::size_t extent = from[from.size() - back];
        if (extent != 1 && extent != to[to.size() - back]) return false;
    }
    return true;
}

std::size_t normalize_axis(std::string_view op, std::ptrdiff_t axis, std::size_t rank) {
    const auto n = static_cast<std::ptrdiff_t>(rank);
    if (axis < -n || axis >= n)
        fail<ShapeError>(op, fmt::format("axis {} is out of range for an array with {} {}", axis, rank,
                                         rank == 1 ? "axis" : "axes"));
    return static_cast<std::size_t>(axis < 0 ? axis + n : axis);
}

Axes normalize_axes(std::string_view op, const Axes& axes, std::size_t rank) {
    Axes sorted(axes.size());
    std::transform(axes.begin(), axes.end(), sorted.begin(), [&](std::ptrdiff_t axis) {
        return static_cast<std::ptrdiff_t>(normalize_axis(op, axis, rank));
    });
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end()) fail<ShapeError>(op, fmt::format("axis {} is given twice", *twice));
    return sorted;
}

Shape flattened_shape(std::string_view op, const Shape& shape, std::ptrdiff_t first, std::ptrdiff_t last) {
    const std::size_t rank = std::max<std::size_t>(1, shape.size()), begin = normalize_axis(op, first, rank),
                      end = normalize_axis(op, last, rank) + 1;
    if (end <= begin) fail<ShapeError>(op, fmt::format("axis {} is before axis {}", end - 1, begin));
    Shape flattened;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::size_t extent = shape.empty() ? 1 : shape[axis];
        if (axis > begin && axis < end)
            flattened.back() *= extent;
        else
            flattened.push_back(extent);
    }
    return flattened;
}

Axes axis_range(std::size_t first, std::size_t last) {
    Axes axes(last - first);
    std::iota(axes.begin(), axes.end(), static_cast<std::ptrdiff_t>(first));
    return axes;
}

Shape reduced_shape(const Shape& shape, const Axes& axes, KeepDims keepdims) {
    Shape result;
    auto axis = axes.begin();
    for (std::size_t i = 0; i < shape.size(); ++i) {
        const bool reduced = axis != axes.end() && static_cast<std::size_t>(*axis) == i;
        if (reduced) ++axis;
        if (!reduced || keepdims == KeepDims::yes) result.push_back(reduced ? 1 : shape[i]);
    }
    return result;
}

Axes broadcast_axes(const Shape& from, const Shape& to) {
    Axes axes;
    const std::size_t added = to.size() - from.size();
    for (std::size_t i = 0; i < to.size(); ++i)
        if (i < added || (from[i - added] == 1 && to[i] != 1)) axes.push_back(static_cast<std::ptrdiff_t>(i));
    return axes;
}

}  // namespace xgrad
