#include <xgrad/nn/init.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>

namespace xgrad {

template <class T>
Tensor<T> initialized_weight(const Shape& shape, const Initializer& initializer, Rng& rng) {
    if (!initializer) fail<ValueError>("initialized_weight", "the initializer is empty");
    checked_size("initialized_weight", shape);
    Array<double> weight(shape, 0.0);
    initializer(weight, rng);
    if (weight.shape() != shape)
        fail<ShapeError>("initialized_weight", fmt::format("the initializer changed the shape from {} to {}",
                                                           to_string(shape), to_string(weight.shape())));
    Array<T> values(shape);
    std::transform(weight.begin(), weight.end(), values.data(),
                   [](double value) { return static_cast<T>(value); });
    return Tensor<T>(std::move(values), RequiresGrad::yes);
}

template Tensor<float> initialized_weight(const Shape&, const Initializer&, Rng&);
template Tensor<double> initialized_weight(const Shape&, const Initializer&, Rng&);

Fans fans(const Shape& shape) {
    if (shape.size() < 2)
        fail<ShapeError>("fans",
                         fmt::format("expected a weight (outputs, inputs, ...), got {}", to_string(shape)));
    std::size_t field = 1;
    for (std::size_t axis = 2; axis < shape.size(); ++axis) field *= shape[axis];
    return {shape[1] * field, shape[0] * field};
}

namespace init {
namespace {

// Draws one element after the other by next(rng).
template <class F>
void fill(Array<double>& weight, Rng& rng, F next) {
    for (double& element : weight) element = next(rng);
}

double chosen(const Shape& shape, Fan fan) {
    const auto [in, out] = fans(shape);
    const auto inputs = static_cast<double>(in), outputs = static_cast<double>(out);
    return fan == Fan::in ? inputs : fan == Fan::out ? outputs : (inputs + outputs) / 2;
}

// Normal, or uniform, with variance `gain` / fan.
Initializer scaled_normal(double gain, Fan fan) {
    return [=](Array<double>& weight, Rng& rng) {
        const double sigma = std::sqrt(gain / chosen(weight.shape(), fan));
        fill(weight, rng, [=](Rng& r) { return sigma * r.normal(); });
    };
}

Initializer scaled_uniform(double gain, Fan fan) {
    return [=](Array<double>& weight, Rng& rng) {
        const double bound = std::sqrt(3 * gain / chosen(weight.shape(), fan));
        fill(weight, rng, [=](Rng& r) { return r.uniform(-bound, bound); });
    };
}

}  // namespace

Initializer he_normal(Fan fan) { return scaled_normal(2, fan); }
Initializer he_uniform(Fan fan) { return scaled_uniform(2, fan); }
Initializer glorot_normal(Fan fan) { return scaled_normal(1, fan); }
Initializer glorot_uniform(Fan fan) { return scaled_uniform(1, fan); }
Initializer xavier_normal() { return glorot_normal(Fan::in); }
Initializer pytorch_default() { return scaled_uniform(1.0 / 3, Fan::in); }

Initializer normal(double sigma) {
    detail::check_not_negative("init::normal", "sigma", sigma);
    return [=](Array<double>& weight, Rng& rng) {
        fill(weight, rng, [=](Rng& r) { return sigma * r.normal(); });
    };
}

Initializer truncated_normal(double sigma, double bound) {
    detail::check_not_negative("init::truncated_normal", "sigma", sigma);
    if (!(bound > 0) || bound < sigma / 100)
        fail<ValueError>(
            "init::truncated_normal",
            fmt::format("the bound must be at least a hundredth of sigma, got {} and {}", bound, sigma));
    return [=](Array<double>& weight, Rng& rng) {
        fill(weight, rng, [=](Rng& r) {
            for (;;)
                if (const double drawn = sigma * r.normal(); std::abs(drawn) <= bound) return drawn;
        });
    };
}

Initializer uniform(double low, double high) {
    Rng(0).uniform(low, high);  // throws if it cannot
    return [=](Array<double>& weight, Rng& rng) {
        fill(weight, rng, [=](Rng& r) { return r.uniform(low, high); });
    };
}

Initializer orthogonal(double gain) {
    detail::check_finite("init::orthogonal", "gain", gain);
    return [=](Array<double>& weight, Rng& rng) {
        fans(weight.shape());
        const std::size_t rows = weight.shape()[0], columns = weight.size() / std::max<std::size_t>(1, rows);
        const std::size_t vectors = std::min(rows, columns), length = std::max(rows, columns);
        // Element i of vector k: a row, or a column if they are fewer.
        const auto at = [&](std::size_t k, std::size_t i) -> double& {
            return weight.data()[rows <= columns ? k * columns + i : i * columns + k];
        };
        // Gram-Schmidt, twice, of normal vectors: uniform among the orthogonal matrices.
        for (std::size_t k = 0; k < vectors; ++k) {
            for (std::size_t i = 0; i < length; ++i) at(k, i) = rng.normal();
            for (int pass = 0; pass < 2; ++pass)
                for (std::size_t j = 0; j <= k; ++j) {
                    double product = 0;
                    for (std::size_t i = 0; i < length; ++i) product += at(k, i) * at(j, i);
                    const double factor = j == k ? 1 / std::sqrt(product) : 0;
                    for (std::size_t i = 0; i < length; ++i)
                        at(k, i) = j == k ? at(k, i) * factor : at(k, i) - product * at(j, i);
                }
        }
        for (double& element : weight) element *= gain;
    };
}

Initializer constant(double c) {
    detail::check_finite("init::constant", "the constant", c);
    return [=](Array<double>& weight, Rng&) { weight.fill(c); };
}

Initializer zeros() { return constant(0); }
Initializer ones() { return constant(1); }

}  // namespace init
}  // namespace xgrad
