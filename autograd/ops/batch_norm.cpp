#include <cmath>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/optional.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/autograd/shard.hpp>
#include <xgrad/core/allocator.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/normalization.hpp>

namespace xgrad {
namespace {

using detail::data_of;
using detail::Gradients;
using detail::if_defined;
using kernels::Binary;
using kernels::Unary;

constexpr char op[] = "batch_norm";
using Sums = std::vector<double, RecyclingAllocator<double>>;

// The shard that is being computed, if its batch is normalized as a whole.
Shard* current_shard() {
    Shard* const shard = Shard::current();
    return shard && shard->shares_statistics() ? shard : nullptr;
}

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
        fail<ShapeError>(op, fmt::format("expected x (batch, features) or (batch, channels, ...), got {}",
                                         to_string(x.shape())));
    if (gamma.defined() != beta.defined())
        fail<ValueError>(op, "gamma and beta must both be given, or neither");
    const std::size_t channels = x.shape()[1];
    for (const auto& [name, row] : rows) {
        if (!row) continue;
        if (row->dim() != 1)
            fail<ShapeError>(
                op, fmt::format("expected {} ({}), got {}", name, channels, to_string(row->shape())));
        if (row->size() != channels)
            fail<ShapeError>(
                op, fmt::format("expected x (batch, {0}{1}) for {2} ({0}), got {3}: {0} != {4}", row->size(),
                                x.dim() > 2 ? ", ..." : "", name, to_string(x.shape()), channels));
    }
    detail::check_positive(op, "epsilon", epsilon);
}

// What a backward function keeps of the forward pass.
template <class T>
struct Normalization {
    Array<T> mean, inverse_deviation;
    double count;  // the elements of a channel, in all shards
    bool sharded;
};

// The gradients as compositions of ops, which can be differentiated again (derived in docs/numerics.md).
template <class T>
Gradients<T> composed_gradients(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta,
                                double epsilon, Activation activation, const Normalization<T>& kept,
                                const Tensor<T>& given_dy) {
    const Axes axes = pixels(x.dim());
    const auto mean_of = [&](const Tensor<T>& t) {
        return kept.sharded ? all_sum(sum(t, axes, KeepDims::yes)) / kept.count
                            : mean(t, axes, KeepDims::yes);
    };
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

template <class T>
Array<T> as_array(const double* values, const Shape& shape) {
    Array<T> y(shape);
    for (std::size_t j = 0; j < y.size(); ++j) y.data()[j] = static_cast<T>(values[j]);
    return y;
}

// The same of a shard: those of gamma and beta are the shard's own, dx depends on all shards.
template <class T>
Gradients<T> sharded_gradients(const Tensor<T>& x, const Normalization<T>& kept, const Tensor<T>& gamma,
                               const Tensor<T>& beta, Activation activation, const Tensor<T>& dy,
                               bool with_dx) {
    const auto& [batch, channels, plane] = Extents(x.shape());
    Sums sums(2 * channels);
    kernels::channel_gradient_sums(batch, channels, plane, x.value().data(), kept.mean.data(),
                                   kept.inverse_deviation.data(), data_of(gamma), data_of(beta), activation,
                                   dy.value().data(), sums.data(), sums.data() + channels);
    const Shape& row = kept.mean.shape();
    Tensor<T> dbeta(as_array<T>(sums.data(), row)), dgamma(as_array<T>(sums.data() + channels, row)), dx;
    if (with_dx) {
        Shard::current()->all_sum(op, sums);
        for (double& total : sums) total /= kept.count;
        const Array<T> mean_dy = as_array<T>(sums.data(), row),
                       mean_product = as_array<T>(sums.data() + channels, row);
        Array<T> slopes(x.shape());
        kernels::channel_gradient(batch, channels, plane, x.value().data(), kept.mean.data(),
                                  kept.inverse_deviation.data(), data_of(gamma), data_of(beta), activation,
                                  dy.value().data(), mean_dy.data(), mean_product.data(), slopes.data());
        dx = Tensor<T>(std::move(slopes));
    }
    return {std::move(dx), std::move(dgamma), std::move(dbeta)};
}

[[noreturn]] void fail_empty(const Shape& shape) {
    fail<ShapeError>(op, fmt::format("expected at least one {}, got x {}",
                                     shape.size() == 2 ? "row" : "element of a channel", to_string(shape)));
}

template <class T>
void invert_deviations(const Array<T>& variances, double epsilon, Array<T>& inverse) {
    const T* const from = variances.data();
    T* const to = inverse.data();
    for (std::size_t j = 0; j < variances.size(); ++j)
        to[j] = static_cast<T>(1 / std::sqrt(static_cast<double>(from[j]) + epsilon));
}

// Normalizes a shard with the statistics of all shards, which are computed in two passes as those of a whole
// batch are.
template <class T>
std::pair<Normalization<T>, Array<T>> normalize_shard(Shard& shard, const Tensor<T>& x,
                                                      const Tensor<T>& gamma, const Tensor<T>& beta,
                                                      double epsilon, Activation activation, Array<T>& y) {
    const auto& [batch, channels, plane] = Extents(x.shape());
    const Shape row{channels};
    Sums means(channels + 1), squares(channels);
    kernels::channel_sums(batch, channels, plane, x.value().data(), means.data());
    means.back() = static_cast<double>(batch * plane);
    shard.all_sum(op, means);
    const double count = means.back();
    if (count == 0) fail_empty(x.shape());
    for (double& mean : means) mean /= count;
    kernels::channel_square_sums(batch, channels, plane, x.value().data(), means.data(), squares.data());
    shard.all_sum(op, squares);
    for (double& square : squares) square /= count;
    Array<T> variances = as_array<T>(squares.data(), row);
    Normalization<T> kept{as_array<T>(means.data(), row), Array<T>(row), count, true};
    invert_deviations(variances, epsilon, kept.inverse_deviation);
    kernels::channel_scale(batch, channels, plane, x.value().data(), kept.mean.data(),
                           kept.inverse_deviation.data(), data_of(gamma), data_of(beta), activation,
                           y.data());
    return {std::move(kept), std::move(variances)};
}

// The same of a whole batch.
template <class T>
std::pair<Normalization<T>, Array<T>> normalize_batch(const Tensor<T>& x, const Tensor<T>& gamma,
                                                      const Tensor<T>& beta, double epsilon,
                                                      Activation activation, Array<T>& y) {
    const Extents extents(x.shape());
    const auto& [batch, channels, plane] = extents;
    if (batch * plane == 0) fail_empty(x.shape());
    const Shape row{channels};
    Array<T> variances(row);
    Normalization<T> kept{Array<T>(row), Array<T>(row), static_cast<double>(batch * plane), false};
    if (extents.of_features()) {
        kernels::column_statistics(batch, channels, channels, x.value().data(), kept.mean.data(),
                                   variances.data());
        invert_deviations(variances, epsilon, kept.inverse_deviation);
        kernels::batch_norm(batch, channels, x.value().data(), kept.mean.data(),
                            kept.inverse_deviation.data(), data_of(gamma), data_of(beta), y.data());
    } else {
        kernels::channel_norm(batch, channels, plane, x.value().data(), epsilon, data_of(gamma),
                              data_of(beta), activation, y.data(), kept.mean.data(), variances.data(),
                              kept.inverse_deviation.data());
    }
    return {std::move(kept), std::move(variances)};
}

}  // namespace

template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon,
                     BatchStatistics<T>* statistics, Activation activation) {
    check_arguments(x, gamma, beta, epsilon, {{"gamma", if_defined(gamma)}, {"beta", if_defined(beta)}});
    if (Extents(x.shape()).of_features() && activation == Activation::relu)
        return relu(batch_norm(x, gamma, beta, epsilon, statistics));

    Array<T> y(x.shape());
    Shard* const shard = current_shard();
    auto [kept, variances] = shard ? normalize_shard(*shard, x, gamma, beta, epsilon, activation, y)
                                   : normalize_batch(x, gamma, beta, epsilon, activation, y);
    if (statistics) *statistics = {kept.mean, std::move(variances), kept.count};

    return record(
        op, Tensor<T>(std::move(y)), Inputs<T, 3>{&x, if_defined(gamma), if_defined(beta)},
        [epsilon, activation](const auto& dy, const auto& needed, const auto& in, const auto& slope,
                              const auto& shift, const Normalization<T>& of) -> Gradients<T> {
            if (of.sharded && !Shard::current())
                fail<GraphError>(
                    op,
                    "it was recorded in a shard of a batch: walk back in the same function, not after it");
            if (is_recording<T>()) return composed_gradients(in, slope, shift, epsilon, activation, of, dy);
            if (of.sharded) return sharded_gradients(in, of, slope, shift, activation, dy, needed[0]);
            return computed_gradients(in, of.mean, of.inverse_deviation, slope, shift, activation, dy,
                                      needed[0]);
        },
        saves(x, gamma, activation == Activation::relu ? beta : Tensor<T>(), std::move(kept)));
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
                               Activation::none, y.data());
    return record(
        op, Tensor<T>(std::move(y)), Inputs<T, 5>{&x, if_defined(gamma), if_defined(beta), &mean, &variance},
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

}  // namespace xgrad
