#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

using namespace xgrad;

TEST_CASE("NoGrad: nothing is recorded while it lives, and again afterwards") {
    const Tensor<double> w(Array<double>(Shape{2}, 3.0), RequiresGrad::yes);
    Tape<double> tape;
    {
        const NoGrad<double> no_grad;
        CHECK_FALSE(sum(w * w).requires_grad());
        const NoGrad<double> twice;
        CHECK_FALSE(sum(w * w).requires_grad());
    }
    CHECK(tape.size() == 0);
    sum(w * w).backward();
    CHECK(w.grad().value()(0) == 6);
}

TEST_CASE("NoGrad: a tape opened inside it records") {
    const Tensor<double> w(Array<double>(Shape{}, 3.0), RequiresGrad::yes);
    Tape<double> outer;
    const NoGrad<double> no_grad;
    {
        Tape<double> inner;
        (w * w).backward();
    }
    CHECK(w.grad().item() == 6);
    CHECK_FALSE((w * w).requires_grad());
}

TEST_CASE("NoGrad: without a tape it does nothing") {
    const NoGrad<double> no_grad;
    const Tensor<double> w(Array<double>(Shape{}, 3.0), RequiresGrad::yes);
    Tape<double> tape;
    (w * w).backward();
    CHECK(w.grad().item() == 6);
}
