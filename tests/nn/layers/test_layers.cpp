#include <xgrad/nn/layers/linear.hpp>

#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include "nn/module_gradcheck.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/sequential.hpp>

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
    CHECK(layer.weight().value() == initialized_weight<float>({2, 3}, init::he_normal(), same).value());
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

TEST_CASE_TEMPLATE("ReLU: max(x, 0) for any shape, without state", T, float, double) {
    ReLU<T> layer;
    CHECK(layer(Tensor<T>(Array<T>{{-1, 0}, {2, -3}})).value() == Array<T>{{0, 0}, {2, 0}});
    CHECK(layer(Tensor<T>(Array<T>{-1, 3})).value() == Array<T>{0, 3});
    CHECK(layer(zeros<T>({0, 4})).shape() == Shape{0, 4});
    CHECK(layer.parameters().empty());
    CHECK(layer.state_dict().empty());
    CHECK(layer.describe() == "ReLU()");
}

TEST_CASE("ReLU: the gradient passes where x is positive, and at 0 it does not") {
    ReLU<double> layer;
    Tensor x(Array<double>{-1, 0, 2}, RequiresGrad::yes);
    Tape<double> tape;
    layer(x).backward(Tensor(Array<double>{5, 6, 7}));
    CHECK(x.grad().value() == Array<double>{0, 0, 7});
}

TEST_CASE("ReLU: clone keeps mode and name") {
    ReLU layer;
    layer.set_name("gate");
    layer.eval();
    const auto copy = layer.clone();
    CHECK(copy->name() == "gate");
    CHECK_FALSE(copy->is_training());
}

namespace {

const Linear<>& linear_at(Sequential<>& net, std::size_t position) {
    return dynamic_cast<const Linear<>&>(net[position]);
}

}  // namespace

TEST_CASE("Sequential: an empty one can be kept, printed and cloned, but not called") {
    Sequential net;
    static_assert(std::is_same_v<decltype(net), Sequential<float>>);
    CHECK(net.size() == 0);
    CHECK(net.parameters().empty());
    CHECK(net.state_dict().empty());
    CHECK(dynamic_cast<Sequential<>&>(*net.clone()).size() == 0);
    CHECK(to_string(net) == "Sequential\n    Sequential()            -\n  0 parameters\n");
    CHECK_THROWS_AS(net(ones({2, 3})), ValueError);
    net.add(ReLU());
    CHECK(net(ones({2, 3})).value() == ones({2, 3}).value());
}

TEST_CASE("Sequential: applies its modules one after the other") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)};
    const Tensor x = randn({5, 3}, rng);
    CHECK(net(x).value() == net[2](net[1](net[0](x))).value());
    CHECK(net(x).shape() == Shape{5, 2});
}

TEST_CASE("Sequential: the scalar type follows from the first module") {
    Rng rng(1);
    Sequential net{Linear<double>(3, 4, rng), ReLU<double>()};
    static_assert(std::is_same_v<decltype(net), Sequential<double>>);
    Sequential single{ReLU<double>()};
    static_assert(std::is_same_v<decltype(single), Sequential<double>>);
    CHECK(single.size() == 1);
    static_assert(!std::is_copy_constructible_v<Sequential<>>);
    static_assert(std::is_nothrow_move_constructible_v<Sequential<>>);
}

TEST_CASE("Sequential: in braces, modules are constructed from left to right") {
    Rng rng(1), same(1);
    Sequential net{Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)};
    const Linear first(3, 4, same), second(4, 2, same);
    CHECK(linear_at(net, 0).weight().value() == first.weight().value());
    CHECK(linear_at(net, 2).weight().value() == second.weight().value());
}

TEST_CASE(
    "Sequential: one Sequential inside another is nested, but a single one in braces is that one itself") {
    Sequential nested{Sequential{ReLU(), ReLU()}, ReLU()};
    CHECK(nested.size() == 2);
    CHECK(dynamic_cast<Sequential<>&>(nested[0]).size() == 2);
    Sequential same{Sequential{ReLU(), ReLU()}};
    CHECK(same.size() == 2);
    Sequential wrapped;
    wrapped.add(Sequential{ReLU(), ReLU()});
    CHECK(wrapped.size() == 1);
    Sequential twice{Sequential{ReLU()}, Sequential{ReLU()}};
    CHECK(twice.size() == 2);
}

TEST_CASE("Sequential::add: by value or by pointer, one call after the other") {
    Rng rng(1), same(1);
    Sequential net;
    net.add(Linear(3, 4, rng)).add(std::make_unique<ReLU<>>()).add(Linear(4, 2, rng));
    Sequential braces{Linear(3, 4, same), ReLU(), Linear(4, 2, same)};
    CHECK(net.state_dict() == braces.state_dict());
    CHECK_THROWS_AS(net.add(std::unique_ptr<Module<>>()), ValueError);
    CHECK(net.size() == 3);
}

TEST_CASE("Sequential: a module by its position") {
    Sequential net{ReLU(), ReLU()};
    CHECK(net[1].kind() == "ReLU");
    CHECK(&std::as_const(net)[1] == &net[1]);
}

TEST_CASE("Sequential: a clone has modules of its own") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), Sequential{BatchNorm1d(4), ReLU()}};
    const auto copy = net.clone();
    auto& same = dynamic_cast<Sequential<>&>(*copy);
    CHECK(same.size() == 2);
    CHECK(&same[0] != &net[0]);
    CHECK_FALSE(linear_at(same, 0).weight().is_same(linear_at(net, 0).weight()));
    const Tensor x = randn({5, 3}, rng);
    CHECK(same(x).value() == net(x).value());
    CHECK(to_string(same) == to_string(net));
}

TEST_CASE("Residual: x + f(x), whose state has the prefix body, cloned") {
    Rng rng(1);
    Residual block(Sequential{Linear<double>(3, 3, rng), Tanh<double>()});
    const Tensor<double> x = randn<double>({2, 3}, rng);
    CHECK(block(x).value() == (x + block.body()(x)).value());
    CHECK(block.state_dict().count("body.0.weight") == 1);
    CHECK((*block.clone())(x).value() == block(x).value());
    CHECK_THROWS_WITH_AS(block(zeros<double>({2, 4})),
                         "body.0.Linear: linear: expected x (..., 3), got (2, 4): 3 != 4", ShapeError);
}

TEST_CASE("Residual: g(x) + f(x), whose state has the prefixes body and shortcut, cloned") {
    Rng rng(1);
    Residual block(Linear<double>(3, 2, rng), Linear<double>(3, 2, rng, {.bias = false}));
    const Tensor<double> x = randn<double>({2, 3}, rng);
    CHECK(block(x).value() == ((*block.shortcut())(x) + block.body()(x)).value());
    CHECK(block.state_dict().size() == 3);
    CHECK(block.state_dict().count("shortcut.weight") == 1);
    CHECK((*block.clone())(x).value() == block(x).value());
    CHECK(Residual(ReLU()).shortcut() == nullptr);
}

TEST_CASE("Linear: with leading axes") {
    Rng rng(1);
    Linear<double> layer(3, 2, rng);
    const Tensor<double> x = randn<double>({4, 5, 3}, rng);
    CHECK(layer(x).shape() == Shape{4, 5, 2});
    CHECK(reshape(layer(x), {20, 2}).value() == layer(reshape(x, {20, 3})).value());
}
