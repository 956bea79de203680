#include <xgrad/nn/init.hpp>

#include <cmath>

#include <fmt/format.h>

namespace xgrad {

template <class T>
Tensor<T> initialized_weight(std::size_t fan_out, std::size_t fan_in, const Initializer& initializer,
                             Rng& rng) {
    if (!initializer) fail<ValueError>("initialized_weight", "the initializer is empty");
    checked_size("initialized_weight", {fan_out, fan_in});
    Array<T> values(Shape{fan_out, fan_in});
    for (std::size_t i = 0; i < values.size(); ++i)
        values.data()[i] = static_cast<T>(initializer(fan_in, fan_out, rng));
    return Tensor<T>(std::move(values), RequiresGrad::yes);
}

template Tensor<float> initialized_weight(std::size_t, std::size_t, const Initializer&, Rng&);
template Tensor<double> initialized_weight(std::size_t, std::size_t, const Initializer&, Rng&);

namespace init {

Initializer he_normal() {
    return [](std::size_t fan_in, std::size_t, Rng& rng) {
        return std::sqrt(2 / static_cast<double>(fan_in)) * rng.normal();
    };
}

Initializer xavier_normal() {
    return [](std::size_t fan_in, std::size_t, Rng& rng) {
        return std::sqrt(1 / static_cast<double>(fan_in)) * rng.normal();
    };
}

Initializer normal(double sigma) {
    if (!(sigma >= 0) || !std::isfinite(sigma))
        fail<ValueError>("init::normal", fmt::format("sigma must be finite and not negative, got {}", sigma));
    return [sigma](std::size_t, std::size_t, Rng& rng) { return sigma * rng.normal(); };
}

Initializer zeros() {
    return [](std::size_t, std::size_t, Rng&) { return 0.0; };
}

Initializer ones() {
    return [](std::size_t, std::size_t, Rng&) { return 1.0; };
}

}  // namespace init
}  // namespace xgrad
