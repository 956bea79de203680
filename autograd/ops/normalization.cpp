#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/normalization.hpp>
#include <xgrad/core/parallel.hpp>

namespace xgrad {
namespace {

using kernels::Binary;
using kernels::Unary;

// x as images: (batch, channels, plane). Of features, (batch, features), a plane is one element.
struct Extents {
    std::size_t batch, channels, plane;

    explicit Extents(const Shape& shape)
        : batch(shape[0]), channels(shape[1]), plane(size_of(Shape(shape.begin() + 2, shape.end()))) {}
    bool of_features() const { return plane == 1; }
};

// The axes that are summed: all but the second.
Axes pixels(std::size_t rank) {
    Axes axes = axis_range(0, rank);
    axes.erase(axes.begin() + 1);
    return axes;
}

// An element for each channel, broadcast over images of that rank.
template <class T>
Tensor<T> by_channel(const Tensor<T>& row, std::size_t rank) {
    if (rank == 2) return row;
    Shape shape(rank - 1, 1);
    shape[0] = row.size();
    return reshape(row, shape);
}

// Checks the arguments of both forms. Each row has one element per channel; a null row is absent.
template <class T>
void check_arguments(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon,
                     std::initializer_list<std::pair<const char*, const Tensor<T>*>> rows) {
    if (x.dim() < 2)
        fail<ShapeError>("batch_norm",
                         fmt::format("expected x (batch, features) or (batch, channels, ...), got {}",
                                     to_string(x.shape())));
    if (gamma.defined() != beta.defined())
        fail<ValueError>("batch_norm", "gamma and beta must both be given, or neither");
    const std::size_t channels = x.shape()[1];
    for (const auto& [name, row] : rows) {
        if (!row) continue;
        if (row->dim() != 1)
            fail<ShapeError>("batch_norm", fmt::format("expected {} ({}), got {}", name, channels,
                                                       to_string(row->shape())));
        if (row->size() != channels)
            fail<ShapeError>(
                "batch_norm",
                fmt::format("expected x (batch, {0}{1}) for {2} ({0}), got {3}: {0} != {4}", row->size(),
                            x.dim() > 2 ? ", ..." : "", name, to_string(x.shape()), channels));
    }
    detail::check_positive("batch_norm", "epsilon", epsilon);
}

template <class T>
const T* data_of(const Tensor<T>& x) {
    return x.defined() ? x.value().data() : nullptr;
}

template <class T>
const Tensor<T>* if_defined(const Tensor<T>& x) {
    return x.defined() ? &x : nullptr;
}

template <class T>
using Gradients = std::array<Tensor<T>, 3>;

// The gradients as compositions of ops, which can be differentiated again (derived in docs/numerics.md).
template <class T>
Gradients<T> composed_gradients(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta,
                                double epsilon, Activation activation, const Tensor<T>& given_dy) {
    const Axes axes = pixels(x.dim());
    const auto mean_of = [&](const Tensor<T>& t) { return mean(t, axes, KeepDims::yes); };
    const Tensor<T> centered = x - mean_of(x);
    const Tensor<T> deviation = sqrt(mean_of(square(centered)) + epsilon);
    const Tensor<T> normalized = centered / deviation;
    Tensor<T> dy = given_dy;
    if (activation == Activation::relu)
        dy = where(
            less_equal(gamma.defined() ? by_channel(gamma, x.dim()) * normalized + by_channel(beta, x.dim())
                                       : normalized,
                       0),
            zeros<T>({}), dy);
    const Tensor<T> product = dy * normalized;
    Tensor<T> dx = (dy - mean_of(dy) - normalized * mean_of(product)) / deviation;
    if (gamma.defined()) dx = dx * by_channel(gamma, x.dim());
    return {dx, sum(product, axes), sum(dy, axes)};
}

// By the kernels, of a mean and a deviation that depend on x; without dx of any.
template <class T>
Gradients<T> computed_gradients(const Tensor<T>& x, const Array<T>& mean, const Array<T>& inverse_deviation,
                                const Tensor<T>& gamma, const Tensor<T>& beta, Activation activation,
                                const Tensor<T>& dy, bool with_dx) {
    const Extents extents(x.shape());
    Array<T> dgamma(mean.shape()), dbeta(mean.shape()), dx;
    if (with_dx) dx.resize(x.shape());
    T* const to = with_dx ? dx.data() : nullptr;
    if (extents.of_features())
        kernels::batch_norm_gradients(extents.batch, extents.channels, extents.channels, x.value().data(),
                                      mean.data(), inverse_deviation.data(), data_of(gamma),
                                      dy.value().data(), to, dgamma.data(), dbeta.data());
    else
        kernels::channel_norm_gradients(extents.batch, extents.channels, extents.plane, x.value().data(),
                                        mean.data(), inverse_deviation.data(), data_of(gamma), data_of(beta),
                                        activation, dy.value().data(), to, dgamma.data(), dbeta.data());
    return {Tensor<T>(std::move(dx)), Tensor<T>(std::move(dgamma)), Tensor<T>(std::move(dbeta))};
}

}  // namespace

template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon,
                     BatchStatistics<T>* statistics, Activation activation) {
    check_arguments(x, gamma, beta, epsilon, {{"gamma", if_defined(gamma)}, {"beta", if_defined(beta)}});
    const Extents extents(x.shape());
    const auto& [batch, channels, plane] = extents;
    if (batch * plane == 0)
        fail<ShapeError>("batch_norm",
                         fmt::format("expected at least one {}, got x {}",
                                     x.dim() == 2 ? "row" : "element of a channel", to_string(x.shape())));
    if (extents.of_features() && activation == Activation::relu)
        return relu(batch_norm(x, gamma, beta, epsilon, statistics));

    const Shape row{channels};
    Array<T> means(row), variances(row), inverse_deviations(row), y(x.shape());
    if (extents.of_features()) {
        kernels::column_statistics(batch, channels, channels, x.value().data(), means.data(),
                                   variances.data());
        for (std::size_t j = 0; j < channels; ++j)
            inverse_deviations.data()[j] =
                static_cast<T>(1 / std::sqrt(static_cast<double>(variances.data()[j]) + epsilon));
        kernels::batch_norm(batch, channels, x.value().data(), means.data(), inverse_deviations.data(),
                            data_of(gamma), data_of(beta), y.data());
    } else {
        kernels::channel_norm(batch, channels, plane, x.value().data(), epsilon, data_of(gamma),
                              data_of(beta), activation, y.data(), means.data(), variances.data(),
                              inverse_deviations.data());
    }
    if (statistics) *statistics = {means, std::move(variances)};

    return record(
        "batch_norm", Tensor<T>(std::move(y)), Inputs<T, 3>{&x, if_defined(gamma), if_defined(beta)},
        [epsilon, activation](const auto& dy, const auto& needed, const auto& in, const auto& slope,
                              const auto& shift, const Array<T>& mean,
                              const Array<T>& inverse_deviation) -> Gradients<T> {
            if (is_recording<T>()) return composed_gradients(in, slope, shift, epsilon, activation, dy);
            return computed_gradients(in, mean, inverse_deviation, slope, shift, activation, dy, needed[0]);
        },
        saves(x, gamma, activation == Activation::relu ? beta : Tensor<T>(), std::move(means),
              std::move(inverse_deviations)));
}
template Tensor<float> batch_norm(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&, double,
                                  BatchStatistics<float>*, Activation);
template Tensor<double> batch_norm(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&,
                                   double, BatchStatistics<double>*, Activation);

template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, const Tensor<T>& mean,
                     const Tensor<T>& variance, double epsilon) {
    check_arguments(
        x, gamma, beta, epsilon,
        {{"mean", &mean}, {"variance", &variance}, {"gamma", if_defined(gamma)}, {"beta", if_defined(beta)}});
    const Array<T> inverse_deviation =
        map(Binary::divide, 1, map(Unary::sqrt, map(Binary::add, variance.value(), static_cast<T>(epsilon))));
    Array<T> y(x.shape());
    const Extents extents(x.shape());
    if (extents.of_features())
        kernels::batch_norm(extents.batch, extents.channels, x.value().data(), mean.value().data(),
                            inverse_deviation.data(), data_of(gamma), data_of(beta), y.data());
    else
        kernels::channel_scale(extents.batch, extents.channels, extents.plane, x.value().data(),
                               mean.value().data(), inverse_deviation.data(), data_of(gamma), data_of(beta),
                               y.data());
    return record(
        "batch_norm", Tensor<T>(std::move(y)),
        Inputs<T, 5>{&x, if_defined(gamma), if_defined(beta), &mean, &variance},
        [epsilon](const auto& dy, const auto& needed, const auto& in, const auto& slope, const auto& center,
                  const auto& spread) -> std::array<Tensor<T>, 5> {
            const std::size_t rank = in.dim();
            const Axes axes = pixels(rank);
            const Tensor<T> squared_deviation = spread + epsilon, deviation = sqrt(squared_deviation);
            const Tensor<T> dx = dy * by_channel((slope.defined() ? slope : ones<T>({})) / deviation, rank);
            std::array<Tensor<T>, 5> gradients{dx};
            if (!is_recording<T>() && (needed[1] || needed[2])) {
                Gradients<T> computed =
                    computed_gradients(in, center.value(), (1.0 / deviation).value(), Tensor<T>(),
                                       Tensor<T>(), Activation::none, dy, false);
                gradients[1] = std::move(computed[1]);
                gradients[2] = std::move(computed[2]);
            } else {
                if (needed[1])
                    gradients[1] =
                        sum(dy * ((in - by_channel(center, rank)) / by_channel(deviation, rank)), axes);
                if (needed[2]) gradients[2] = sum(dy, axes);
            }
            if (needed[3]) gradients[3] = -sum(dx, axes);
            if (needed[4])
                gradients[4] = sum(dx * (in - by_channel(center, rank)), axes) * (-0.5 / squared_deviation);
            return gradients;
        },
        saves(x, gamma, mean, variance));
}
template Tensor<float> batch_norm(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&,
                                  const Tensor<float>&, const Tensor<float>&, double);
template Tensor<double> batch_norm(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&,
                                   const Tensor<double>&, const Tensor<double>&, double);

// ---- by example -------------------------------------------------------------------------------------------

namespace {

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
