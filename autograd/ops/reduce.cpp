#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/ops/detail/masked.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

using kernels::RowReduction;

// The axes of one reduction of x, and its shape with these axes kept, which broadcasts back to x.
struct ReducedAxes {
    Axes axes;
    Shape kept;
    KeepDims keepdims;
    std::size_t count;  // number of elements that are reduced to one

    template <class T>
    ReducedAxes(const char* op, const Tensor<T>& x, const Axes& given, KeepDims keep)
        : axes(normalize_axes(op, given, x.dim())),
          kept(reduced_shape(x.shape(), axes, KeepDims::yes)),
          keepdims(keep),
          count(1) {
        for (const auto axis : axes) count *= x.shape()[static_cast<std::size_t>(axis)];
    }

    void check_not_empty(const char* op, const Shape& shape) const {
        if (count == 0)
            fail<ShapeError>(op, fmt::format("nothing to reduce: shape {} has no elements along the axes",
                                             to_string(shape)));
    }
};

// The maximum or minimum of x. All elements that equal it share its gradient equally.
template <class T>
Tensor<T> extremum(const char* op, RowReduction kind, const Tensor<T>& x, const Axes& axes,
                   KeepDims keepdims) {
    const ReducedAxes r(op, x, axes, keepdims);
    r.check_not_empty(op, x.shape());
    const Tensor<T> y(reduce_axes(kind, x.value(), r.axes, r.keepdims));
    return record(op, y,
                  Edge{x,
                       [op](const auto& dy, const auto& in, const auto& out, const ReducedAxes& reduced) {
                           const Array<T> most =
                               broadcast_array(reshape(out.detach(), reduced.kept).value(), in.shape());
                           Array<T> portion =
                               map(kernels::Binary::multiply,
                                   map(kernels::Binary::greater_equal, in.value(), most, op),
                                   map(kernels::Binary::greater_equal, most, in.value(), op), op);
                           portion = map(kernels::Binary::divide, portion,
                                         sum_axes(portion, reduced.axes, KeepDims::yes), op);
                           return masked(reshape(dy, reduced.kept), Tensor<T>(std::move(portion)));
                       },
                       saves(x, y, r)});
}

// Both forms: over given axes, and over all axes.
#define INSTANTIATE_REDUCTION(op) \
    INSTANTIATE_UNARY(op)         \
    INSTANTIATE_UNARY(op, const Axes&, KeepDims)

}  // namespace

template <class T>
Tensor<T> sum(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const ReducedAxes r("sum", x, axes, keepdims);
    return record("sum", Tensor<T>(sum_axes(x.value(), r.axes, r.keepdims)),
                  Edge{x,
                       [](const auto& dy, const Shape& kept, const Shape& shape) {
                           return broadcast_to(reshape(dy, kept), shape);
                       },
                       saves(r.kept, x.shape())});
}
template <class T>
Tensor<T> sum(const Tensor<T>& x) {
    return sum(x, axis_range(0, x.dim()));
}
INSTANTIATE_REDUCTION(sum)

template <class T>
Tensor<T> mean(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const ReducedAxes r("mean", x, axes, keepdims);
    r.check_not_empty("mean", x.shape());
    const double scale = 1 / static_cast<double>(r.count);
    return record("mean", Tensor<T>(sum_axes(x.value(), r.axes, r.keepdims, scale)),
                  Edge{x,
                       [scale](const auto& dy, const Shape& kept, const Shape& shape) {
                           return broadcast_to(reshape(dy * scale, kept), shape);
                       },
                       saves(r.kept, x.shape())});
}
template <class T>
Tensor<T> mean(const Tensor<T>& x) {
    return mean(x, axis_range(0, x.dim()));
}
INSTANTIATE_REDUCTION(mean)

template <class T>
Tensor<T> variance(const Tensor<T>& x, const Axes& axes, KeepDims keepdims, std::size_t correction) {
    const ReducedAxes r("variance", x, axes, keepdims);
    if (r.count <= correction)
        fail<ShapeError>("variance",
                         fmt::format("needs more than {} element{} along the axes, shape {} has {}",
                                     correction, correction == 1 ? "" : "s", to_string(x.shape()), r.count));
    const double scale = 1 / static_cast<double>(r.count - correction);
    return record("variance",
                  Tensor<T>(reduce_axes(RowReduction::variance_sum, x.value(), r.axes, r.keepdims, scale)),
                  Edge{x,
                       [scale](const auto& dy, const auto& in, const ReducedAxes& reduced) {
                           return reshape(dy * (2 * scale), reduced.kept) *
                                  (in - mean(in, reduced.axes, KeepDims::yes));
                       },
                       saves(x, r)});
}
template <class T>
Tensor<T> variance(const Tensor<T>& x) {
    return variance(x, axis_range(0, x.dim()));
}
INSTANTIATE_UNARY(variance)
INSTANTIATE_UNARY(variance, const Axes&, KeepDims, std::size_t)

template <class T>
Tensor<T> amax(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    return extremum("amax", RowReduction::maximum, x, axes, keepdims);
}
template <class T>
Tensor<T> amax(const Tensor<T>& x) {
    return amax(x, axis_range(0, x.dim()));
}
INSTANTIATE_REDUCTION(amax)

template <class T>
Tensor<T> amin(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    return extremum("amin", RowReduction::minimum, x, axes, keepdims);
}
template <class T>
Tensor<T> amin(const Tensor<T>& x) {
    return amin(x, axis_range(0, x.dim()));
}
INSTANTIATE_REDUCTION(amin)

template <class T>
Tensor<T> logsumexp(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const ReducedAxes r("logsumexp", x, axes, keepdims);
    return record("logsumexp", Tensor<T>(reduce_axes(RowReduction::logsumexp, x.value(), r.axes, r.keepdims)),
                  Edge{x,
                       [](const auto& dy, const auto& in, const ReducedAxes& reduced) {
                           // The softmax. Not exp(x - y): a rounding error e of a large y would become a
                           // factor exp(e) of the gradient.
                           Array<T> most =
                               reduce_axes(RowReduction::maximum, in.value(), reduced.axes, KeepDims::yes);
                           for (T& v : most)
                               if (!std::isfinite(v)) v = 0;
                           const Tensor<T> powers = exp(in - Tensor<T>(std::move(most)));
                           const Tensor<T> total = sum(powers, reduced.axes, KeepDims::yes);
                           // Where all elements are -inf, the total is 0, and so is the gradient.
                           return reshape(dy, reduced.kept) * (powers / where(total, total, ones<T>({})));
                       },
                       saves(x, r)});
}
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x) {
    return logsumexp(x, axis_range(0, x.dim()));
}
INSTANTIATE_REDUCTION(logsumexp)

}  // namespace xgrad
