#include <xgrad/nn/layers/convolution.hpp>

#include <doctest/doctest.h>

#include "nn/module_gradcheck.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/observer.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

TEST_CASE("Conv2d: the op with its weight and bias") {
    Rng rng(1);
    Conv2d<double> layer(4, 6, {3, 2}, rng, {.stride = 2, .padding = {1, 0}, .groups = 2});
    CHECK(layer.weight().shape() == Shape{6, 2, 3, 2});
    CHECK(layer.bias().value() == Array<double>(Shape{6}, 0));
    const Tensor<double> x = randn<double>({2, 4, 5, 6}, rng);
    const Tensor<double> y = layer(x);
    CHECK(y.shape() == Shape{2, 6, 3, 3});
    CHECK(y.value() ==
          conv2d(x, layer.weight(), layer.bias(), {.stride = 2, .padding = {1, 0}, .groups = 2}).value());
}

TEST_CASE("Conv2d: what the initializer draws, in PyTorch's order of the axes; without a bias") {
    Rng rng(7), same(7);
    const Conv2d layer(3, 8, 3, rng, {}, {.weight = init::glorot_uniform(), .bias = false});
    CHECK(layer.weight().value() ==
          initialized_weight<float>({8, 3, 3, 3}, init::glorot_uniform(), same).value());
    CHECK(rng == same);
    CHECK_FALSE(layer.bias().defined());
    const ConvTranspose2d transposed(3, 8, 2, rng, {.groups = 1});
    CHECK(transposed.weight().shape() == Shape{3, 8, 2, 2});
}

TEST_CASE("Conv1d, Conv2d, ConvTranspose2d: described with what is not usual") {
    Rng rng(1);
    CHECK(Conv2d(3, 32, 3, rng).describe() == "Conv2d(3, 32, window 3)");
    CHECK(Conv2d(4, 8, {3, 1}, rng, {.stride = 2, .padding = {1, 0}, .dilation = 2, .groups = 4},
                 {.bias = false})
              .describe() ==
          "Conv2d(4, 8, window 3x1, stride 2, padding 1x0, dilation 2, groups 4, no bias)");
    CHECK(Conv1d(2, 4, 5, rng, {.padding = 2}).describe() == "Conv1d(2, 4, window 5, padding 2)");
    CHECK(ConvTranspose2d(4, 2, 3, rng, {.stride = 2, .output_padding = 1}).describe() ==
          "ConvTranspose2d(4, 2, window 3, stride 2, output_padding 1)");
}

TEST_CASE("Conv1d, Conv2d, ConvTranspose2d: a clone has the options, and state of its own") {
    Rng rng(1);
    const auto check = [](auto& layer, const Tensor<double>& x) {
        const auto copy = layer.clone();
        CHECK(copy->kind() == layer.kind());
        CHECK(copy->describe() == layer.describe());
        CHECK((*copy)(x).value() == layer(x).value());
        auto parameters = copy->parameters();
        parameters[0].tensor.assign(Array<double>(parameters[0].tensor.shape(), 0));
        CHECK((*copy)(x).value() != layer(x).value());
    };
    Conv1d<double> conv1d(2, 4, 3, rng, {.stride = 2, .padding = 1, .dilation = 2, .groups = 2});
    check(conv1d, randn<double>({2, 2, 9}, rng));
    Conv2d<double> conv2d(2, 4, {3, 2}, rng,
                          {.stride = {2, 1}, .padding = 1, .dilation = {1, 2}, .groups = 2});
    check(conv2d, randn<double>({2, 2, 6, 7}, rng));
    ConvTranspose2d<double> transposed(
        4, 2, 3, rng, {.stride = 2, .padding = 1, .output_padding = 1, .groups = 2}, {.bias = false});
    check(transposed, randn<double>({2, 4, 3, 4}, rng));
}

TEST_CASE("Conv1d, Conv2d, ConvTranspose2d: gradients of input, weight and bias, first and second order") {
    Rng rng(2);
    const auto check = [](Module<double>& layer, const Tensor<double>& x) {
        const GradcheckResult result = gradcheck_module(layer, x);
        CHECK_MESSAGE(result.ok, result.message);
        CHECK(result.max_error < 1e-9);
    };
    Conv1d<double> conv1d(2, 3, 3, rng, {.stride = 2, .padding = 1});
    check(conv1d, randn<double>({2, 2, 5}, rng));
    Conv2d<double> conv2d(2, 3, 2, rng, {.padding = 1});
    check(conv2d, randn<double>({2, 2, 3, 2}, rng));
    ConvTranspose2d<double> transposed(2, 3, 2, rng, {.stride = 2});
    check(transposed, randn<double>({2, 2, 2, 2}, rng));
}

TEST_CASE("A small residual net: gradients of everything, first and second order") {
    Rng rng(3);
    const auto block = [&] {
        return Residual(Sequential{Conv2d<double>(3, 3, 3, rng, {.padding = 1}, {.bias = false}),
                                   BatchNorm2d<double>(3), Tanh<double>(),
                                   Conv2d<double>(3, 3, 3, rng, {.padding = 1}, {.bias = false}),
                                   BatchNorm2d<double>(3)});
    };
    Sequential net{Conv2d<double>(2, 3, 3, rng, {.padding = 1}, {.bias = false}),
                   BatchNorm2d<double>(3),
                   Tanh<double>(),
                   block(),
                   AvgPool2d<double>(2),
                   block(),
                   AdaptiveAvgPool2d<double>(1),
                   Flatten<double>(),
                   Linear<double>(3, 2, rng)};
    GradcheckOptions options;
    const GradcheckResult result = gradcheck_module(net, randn<double>({3, 2, 4, 4}, rng), options);
    CHECK_MESSAGE(result.ok, result.message);
}

TEST_CASE("An error of shapes in a Sequential says where the input comes from") {
    Rng rng(1);
    Sequential net{Conv2d(3, 32, 3, rng), BatchNorm2d(32), ReLU(), MaxPool2d(2), Conv2d(64, 64, 3, rng)};
    CHECK_THROWS_WITH_AS(
        net(zeros({2, 3, 8, 8})),
        "4.Conv2d: conv2d: expected 64 channels, got 32: x is (2, 32, 3, 3); its input comes "
        "from 3.MaxPool2d",
        ShapeError);
    CHECK_THROWS_WITH_AS(net(zeros({2, 4, 8, 8})),
                         "0.Conv2d: conv2d: expected 3 channels, got 4: x is (2, 4, 8, 8)", ShapeError);
    CHECK_THROWS_WITH_AS(
        net(zeros({2, 3, 3, 3})),
        "3.MaxPool2d: max_pool2d: the window, 2x2, has no room in the padded images, 1x1; its "
        "input comes from 2.ReLU",
        ShapeError);
    Sequential nested{Sequential{ReLU(), MaxPool2d(2)},
                      Residual(Sequential{Conv2d(5, 5, 1, rng), Sequential{ReLU(), Conv2d(6, 5, 1, rng)}})};
    nested.set_name("net");
    CHECK_THROWS_WITH_AS(nested(zeros({2, 4, 8, 8})),
                         "net.1.body.0.Conv2d: conv2d: expected 5 channels, got 4: x is (2, 4, 4, 4); its "
                         "input comes from net.0.1.MaxPool2d",
                         ShapeError);
    CHECK_THROWS_WITH_AS(nested(zeros({2, 5, 8, 8})),
                         "net.1.body.1.1.Conv2d: conv2d: expected 6 channels, got 5: x is (2, 5, 4, 4); its "
                         "input comes from net.1.body.1.0.ReLU",
                         ShapeError);
    Sequential shortcut{ReLU(), Residual(Conv2d(4, 5, 1, rng), Conv2d(3, 5, 1, rng))};
    const Observer<> observer(shortcut);
    CHECK_THROWS_WITH_AS(shortcut(zeros({2, 4, 8, 8})),
                         "1.shortcut.Conv2d: conv2d: expected 3 channels, got 4: x is (2, 4, 8, 8); its "
                         "input comes from 0.ReLU",
                         ShapeError);
    CHECK(observer.calls().size() == 5);  // the message calls no module: "", 0, 1, 1.body, 1.shortcut
}
