#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/optional.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/normalization.hpp>
#include <xgrad/core/kernels/reduce.hpp>
#include <xgrad/core/parallel.hpp>

// Normalization by example: layer_norm, rms_norm, group_norm.
namespace xgrad {
namespace {

using detail::data_of;
using detail::Gradients;
using detail::if_defined;

enum class Center { no, yes };

// The gradients of layer_norm as compositions of ops, where `first` is the first normalized axis.
template <class T>
Gradients<T> composed_layer_gradients(Center center, std::size_t first, double epsilon, const Tensor<T>& dy,
                                      const Tensor<T>& x, const Tensor<T>& gamma) {
    const Axes inner = axis_range(first, x.dim()), outer = axis_range(0, first);
    const auto inner_mean = [&](const Tensor<T>& t) { return mean(t, inner, KeepDims::yes); };
    const Tensor<T> centered = center == Center::yes ? x - inner_mean(x) : x;
    const Tensor<T> deviation = sqrt(inner_mean(square(centered)) + epsilon);
    const Tensor<T> normalized = centered / deviation, slope = gamma.defined() ? dy * gamma : dy;
    const Tensor<T> fallen = center == Center::yes ? slope - inner_mean(slope) : slope;
    return {(fallen - normalized * inner_mean(slope * normalized)) / deviation, sum(dy * normalized, outer),
            sum(dy, outer)};
}

// layer_norm and rms_norm: a row is one example's elements of the normalized axes.
template <class T>
Tensor<T> normalize_rows(const char* op, Center center, const Tensor<T>& x, const Shape& normalized,
                         const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon) {
    detail::check_positive(op, "epsilon", epsilon);
    const bool ends_so = !normalized.empty() && x.dim() >= normalized.size() &&
                         std::equal(normalized.rbegin(), normalized.rend(), x.shape().rbegin());
    if (!ends_so)
        fail<ShapeError>(op, fmt::format("x {} does not end in the normalized shape {}", to_string(x.shape()),
                                         to_string(normalized)));
    if (beta.defined() && !gamma.defined()) fail<ValueError>(op, "beta is given without gamma");
    for (const auto& [name, parameter] : {std::pair("gamma", &gamma), {"beta", &beta}})
        if (parameter->defined() && parameter->shape() != normalized)
            fail<ShapeError>(op, fmt::format("expected {} {}, got {}", name, to_string(normalized),
                                             to_string(parameter->shape())));
    const std::size_t n = size_of(normalized);
    if (n == 0)
        fail<ShapeError>(
            op, fmt::format("nothing to normalize: the normalized shape is {}", to_string(normalized)));
    const std::size_t rows = x.size() / n;
    Array<T> y(x.shape()), means(Shape{center == Center::yes ? rows : 0}), inverse_deviations(Shape{rows});
    kernels::layer_norm(rows, n, x.value().data(), epsilon, data_of(gamma), data_of(beta), y.data(),
                        center == Center::yes ? means.data() : nullptr, inverse_deviations.data());
    return record(
        op, Tensor<T>(std::move(y)), Inputs<T, 3>{&x, if_defined(gamma), if_defined(beta)},
        [center, epsilon, rows, n, first = x.dim() - normalized.size()](
            const auto& dy, const auto& needed, const auto& in, const auto& slope, const Array<T>& mean,
            const Array<T>& inverse_deviation) -> Gradients<T> {
            if (is_recording<T>()) return composed_layer_gradients(center, first, epsilon, dy, in, slope);
            const T* means_of_rows = center == Center::yes ? mean.data() : nullptr;
            const auto like = [](bool wanted, const Shape& shape) {
                return wanted ? Array<T>(shape) : Array<T>();
            };
            const Shape row(in.shape().begin() + static_cast<std::ptrdiff_t>(first), in.shape().end());
            Array<T> dx = like(needed[0], in.shape()), dgamma = like(needed[1], row),
                     dbeta = like(needed[2], row);
            if (needed[0])
                kernels::layer_norm_gradient(rows, n, in.value().data(), means_of_rows,
                                             inverse_deviation.data(), data_of(slope), dy.value().data(),
                                             dx.data());
            if (needed[1] || needed[2])
                kernels::layer_norm_parameter_gradients(
                    rows, n, n, in.value().data(), means_of_rows, inverse_deviation.data(), dy.value().data(),
                    needed[1] ? dgamma.data() : nullptr, needed[2] ? dbeta.data() : nullptr);
            return {Tensor<T>(std::move(dx)), Tensor<T>(std::move(dgamma)), Tensor<T>(std::move(dbeta))};
        },
        saves(x, gamma, std::move(means), std::move(inverse_deviations)));
}

// gamma x + beta by channels, the second axis, for group_norm.
template <class T>
Tensor<T> scale_channels(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta) {
    const std::size_t batch = x.shape()[0], channels = x.shape()[1], rows = batch * channels,
                      n = rows == 0 ? 0 : x.size() / rows;
    const auto in_parts = [n](std::size_t count, std::size_t of, const auto& f) {
        parallel_for(count, usual_grain / std::max<std::size_t>(1, of * n), f);
    };
    Array<T> y(x.shape());
    const T *const from = x.value().data(), *const slopes = data_of(gamma), *const shifts = data_of(beta);
    T* const to = y.data();
    in_parts(rows, 1, [=](std::size_t begin, std::size_t end) {
        for (std::size_t row = begin; row < end; ++row) {
            const T slope = slopes[row % channels], shift = shifts[row % channels];
            for (std::size_t i = row * n; i < (row + 1) * n; ++i) to[i] = slope * from[i] + shift;
        }
    });
    return record(
        "group_norm", Tensor<T>(std::move(y)), Inputs<T, 3>{&x, &gamma, &beta},
        [=](const auto& dy, const auto&, const auto& in, const auto& slope) -> Gradients<T> {
            Shape by_channel(in.dim() - 1, 1);
            by_channel[0] = channels;
            Tensor<T> dx = dy * reshape(slope, by_channel);
            if (is_recording<T>()) {
                const auto of_channels = [&](const Tensor<T>& t) {
                    return reshape(sum_to(t, by_channel), slope.shape());
                };
                return {dx, of_channels(dy * in), of_channels(dy)};
            }
            Array<T> dgamma(slope.shape()), dbeta(slope.shape());
            const T *const dy_data = data_of(dy), *const in_data = data_of(in);
            T *const dgamma_data = dgamma.data(), *const dbeta_data = dbeta.data();
            in_parts(channels, batch, [=](std::size_t begin, std::size_t end) {
                for (std::size_t channel = begin; channel < end; ++channel) {
                    double products = 0, total = 0;
                    for (std::size_t at = channel * n; at < rows * n; at += channels * n) {
                        products += kernels::dot(n, dy_data + at, in_data + at);
                        total += kernels::sum(n, dy_data + at);
                    }
                    dgamma_data[channel] = static_cast<T>(products);
                    dbeta_data[channel] = static_cast<T>(total);
                }
            });
            return {dx, Tensor<T>(std::move(dgamma)), Tensor<T>(std::move(dbeta))};
        },
        saves(x, gamma));
}

}  // namespace

template <class T>
Tensor<T> layer_norm(const Tensor<T>& x, const Shape& normalized, const Tensor<T>& gamma,
                     const Tensor<T>& beta, double epsilon) {
    return normalize_rows("layer_norm", Center::yes, x, normalized, gamma, beta, epsilon);
}
template Tensor<float> layer_norm(const Tensor<float>&, const Shape&, const Tensor<float>&,
                                  const Tensor<float>&, double);
template Tensor<double> layer_norm(const Tensor<double>&, const Shape&, const Tensor<double>&,
                                   const Tensor<double>&, double);

template <class T>
Tensor<T> rms_norm(const Tensor<T>& x, const Shape& normalized, const Tensor<T>& gamma, double epsilon) {
    return normalize_rows("rms_norm", Center::no, x, normalized, gamma, {}, epsilon);
}
template Tensor<float> rms_norm(const Tensor<float>&, const Shape&, const Tensor<float>&, double);
template Tensor<double> rms_norm(const Tensor<double>&, const Shape&, const Tensor<double>&, double);

template <class T>
Tensor<T> group_norm(const Tensor<T>& x, std::size_t groups, const Tensor<T>& gamma, const Tensor<T>& beta,
                     double epsilon) {
    detail::check_positive("group_norm", "epsilon", epsilon);
    if (x.dim() < 2)
        fail<ShapeError>("group_norm",
                         fmt::format("expected x (batch, channels, ...), got {}", to_string(x.shape())));
    const ComposedOp composed("group_norm", x);
    if (groups == 0) fail<ValueError>("group_norm", "expected at least one group, got 0");
    if (gamma.defined() != beta.defined())
        fail<ValueError>("group_norm", "gamma and beta must both be given, or neither");
    const std::size_t batch = x.shape()[0], channels = x.shape()[1];
    if (channels % groups != 0)
        fail<ShapeError>("group_norm", fmt::format("the {} channels of x {} are no multiple of {} groups",
                                                   channels, to_string(x.shape()), groups));
    for (const auto& [name, parameter] : {std::pair("gamma", &gamma), {"beta", &beta}})
        if (parameter->defined() && parameter->shape() != Shape{channels})
            fail<ShapeError>("group_norm", fmt::format("expected {} ({}), got {}", name, channels,
                                                       to_string(parameter->shape())));
    const std::size_t n = size_of(Shape(x.shape().begin() + 1, x.shape().end())) / groups;
    Tensor<T> normalized =
        reshape(normalize_rows("group_norm", Center::yes, reshape(x, Shape{batch * groups, n}), Shape{n},
                               Tensor<T>(), Tensor<T>(), epsilon),
                x.shape());
    return gamma.defined() ? scale_channels(normalized, gamma, beta) : normalized;
}
template Tensor<float> group_norm(const Tensor<float>&, std::size_t, const Tensor<float>&,
                                  const Tensor<float>&, double);
template Tensor<double> group_norm(const Tensor<double>&, std::size_t, const Tensor<double>&,
                                   const Tensor<double>&, double);

}  // namespace xgrad
