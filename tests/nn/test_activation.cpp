#include <xgrad/nn/activation.hpp>

#include <doctest/doctest.h>

using namespace xgrad;

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
