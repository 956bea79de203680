#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

using kernels::RowReduction;

Axes all_axes(std::size_t rank) {
    Axes axes(rank);
    for (std::size_t i = 0; i < rank; ++i) axes[i] = static_cast<std::ptrdiff_t>(i);
    return axes;
}

// The axes of one reduction of x, and the shape with them kept, which broadcasts back to x.
struct Reduction {
    Axes axes;
    Shape kept;
    bool keepdims;
    std::size_t count;  // how many elements go into one

    template <class T>
    Reduction(const char* op, const Tensor<T>& x, const Axes& given, KeepDims keep)
        : axes(normalize_axes(op, given, x.dim())),
          kept(reduced_shape(x.shape(), axes, true)),
          keepdims(keep == KeepDims::yes),
          count(1) {
        for (const auto axis : axes) count *= x.shape()[static_cast<std::size_t>(axis)];
    }

    void check_not_empty(const char* op, const Shape& shape) const {
        if (count == 0)
            fail<ShapeError>(op, fmt::format("nothing to reduce: shape {} has no elements along the axes",
                                             to_string(shape)));
    }
};

// The gradient of the maximum or minimum y of x: shared by all elements that equal it.
template <class T>
Tensor<T> extremum(const char* op, RowReduction kind, const Tensor<T>& x, const Axes& axes,
                   KeepDims keepdims) {
    const Reduction r(op, x, axes, keepdims);
    r.check_not_empty(op, x.shape());
    const Tensor<T> y(reduce_axes(kind, x.value(), r.axes, r.keepdims));
    return record(
        op, y, Edge{x, [x, y, r, op](const Tensor<T>& dy) {
                        const Array<T> most = broadcast_array(reshape(y.detach(), r.kept).value(), x.shape());
                        Array<T> share = map(kernels::Binary::multiply,
                                             map(kernels::Binary::greater_equal, x.value(), most, op),
                                             map(kernels::Binary::greater_equal, most, x.value(), op), op);
                        share = map(kernels::Binary::divide, share, sum_axes(share, r.axes, true), op);
                        return reshape(dy, r.kept) * Tensor<T>(std::move(share));
                    }});
}

}  // namespace

template <class T>
Tensor<T> sum(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const Reduction r("sum", x, axes, keepdims);
    return record("sum", Tensor<T>(sum_axes(x.value(), r.axes, r.keepdims)),
                  Edge{x, [r, shape = x.shape()](const Tensor<T>& dy) {
                           return broadcast_to(reshape(dy, r.kept), shape);
                       }});
}

template <class T>
Tensor<T> mean(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const Reduction r("mean", x, axes, keepdims);
    r.check_not_empty("mean", x.shape());
    const double scale = 1 / static_cast<double>(r.count);
    return record("mean", Tensor<T>(sum_axes(x.value(), r.axes, r.keepdims, scale)),
                  Edge{x, [r, scale, shape = x.shape()](const Tensor<T>& dy) {
                           return broadcast_to(reshape(dy * scale, r.kept), shape);
                       }});
}

template <class T>
Tensor<T> variance(const Tensor<T>& x, const Axes& axes, KeepDims keepdims, std::size_t correction) {
    const Reduction r("variance", x, axes, keepdims);
    if (r.count <= correction)
        fail<ShapeError>("variance",
                         fmt::format("needs more than {} element{} along the axes, shape {} has {}",
                                     correction, correction == 1 ? "" : "s", to_string(x.shape()), r.count));
    const double scale = 1 / static_cast<double>(r.count - correction);
    const Array<T> y = reduce_axes(RowReduction::variance_sum, x.value(), r.axes, r.keepdims);
    return record("variance", Tensor<T>(map(kernels::Binary::multiply, y, static_cast<T>(scale))),
                  Edge{x, [x, r, scale](const Tensor<T>& dy) {
                           return reshape(dy * (2 * scale), r.kept) * (x - mean(x, r.axes, KeepDims::yes));
                       }});
}

template <class T>
Tensor<T> amax(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    return extremum("amax", RowReduction::maximum, x, axes, keepdims);
}

template <class T>
Tensor<T> amin(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    return extremum("amin", RowReduction::minimum, x, axes, keepdims);
}

template <class T>
Tensor<T> logsumexp(const Tensor<T>& x, const Axes& axes, KeepDims keepdims) {
    const Reduction r("logsumexp", x, axes, keepdims);
    return record("logsumexp", Tensor<T>(reduce_axes(RowReduction::logsumexp, x.value(), r.axes, r.keepdims)),
                  Edge{x, [x, r](const Tensor<T>& dy) {
                           // The softmax. Not exp(x - y): where y is large, its rounding would be a factor of
                           // that.
                           const Tensor<T> powers = exp(
                               x - Tensor<T>(reduce_axes(RowReduction::maximum, x.value(), r.axes, true)));
                           return reshape(dy, r.kept) * (powers / sum(powers, r.axes, KeepDims::yes));
                       }});
}

template <class T>
Tensor<T> sum(const Tensor<T>& x) {
    return sum(x, all_axes(x.dim()));
}
template <class T>
Tensor<T> mean(const Tensor<T>& x) {
    return mean(x, all_axes(x.dim()));
}
template <class T>
Tensor<T> variance(const Tensor<T>& x) {
    return variance(x, all_axes(x.dim()));
}
template <class T>
Tensor<T> amax(const Tensor<T>& x) {
    return amax(x, all_axes(x.dim()));
}
template <class T>
Tensor<T> amin(const Tensor<T>& x) {
    return amin(x, all_axes(x.dim()));
}
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x) {
    return logsumexp(x, all_axes(x.dim()));
}

#define INSTANTIATE_REDUCTION(op, T)                                \
    template Tensor<T> op(const Tensor<T>&, const Axes&, KeepDims); \
    template Tensor<T> op(const Tensor<T>&);
#define INSTANTIATE(T)                                                                 \
    INSTANTIATE_REDUCTION(sum, T)                                                      \
    INSTANTIATE_REDUCTION(mean, T)                                                     \
    INSTANTIATE_REDUCTION(amax, T)                                                     \
    INSTANTIATE_REDUCTION(amin, T)                                                     \
    INSTANTIATE_REDUCTION(logsumexp, T)                                                \
    template Tensor<T> variance(const Tensor<T>&, const Axes&, KeepDims, std::size_t); \
    template Tensor<T> variance(const Tensor<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE
#undef INSTANTIATE_REDUCTION

}  // namespace xgrad
