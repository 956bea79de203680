#include "cifar_conv/training/network.hpp"

#include <utility>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>

namespace cifar_conv {
namespace {

using namespace xgrad;

struct Filters {
    std::size_t in, out, window = 3, stride = 1;
};

struct Style {
    bool batch_norm;
    const Initializer& weights;
};

void add_convolution(Sequential<float>& net, const Filters& filters, const Style& style, Rng& rng) {
    const auto [in, out, window, stride] = filters;
    net.add(Conv2d(in, out, window, rng, {.stride = stride, .padding = window / 2},
                   {.weight = style.weights, .bias = !style.batch_norm}));
    if (style.batch_norm) net.add(BatchNorm2d(out));
}

void add_block(Sequential<float>& net, std::size_t in, std::size_t out, const Style& style, Rng& rng) {
    const std::size_t stride = in == out ? 1 : 2;
    Sequential<float> body, shortcut;
    add_convolution(body, {in, out, 3, stride}, style, rng);
    body.add(ReLU());
    add_convolution(body, {out, out}, style, rng);
    if (in == out) {
        net.add(Residual(std::move(body)));
    } else {
        add_convolution(shortcut, {in, out, 1, stride}, style, rng);
        net.add(Residual(std::move(body), std::move(shortcut)));
    }
    net.add(ReLU());
}

}  // namespace

Sequential<float> make_network(const Config& config, const ImageShape& shape, std::size_t classes, Rng& rng,
                               const Initializer& weights) {
    const Style style{config.batch_norm, weights};
    const std::size_t widths[] = {config.width, 2 * config.width, 4 * config.width, 8 * config.width};
    Sequential<float> net;
    net.add(Unflatten(1, {shape.channels, shape.height, shape.width}));
    std::size_t in = shape.channels;
    const auto add = [&](std::size_t out) {
        add_convolution(net, {in, out}, style, rng);
        net.add(ReLU());
        in = out;
    };
    if (config.net == Config::resnet) add(config.width);
    for (const std::size_t out : widths) {
        if (config.net == Config::resnet) {
            add_block(net, in, out, style, rng);
            in = out;
            continue;
        }
        if (out != config.width) {
            net.add(MaxPool2d(2, {.ceil_mode = true}));
            add(out);
        }
        add(out);
    }
    net.add(AdaptiveAvgPool2d(1)).add(Flatten()).add(Linear(in, classes, rng, {.weight = weights}));
    return net;
}

}  // namespace cifar_conv
