#pragma once

// The only public header that includes xtensor. XTENSOR_USE_XSIMD is left undefined so that the ABI does not
// depend on -march.
#include <type_traits>
#include <utility>
#include <vector>

#include <xtensor/xarray.hpp>

#include <xgrad/core/allocator.hpp>
#include <xgrad/core/buffer.hpp>

// xtensor 0.24.3 enables its own workaround for GCC only if `__cplusplus == 201703L`. In C++20 a dynamic
// shape (an `svector`, whose template parameters resemble those of a fixed-size shape) is then mistaken for a
// fixed rank, and xt::eval, xt::sum and others return garbage.
namespace xt::detail {
template <>
struct xtype_for_shape<dynamic_shape<std::size_t>> {
    template <class T, layout_type L>
    using type = xarray<T, L>;
};
template <>
struct xtype_for_shape<dynamic_shape<std::ptrdiff_t>> {
    template <class T, layout_type L>
    using type = xarray<T, L>;
};
}  // namespace xt::detail

namespace xgrad {

static_assert(
    std::is_same_v<
        xt::detail::xtype_for_shape<xt::dynamic_shape<std::size_t>>::type<double, xt::layout_type::row_major>,
        xt::xarray<double, xt::layout_type::row_major>>,
    "xtensor mistakes a dynamic shape for a fixed rank");

/// The extents of an array, outermost first; `{}` for a scalar.
using Shape = xt::dynamic_shape<std::size_t>;

/// A list of axes; negative ones count from the last. Not an xtensor type, so that `sum(x, axes)` cannot find
/// `xt::sum`.
using Axes = std::vector<std::ptrdiff_t, RecyclingAllocator<std::ptrdiff_t>>;

/// A row-major array of dynamic rank whose memory is recycled. `T` is `float` or `double`.
///
/// `Array<T>(shape)` with a `Shape` leaves its elements uninitialised; `Array<T>{{1, 2}, {3, 4}}` is the
/// 2-by-2 array of these values.
template <class T>
using Array = xt::xarray_container<Buffer<T, RecyclingAllocator<T>>, xt::layout_type::row_major, Shape>;

/// The elements of x in a shape of the same size. They share memory until one of the two is written to, which
/// neither can notice.
template <class T>
Array<T> share(const Array<T>& x, const Shape& shape) {
    Array<T> y;
    y.storage() = x.storage().share();
    y.reshape(shape);
    return y;
}

/// The same of a part of the elements in row-major order, from `first` on, as many as the shape has.
template <class T>
Array<T> share(const Array<T>& x, const Shape& shape, std::size_t first) {
    Array<T> y;
    std::size_t count = 1;
    for (const std::size_t extent : shape) count *= extent;
    y.storage() = x.storage().share(first, count);
    y.reshape(shape);
    return y;
}

/// Evaluates an xtensor expression to an `Array`: `evaluate(xt::exp(a) + b)`.
template <class E>
auto evaluate(E&& expression) {
    using T = std::remove_const_t<typename std::decay_t<E>::value_type>;
    return Array<T>(std::forward<E>(expression));
}

}  // namespace xgrad
