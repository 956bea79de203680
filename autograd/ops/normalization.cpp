#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/kernels/batch_norm.hpp>

namespace xgrad {
namespace {

template <class T>
using Gradients = std::array<Tensor<T>, 3>;

// The gradients composed of ops, so that they can be differentiated again (docs/numerics.md derives them).
template <class T>
Gradients<T> composed_gradients(const Tensor<T>& x, const Tensor<T>& gamma, double epsilon,
                                const Tensor<T>& dy) {
    const Tensor<T> centered = x - mean(x, {0});
    const Tensor<T> deviation = sqrt(mean(square(centered), {0}) + epsilon);
    const Tensor<T> normalized = centered / deviation;
    const Tensor<T> product = dy * normalized;
    Tensor<T> dx = (dy - mean(dy, {0}) - normalized * mean(product, {0})) / deviation;
    if (gamma.defined()) dx = dx * gamma;
    return {dx, sum(product, {0}), sum(dy, {0})};
}

}  // namespace

template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon,
                     BatchStatistics<T>* statistics) {
    if (x.dim() != 2 || x.shape()[0] == 0)
        fail<ShapeError>(
            "batch_norm",
            fmt::format("expected x (batch, features) with at least one row, got {}", to_string(x.shape())));
    const std::size_t rows = x.shape()[0], features = x.shape()[1];
    if (gamma.defined() != beta.defined())
        fail<ValueError>("batch_norm", "gamma and beta must both be given, or neither");
    for (const auto& [parameter, name] : {std::pair(&gamma, "gamma"), std::pair(&beta, "beta")})
        if (parameter->defined() && parameter->shape() != Shape{features})
            fail<ShapeError>("batch_norm", fmt::format("expected {} ({}), got {}", name, features,
                                                       to_string(parameter->shape())));
    if (!(epsilon > 0) || !std::isfinite(epsilon))
        fail<ValueError>("batch_norm", fmt::format("epsilon must be finite and positive, got {}", epsilon));

    const Shape row{features};
    Array<T> means(row), variances(row), inverse_deviations(row), y(x.shape());
    kernels::column_statistics(rows, features, x.value().data(), means.data(), variances.data());
    for (std::size_t j = 0; j < features; ++j)
        inverse_deviations.data()[j] =
            static_cast<T>(1 / std::sqrt(static_cast<double>(variances.data()[j]) + epsilon));
    const T* scale = gamma.defined() ? gamma.value().data() : nullptr;
    const T* shift = beta.defined() ? beta.value().data() : nullptr;
    kernels::batch_norm(rows, features, x.value().data(), means.data(), inverse_deviations.data(), scale,
                        shift, y.data());
    if (statistics) *statistics = {means, std::move(variances)};

    const bool affine = gamma.defined();
    return record(
        "batch_norm", Tensor<T>(std::move(y)),
        Inputs<T, 3>{&x, affine ? &gamma : nullptr, affine ? &beta : nullptr},
        [epsilon](const auto& dy, const auto& needed, const auto& in, const auto& slope, const Array<T>& mean,
                  const Array<T>& inverse_deviation) -> Gradients<T> {
            if (is_recording<T>()) return composed_gradients(in, slope, epsilon, dy);
            Array<T> dgamma(mean.shape()), dbeta(mean.shape()), dx;
            if (needed[0]) dx.resize(in.shape());
            kernels::batch_norm_gradients(in.shape()[0], in.shape()[1], in.value().data(), mean.data(),
                                          inverse_deviation.data(),
                                          slope.defined() ? slope.value().data() : nullptr, dy.value().data(),
                                          needed[0] ? dx.data() : nullptr, dgamma.data(), dbeta.data());
            return {Tensor<T>(std::move(dx)), Tensor<T>(std::move(dgamma)), Tensor<T>(std::move(dbeta))};
        },
        saves(x, gamma, std::move(means), std::move(inverse_deviations)));
}
template Tensor<float> batch_norm(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&, double,
                                  BatchStatistics<float>*);
template Tensor<double> batch_norm(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&,
                                   double, BatchStatistics<double>*);

}  // namespace xgrad
