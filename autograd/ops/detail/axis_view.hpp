#pragma once

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

}  // namespace xgrad
