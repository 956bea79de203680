#pragma once

#include <algorithm>

#include <xgrad/core/parallel.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad {

/// An array seen as (outer, extent, inner) around one axis.
struct AxisView {
    std::size_t outer = 1, extent, inner = 1;
    AxisView(const Shape& shape, std::size_t axis) : extent(shape[axis]) {
        for (std::size_t i = 0; i < axis; ++i) outer *= shape[i];
        for (std::size_t i = axis + 1; i < shape.size(); ++i) inner *= shape[i];
    }
};

/// Calls f(outer, first, last) for each outer index of the view and ranges that cover its inner ones, where
/// an inner index takes `work` operations.
template <class F>
void for_each_column(const AxisView& view, std::size_t work, F f) {
    const std::size_t rows = std::max<std::size_t>(1, work);
    parallel_for(view.outer, usual_grain / rows / std::max<std::size_t>(1, view.inner),
                 [&](std::size_t begin, std::size_t end) {
                     for (std::size_t outer = begin; outer < end; ++outer)
                         parallel_for(view.inner, usual_grain / rows,
                                      [&](std::size_t first, std::size_t last) { f(outer, first, last); });
                 });
}

}  // namespace xgrad
