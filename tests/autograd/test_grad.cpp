// grad(): gradients as values, and as Tensors that can be differentiated in turn.
#include <cmath>

#include <doctest/doctest.h>

#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {
using D = Tensor<double>;
}

TEST_CASE("grad: with respect to leaves and to what was computed, in the order asked for") {
    const D x = leaf({1, 2}), w = leaf({3, 4});
    Tape<double> tape;
    const D h = x * w;
    const D y = sum(h * h);
    const auto [to_w, to_h, to_x, to_y] = [&] {
        auto all = grad(y, {w, h, x, y});
        return std::tuple(all[0], all[1], all[2], all[3]);
    }();
    CHECK(values(to_w) == Values{6, 32});
    CHECK(values(to_h) == Values{6, 16});
    CHECK(values(to_x) == Values{18, 64});
    CHECK(to_y.item() == 1);
    CHECK_FALSE(to_x.requires_grad());
    CHECK(tape.size() == 0);
}

TEST_CASE("grad: does not touch the gradients of leaves") {
    const D x = leaf({1, 2}), w = leaf({3, 4});
    {
        Tape<double> tape;
        sum(x).backward();
    }
    Tape<double> tape;
    const D y = sum(x * w);
    (void)grad(y, {x}, {.retain_graph = true});
    (void)grad(y, {x, w}, {.create_graph = true});
    CHECK(values(x.grad()) == Values{1, 1});
    CHECK_FALSE(w.has_grad());
}

TEST_CASE("grad: an x that y does not depend on has a gradient of zeros") {
    const D x = leaf({1, 2}), unused = leaf({{1, 2, 3}});
    Tape<double> tape;
    const D y = sum(x);
    const D later = x * 2.0;
    const auto gradients = grad(y, {unused, later, x});
    CHECK(gradients[0].value() == Array<double>{{0, 0, 0}});
    CHECK(values(gradients[1]) == Values{0, 0});
    CHECK(values(gradients[2]) == Values{1, 1});
}

TEST_CASE("grad: the same x twice, and none at all") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x + x;
    const auto gradients = grad(y, {x, x}, {.retain_graph = true});
    CHECK(gradients[0].item() == 7);
    CHECK(gradients[1].item() == 7);
    CHECK(grad(y, {}).empty());
}

TEST_CASE("grad: retain_graph, or the tape is emptied") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x;
    CHECK(grad(y, {x}, {.retain_graph = true})[0].item() == 6);
    CHECK(grad(y, {x})[0].item() == 6);
    CHECK_THROWS_AS(grad(y, {x}), GraphError);
}

TEST_CASE("grad: what it refuses leaves the tape as it was") {
    const D x = leaf({1, 2}), c = constant({{1, 2}});
    Tape<double> outer;
    const D elsewhere = x * 1.0;
    Tape<double> tape;
    const D y = x * 2.0, loss = sum(y);
    CHECK_THROWS_AS(grad(y, {x}), GraphError);
    CHECK_THROWS_AS(grad(loss, {x, c}), GraphError);
    CHECK_THROWS_AS(grad(loss, {elsewhere}), GraphError);
    CHECK_THROWS_AS(grad(sum(c), {x}), GraphError);
    CHECK(values(grad(loss, {x})[0]) == Values{2, 2});
}

TEST_CASE("grad: create_graph gives derivatives of any order") {
    const D x = leaf({0.3, -1.2, 2});
    const auto check = [&](auto f, const std::vector<Values>& expected) {
        Tape<double> tape;
        D y = f(x);
        for (const Values& derivative : expected) {
            y = grad(sum(y), {x}, {.create_graph = true})[0];
            CHECK(y.requires_grad());
            CHECK(difference(values(y), derivative) < 1e-12);
        }
    };
    const auto each = [&](auto f) {
        Values all;
        for (const double v : values(x)) all.push_back(f(v));
        return all;
    };
    check([](const D& v) { return exp(v); },
          std::vector<Values>(4, each([](double v) { return std::exp(v); })));
    check([](const D& v) { return v * v * v * v; },
          {each([](double v) { return 4 * v * v * v; }), each([](double v) { return 12 * v * v; }),
           each([](double v) { return 24 * v; })});
    check([](const D& v) { return tanh(v); },
          {each([](double v) { return 1 - std::pow(std::tanh(v), 2); }),
           each([](double v) { return -2 * std::tanh(v) * (1 - std::pow(std::tanh(v), 2)); }),
           each([](double v) {
               const double t = std::tanh(v);
               return (1 - t * t) * (6 * t * t - 2);
           })});
    check([](const D& v) { return 1.0 / v; },
          {each([](double v) { return -1 / (v * v); }), each([](double v) { return 2 / (v * v * v); }),
           each([](double v) { return -6 / (v * v * v * v); })});
}

TEST_CASE("grad: create_graph keeps the tape, and without it the result is a constant") {
    const D x = leaf(2);
    Tape<double> tape;
    const D y = x * x * x;
    const D first = grad(y, {x}, {.create_graph = true})[0];
    CHECK(first.requires_grad());
    const D second = grad(first, {x}, {.retain_graph = true})[0];
    CHECK(second.item() == 12);
    CHECK_FALSE(second.requires_grad());
    (y + first).backward();
    CHECK(x.grad().item() == 24);
}

TEST_CASE("grad: a mixed second derivative, and a Hessian-vector product") {
    const D x = leaf({1, 2}), w = leaf({3, 4}), v = constant({1, 10});
    Tape<double> tape;
    const D y = sum(x * x * w);
    const D to_x = grad(y, {x}, {.create_graph = true})[0];
    const auto second = grad(sum(to_x * v), {x, w});
    CHECK(values(second[0]) == Values{6, 80});
    CHECK(values(second[1]) == Values{2, 40});
}

TEST_CASE("grad: a gradient penalty reaches the leaves through backward()") {
    const D x = leaf({1, 2}), w = leaf({3, 4});
    Tape<double> tape;
    const D to_x = grad(sum(square(x * w)), {x}, {.create_graph = true})[0];  // 2 x w^2
    sum(square(to_x)).backward();  // 4 x^2 w^4
    CHECK(values(w.grad()) == Values{16 * 1 * 27, 16 * 4 * 64});
}

TEST_CASE("grad: inside a function that opens its own tape, while another one is open") {
    const auto slope = [](const D& at) {
        Tape<double> tape;
        D x = at.detach();
        x.set_requires_grad(RequiresGrad::yes);
        return grad(x * x, {x})[0];
    };
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * slope(x * 2.0);
    y.backward();
    CHECK(x.grad().item() == 12);
}

TEST_CASE(
    "grad: of a recorded backward pass, in which a leaf is met again, since another tape has met it meanwhile") {
    const D x = leaf(Array<double>{{1, 2, 3}, {4, 5, 6}}), w = leaf(Array<double>{{1, 0, 1}}),
            other = leaf(2.0);
    const Tape<double> outer;
    const D y = sum(linear(x, w));
    {
        const Tape<double> inner;
        (void)(other * 2.0 + leaf(1.0) * 3.0 + sum(x));  // x is its third leaf
    }
    CHECK(values(grad(y, {w}, {.create_graph = true})[0]) == Values{5, 7, 9});
}
