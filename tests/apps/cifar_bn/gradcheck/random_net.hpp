#pragma once

#include "cifar_bn/gradcheck/net_check.hpp"

namespace xgrad::test {

/// Normally distributed inputs and random labels.
inline cifar_bn::HandBatch random_batch(std::size_t size, std::size_t features, std::size_t classes,
                                        Rng& rng) {
    cifar_bn::HandBatch batch;
    batch.size = size;
    for (std::size_t i = 0; i < size * features; ++i) batch.x.push_back(rng.normal());
    for (std::size_t i = 0; i < size; ++i)
        batch.labels.push_back(static_cast<std::int32_t>(rng.below(classes)));
    return batch;
}

/// Moves biases and betas away from 0, and gammas from 1.
inline void randomize_vectors(Module<double>& net, Rng& rng) {
    for (auto& parameter : net.parameters())
        if (parameter.tensor.dim() == 1)
            parameter.tensor.update([&](Array<double>& values) {
                for (double& v : values) v += rng.uniform(-0.4, 0.4);
            });
}

/// A net of 7 inputs and 4 classes with random parameters.
inline Sequential<double> random_net(const cifar_bn::NetCheckOptions& options, Rng& rng) {
    auto net = cifar_bn::make_network(options, 7, 4);
    randomize_vectors(net, rng);
    return net;
}

}  // namespace xgrad::test
