#include <xgrad/autograd/tensor.hpp>

#include <cmath>
#include <sstream>

#include <doctest/doctest.h>

#include "support/tensors.hpp"

#include <xgrad/autograd/record.hpp>
#include <xgrad/autograd/tape.hpp>
#include <xgrad/core/array_math.hpp>

using namespace xgrad;
using namespace xgrad::test;

TEST_CASE("Tensor: a handle; copies share the value and the gradient") {
    Tensor<double> x = leaf({1, 2});
    const Tensor<double> same = x;
    CHECK(same.is_same(x));
    x.update([](Array<double>& value) { value(0) = 5; });
    CHECK(values(same) == Values{5, 2});
    {
        Tape<double> tape;
        sum(x).backward();
    }
    CHECK(values(same.grad()) == Values{1, 1});
    x.zero_grad();
    CHECK_FALSE(same.has_grad());
}

TEST_CASE("Tensor: what a leaf and a constant say of themselves") {
    const Tensor<float> constant(Array<float>{{1, 2, 3}, {4, 5, 6}});
    CHECK(constant.shape() == Shape{2, 3});
    CHECK(constant.dim() == 2);
    CHECK(constant.size() == 6);
    CHECK(constant.defined());
    CHECK(constant.is_leaf());
    CHECK_FALSE(constant.requires_grad());
    CHECK_FALSE(constant.has_grad());
    Tensor<float> x(Array<float>{1}, RequiresGrad::yes);
    CHECK(x.requires_grad());
    x.set_requires_grad(RequiresGrad::no);
    CHECK_FALSE(x.requires_grad());
}

TEST_CASE("Tensor: one that refers to nothing, or was moved from, is not defined") {
    const Tensor<double> nothing;
    CHECK_FALSE(nothing.defined());
    CHECK(to_string(nothing) == "Tensor(undefined)");
    CHECK_THROWS_AS((void)nothing.shape(), GraphError);
    CHECK_THROWS_AS((void)nothing.requires_grad(), GraphError);
    CHECK_THROWS_AS((void)nothing.detach(), GraphError);
    Tensor<double> x = leaf(1);
    const Tensor<double> moved = std::move(x);
    CHECK_FALSE(x.defined());  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("item: the value of one element, whatever the rank") {
    CHECK(leaf(3).item() == 3);
    CHECK(full<double>({1, 1}, 4).item() == 4);
}

TEST_CASE("grad: absent until backward, and after zero_grad") {
    Tensor<double> x = leaf({{1, 2}});
    CHECK_THROWS_AS((void)x.grad(), GraphError);
    Tape<double> tape;
    sum(x).backward();
    CHECK(x.grad().shape() == Shape{1, 2});
    CHECK_FALSE(x.grad().requires_grad());
    x.zero_grad();
    CHECK_THROWS_AS((void)x.grad(), GraphError);
}

TEST_CASE("assign: replaces the value by one of the same shape") {
    Tensor<double> x = leaf({1, 2});
    x.assign({3, 4});
    CHECK(values(x) == Values{3, 4});
    CHECK_THROWS_AS(x.assign({1, 2, 3}), ShapeError);
    CHECK(values(x) == Values{3, 4});
}

TEST_CASE("update: after a change of shape, which is an error, the Tensor has its old shape and no values") {
    Tensor<> x(Array<float>{1, 2, 3}, RequiresGrad::yes);
    CHECK_THROWS_AS(x.update([](Array<float>& value) { value = Array<float>{1, 2}; }), ShapeError);
    CHECK(x.shape() == Shape{3});
    for (const float value : x.value()) CHECK(std::isnan(value));
    CHECK_THROWS_AS(x.update([](Array<float>& value) {
        value = Array<float>{1, 2};
        throw 1;
    }),
                    int);
    CHECK(x.shape() == Shape{3});
}

TEST_CASE("assign, update: a recorded result stays as it is") {
    const Tensor<double> x = leaf({1, 2});
    Tape<double> tape;
    Tensor<double> y = x * 2.0;
    CHECK_THROWS_AS(y.assign({3, 4}), GraphError);
    CHECK_THROWS_AS(y.update([](Array<double>& value) { value.fill(3); }), GraphError);
    CHECK(values(y) == Values{2, 4});
}

TEST_CASE("detach: a copy of the value that no tape knows") {
    Tensor<double> x = leaf({1, 2});
    Tape<double> tape;
    const Tensor<double> y = (x * 2.0).detach();
    CHECK(y.is_leaf());
    CHECK_FALSE(y.requires_grad());
    CHECK(values(y) == Values{2, 4});
    Tensor<double> copy = x.detach();
    copy.update([](Array<double>& value) { value(0) = 9; });
    CHECK(values(x) == Values{1, 2});
}

TEST_CASE("zeros, ones, full: constants of a shape") {
    CHECK(zeros<double>({2, 2}).value() == Array<double>{{0, 0}, {0, 0}});
    CHECK(ones<double>({2}).value() == Array<double>{1, 1});
    CHECK(full<double>({}, 2.5).item() == 2.5);
    CHECK(zeros({3, 0}).size() == 0);
    CHECK_FALSE(ones({2}).requires_grad());
}

TEST_CASE("randn, uniform: the Rng's own numbers, in order") {
    Rng rng(3), same(3);
    for (const double x : values(randn<double>({2, 3}, rng))) CHECK(x == same.normal());
    for (const double x : values(uniform<double>({2, 3}, rng, -1, 2))) CHECK(x == same.uniform(-1, 2));
    CHECK(rng == same);
}

TEST_CASE("uniform: stays below its upper bound when rounded to float") {
    Rng rng(4);
    const double low = 1,
                 high = 1 + 0x1p-22;  // two steps of float: a quarter of the doubles round to the bound
    for (const float x : values(uniform<float>({1000}, rng, low, high))) {
        CHECK(x >= 1.0F);
        CHECK(x < 1 + 0x1p-22F);
    }
}

TEST_CASE("to_string: values, type, shape and origin") {
    CHECK(to_string(constant({1, 2.5, -3})) == "[1, 2.5, -3]  # Tensor<double> (3)");
    CHECK(to_string(Tensor<float>(Array<float>{{1, 2}, {3, 4}}, RequiresGrad::yes)) ==
          "[[1, 2],\n [3, 4]]  # Tensor<float> (2, 2), requires grad");
    CHECK(to_string(full<double>({}, 0.1234567)) == "0.1235  # Tensor<double> ()");
    CHECK(to_string(zeros({0, 2})) == "[]  # Tensor<float> (0, 2)");
    CHECK(to_string(zeros<double>({9})) == "[0, 0, 0, ..., 0, 0, 0]  # Tensor<double> (9)");
    CHECK(to_string(zeros<double>({8})) == "[0, 0, 0, 0, 0, 0, 0, 0]  # Tensor<double> (8)");
    CHECK(to_string(zeros<double>({2, 1, 2})) == "[[[0, 0]],\n [[0, 0]]]  # Tensor<double> (2, 1, 2)");
    Tape<double> tape;
    std::ostringstream out;
    out << leaf(2) * 3.0;
    CHECK(out.str() == "6  # Tensor<double> (), recorded");
}

namespace {

using D = Tensor<double>;

}  // namespace

TEST_CASE("backward: a saved value that was changed since is named") {
    D a = leaf({1, 2, 3}), b = leaf({4, 5, 6});
    const char* message =
        "mul: a value of shape (3) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy";
    {
        Tape<double> tape;
        const D y = sum(a * b);
        b.update([](Array<double>& value) { value(0) = 0; });
        CHECK_THROWS_WITH_AS(y.backward(), message, GraphError);
        CHECK(tape.size() == 0);
    }
    {
        Tape<double> tape;
        const D y = sum(a * b);
        a.assign({7, 8, 9});
        CHECK_THROWS_WITH_AS(y.backward(), message, GraphError);
    }
    CHECK(values(a * b) == Values{0, 40, 54});  // the error does not outlive the walk
}

TEST_CASE("backward: a changed value that no backward function reads is fine") {
    D x = leaf({1, 2}), b = leaf({3, 4});
    {
        Tape<double> tape;
        const D y = sum(x + b);
        b.assign({0, 0});
        x.assign({0, 0});
        y.backward();
        CHECK(values(x.grad()) == Values{1, 1});
    }
    D c = constant({5, 6});
    Tape<double> tape;
    const D y = sum(c * b);  // c is read for db; b is not read, for c needs no gradient
    b.assign({9, 9});
    y.backward();
    CHECK(values(b.grad()) == Values{6, 7});
}

TEST_CASE("backward: a change before the op was recorded is fine") {
    D x = leaf({1, 2});
    Tape<double> tape;
    x.assign({3, 4});
    sum(x * x).backward();
    CHECK(values(x.grad()) == Values{6, 8});
}

TEST_CASE("backward: a changed value is found on the second walk of a retained tape") {
    D x = leaf({1, 2});
    Tape<double> tape;
    const D y = sum(x * x);
    y.backward({.retain_graph = true});
    x.assign({3, 4});
    CHECK_THROWS_AS(y.backward(), GraphError);
}

TEST_CASE("backward: a backward function that hands out a saved value which was changed is found") {
    const D x = leaf({1, 2});
    D saved = constant({3, 4});
    Tape<double> tape;
    const D y =
        record("mine", constant(Array<double>(Shape{}, 0.0)), Edge{x, [saved](const D&) { return saved; }});
    saved.assign({5, 6});
    CHECK_THROWS_WITH_AS(
        y.backward(),
        "mine: a value of shape (2) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
        GraphError);
}

TEST_CASE("update: of a step in a loop does not disturb the tapes that follow") {
    D w = leaf({1, 1});
    for (int step = 0; step < 3; ++step) {
        w.zero_grad();
        Tape<double> tape;
        sum(w * w).backward();
        w.update([&](Array<double>& value) { value -= 0.25 * w.grad().value(); });
    }
    CHECK(values(w) == Values{0.125, 0.125});
}

TEST_CASE_TEMPLATE("reshape, squeeze, unsqueeze, flatten and detach copy no elements; changes do not show", T,
                   float, double) {
    Tensor<T> x(Array<T>{{{1, 2}, {3, 4}}}, RequiresGrad::yes);
    const auto address = [](const Tensor<T>& y) { return y.value().data(); };
    for (const Tensor<T>& y : {reshape(x, {4}), squeeze(x), unsqueeze(x, 0), flatten(x), x.detach()}) {
        CHECK(address(y) == address(x));
        CHECK(y.value().data()[3] == 4);
    }

    // Whichever of the two is changed: what was saved is the old value, or changing it is an error.
    const Tape<T> tape;
    const Tensor<T> flat = flatten(x);
    const Tensor<T> of_flat = sum(square(flat));
    x.update([](Array<T>& value) { value.fill(9); });
    CHECK(flat.value() == Array<T>{1, 2, 3, 4});
    of_flat.backward();
    CHECK(x.grad().value() == Array<T>{{{2, 4}, {6, 8}}});

    Tensor<T> constant = flatten(x).detach();
    constant.update([](Array<T>& value) { value.fill(5); });
    CHECK(x.value().data()[0] == 9);
    const Tensor<T> of_x = sum(square(x));
    x.update([](Array<T>& value) { value.fill(8); });
    CHECK_THROWS_AS(of_x.backward(), GraphError);
}
