// A training step of xgrad: side_by_side times it, and floor_step is compared with it.
#pragma once

#include "contestant.hpp"

#include <xgrad/core/parallel.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>

namespace contest {

class XgradNet {
public:
    explicit XgradNet(const Net& net, double rate = learning_rate)
        : rng_(1),
          x_(xgrad::randn(net.is_convolutional ? xgrad::Shape{net.batch, net.widths[0], 32, 32}
                                               : xgrad::Shape{net.batch, net.widths[0]},
                          rng_)),
          net_(make(net, rng_)),
          sgd_(net_.parameters(), {.learning_rate = rate, .weight_decay = weight_decay}) {
        std::vector<std::int32_t> labels(net.batch);
        for (auto& label : labels) label = static_cast<std::int32_t>(rng_.below(net.widths.back()));
        labels_ = labels;
    }

    void set_threads(int count) { xgrad::set_num_threads(count); }

    float operator()() {
        net_.zero_grad();
        xgrad::Tape tape;
        const xgrad::Tensor<float> loss = cross_entropy(net_(x_), labels_);
        loss.backward();
        sgd_.step();
        return loss.item();
    }

    const xgrad::Tensor<float>& x() const { return x_; }
    const xgrad::Indices& labels() const { return labels_; }
    /// Weight, bias of each layer, each but the last followed by gamma, beta.
    std::vector<xgrad::Parameter<float>> parameters() { return net_.parameters(); }

private:
    static xgrad::Sequential<float> make(const Net& net, xgrad::Rng& rng) {
        xgrad::Sequential<float> made;
        const std::size_t last = net.layers() - 1;
        for (std::size_t i = 0; i < last && net.is_convolutional; ++i) {
            made.add(xgrad::Conv2d<float>(net.widths[i], net.widths[i + 1], 3, rng, {.padding = 1},
                                          {.bias = false}))
                .add(xgrad::BatchNorm2d<float>(net.widths[i + 1]))
                .add(xgrad::ReLU<float>());
            if (i % 2 == 1 && i + 1 < last) made.add(xgrad::MaxPool2d<float>(2));
        }
        if (net.is_convolutional) {
            made.add(xgrad::AdaptiveAvgPool2d<float>(1))
                .add(xgrad::Flatten<float>())
                .add(xgrad::Linear<float>(net.widths[last], net.widths.back(), rng));
            return made;
        }
        for (std::size_t i = 0; i < net.layers(); ++i) {
            made.add(xgrad::Linear<float>(net.widths[i], net.widths[i + 1], rng));
            if (i + 1 < net.layers())
                made.add(xgrad::BatchNorm1d<float>(net.widths[i + 1])).add(xgrad::ReLU<float>());
        }
        return made;
    }

    xgrad::Rng rng_;
    xgrad::Tensor<float> x_;
    xgrad::Indices labels_;
    xgrad::Sequential<float> net_;
    xgrad::SGD<float> sgd_;
};

}  // namespace contest
