#include <xgrad/nn/linear.hpp>

#include <doctest/doctest.h>

#include "nn/module_gradcheck.hpp"

using namespace xgrad;

namespace {

template <class T>
Linear<T> layer_of(const Array<T>& weight, const Array<T>& bias) {
    Rng rng(0);
    Linear<T> layer(weight.shape()[1], weight.shape()[0], rng);
    layer.load_state_dict({{"weight", weight}, {"bias", bias}});
    return layer;
}

}  // namespace

TEST_CASE_TEMPLATE("Linear: x weight^T + bias", T, float, double) {
    Linear<T> layer = layer_of<T>({{1, 2, 3}, {4, 5, 6}}, {10, 20});
    const Tensor<T> y = layer(Tensor<T>(Array<T>{{1, 0, 0}, {0, 1, -1}}));
    CHECK(y.value() == Array<T>{{11, 24}, {9, 19}});
}

TEST_CASE("Linear: a weight (out, in) that its initializer drew, and a bias of zeros") {
    Rng rng(7), same(7);
    const Linear layer(3, 2, rng);
    CHECK(layer.weight().value() == initialized_weight<float>(2, 3, init::he_normal(), same).value());
    CHECK(rng == same);
    CHECK(layer.bias().value() == Array<float>{0, 0});
    CHECK(Linear(3, 2, rng, {.weight = init::ones()}).weight().value() == Array<float>(Shape{2, 3}, 1));
}

TEST_CASE("Linear: without a bias") {
    Rng rng(1);
    Linear layer(3, 2, rng, {.weight = init::ones(), .bias = false});
    CHECK_FALSE(layer.bias().defined());
    CHECK(layer.parameters().size() == 1);
    CHECK(layer(ones({1, 3})).value() == Array<float>{{3, 3}});
    const auto copy = layer.clone();
    CHECK(copy->state_dict() == layer.state_dict());
    CHECK(copy->describe() == "Linear(3, 2, no bias)");
}

TEST_CASE("Linear: gradients of input, weight and bias, first and second order") {
    Rng rng(2);
    for (const bool bias : {true, false}) {
        Linear<double> layer(3, 2, rng, {.weight = init::he_normal(), .bias = bias});
        const GradcheckResult result = gradcheck_module(layer, randn<double>({4, 3}, rng));
        CHECK_MESSAGE(result.ok, result.message);
        CHECK(result.max_error < 1e-9);
    }
}

TEST_CASE("Linear: an empty batch gives an empty result") {
    Rng rng(1);
    Linear layer(3, 2, rng);
    CHECK(layer(zeros({0, 3})).shape() == Shape{0, 2});
}
