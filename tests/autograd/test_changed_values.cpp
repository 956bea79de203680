#include <xgrad/autograd/tape.hpp>

#include <doctest/doctest.h>

#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

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
