#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops/convolution.hpp>
#include <xgrad/autograd/ops/shape.hpp>
#include <xgrad/core/kernels/convolution.hpp>

namespace xgrad::detail {

/// As the kernels take it.
inline kernels::Plane plane(const Pair& pair) { return {pair.rows, pair.columns}; }

/// A number or a pair of numbers that an op takes, and the least that it may be.
struct PairOption {
    const char* name;
    Pair value;
    std::size_t least;
};

/// An op of images, or of signals, which are images of one row: what its errors say of them.
struct ImageOp {
    const char* name;
    bool of_signals;

    /// Options and extents of images are less: sums of their products fit in 64 bits.
    static constexpr std::size_t limit = std::size_t{1} << 31;

    const char* operands() const { return of_signals ? "signals" : "images"; }
    const char* axes() const { return of_signals ? "length" : "rows, columns"; }
    std::string shown(Shape shape) const {
        if (of_signals) shape.erase(shape.begin() + 2);
        return to_string(shape);
    }
    std::string shown(const kernels::Plane& extents) const {
        return of_signals ? fmt::format("{}", extents[1]) : fmt::format("{}x{}", extents[0], extents[1]);
    }
    /// A window.
    std::string shown(const kernels::Plane& extents, const kernels::Plane& dilation) const {
        if (dilation == kernels::Plane{1, 1}) return shown(extents);
        return fmt::format("{} with dilation {}", shown(extents), shown(dilation));
    }

    template <class... A>
    [[noreturn]] void refuse(fmt::format_string<A...> format, A&&... arguments) const {
        fail<ShapeError>(name, fmt::format(format, std::forward<A>(arguments)...));
    }

    void check_options(const std::vector<PairOption>& options) const {
        for (const auto& [option, value, least] : options)
            for (const std::size_t number : {value.rows, value.columns})
                if (number < least || number >= limit)
                    fail<ValueError>(name, fmt::format("{} must be at least {} and less than 2^31, got {}",
                                                       option, least, number));
    }
    /// An operand with four axes. `first_axes`: the names of the first two.
    template <class T>
    Tensor<T> as_images(const char* operand, const char* first_axes, const Tensor<T>& x) const {
        if (x.dim() != (of_signals ? 3 : 4))
            refuse("expected {} ({}, {}), got {}", operand, first_axes, axes(), to_string(x.shape()));
        return of_signals ? unsqueeze(x, 2) : x;
    }
    /// The result with the axes of the operands.
    template <class T>
    Tensor<T> as_given(const Tensor<T>& images) const {
        return of_signals ? squeeze(images, 2) : images;
    }
    /// Of an operand with four axes.
    template <class T>
    void check_extents(const char* operand, const Tensor<T>& x) const {
        for (std::size_t axis = 1; axis < 4; ++axis)
            if (const std::size_t extent = x.shape()[axis]; extent == 0 || extent >= limit)
                refuse("expected {} with 1 to 2^31 - 1 elements along each axis but the first, got {}",
                       operand, shown(x.shape()));
    }
};

}  // namespace xgrad::detail
