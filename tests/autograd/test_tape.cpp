#include <xgrad/autograd/tape.hpp>

#include <limits>

#include <doctest/doctest.h>

#include "support/tensors.hpp"

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

using namespace xgrad;
using namespace xgrad::test;

namespace {

using D = Tensor<double>;

}  // namespace

TEST_CASE("Tape: records what depends on a leaf that requires a gradient, and nothing else") {
    const D x = leaf(2), c = constant(Array<double>(Shape{}, 3.0));
    Tape<double> tape;
    CHECK(tape.is_recording());
    CHECK_FALSE((c * c).requires_grad());
    CHECK(tape.size() == 0);
    const D y = x * c;
    CHECK(y.requires_grad());
    CHECK_FALSE(y.is_leaf());
    CHECK(tape.size() == 1);
}

TEST_CASE("Tape: outside one, nothing is recorded and nothing grows") {
    CHECK_FALSE(is_recording<double>());
    D x = leaf(0);
    const D start = x;
    for (int i = 0; i < 1000; ++i) x = x + 1.0;
    CHECK(x.item() == 1000);
    CHECK_FALSE(x.requires_grad());
    CHECK_THROWS_AS(x.backward(), GraphError);
}

TEST_CASE("Tape: an op whose input needs no gradient keeps nothing alive") {
    const D x = leaf(1);
    Tape<double> tape;
    const auto saved = std::make_shared<int>();
    (void)record("custom", zeros<double>({}), Edge{zeros<double>({}), [saved](const D& dy) { return dy; }});
    CHECK(saved.use_count() == 1);
    CHECK(tape.size() == 0);
}

TEST_CASE("backward: what an entry saved is released as soon as it has been used") {
    const D x = leaf(1);
    const auto alive = std::make_shared<int>();
    std::vector<long> counts;
    {
        Tape<double> tape;
        D y = x;
        for (int i = 0; i < 5; ++i)
            y = record("counting", y.detach(), Edge{y, [&counts, alive](const D& dy) {
                                                        counts.push_back(alive.use_count() - 1);
                                                        return dy;
                                                    }});
        CHECK(alive.use_count() == 6);
        y.backward();
        CHECK(alive.use_count() == 1);
    }
    CHECK(counts == std::vector<long>{5, 4, 3, 2, 1});
}

TEST_CASE("backward: what the root does not depend on is released too") {
    const D x = leaf(1);
    const auto alive = std::make_shared<int>();
    Tape<double> tape;
    const auto kept = [alive](const D& dy) { return dy; };
    const D before = record("before", zeros<double>({}), Edge{x, kept});
    const D y = x * 2.0;
    const D after = record("after", zeros<double>({}), Edge{x, kept});
    y.backward({.retain_graph = true});
    CHECK(alive.use_count() == 4);
    y.backward();
    CHECK(alive.use_count() == 2);  // `kept` itself
}

TEST_CASE("Tape: releases everything when it ends") {
    const D x = leaf(1);
    const auto alive = std::make_shared<int>();
    {
        Tape<double> tape;
        (void)record("unused", zeros<double>({}), Edge{x, [alive](const D& dy) { return dy; }});
        CHECK(alive.use_count() == 2);
    }
    CHECK(alive.use_count() == 1);
}

TEST_CASE("Tape: backward functions of any size and alignment") {
    const D x = leaf(1);
    struct alignas(64) Wide {
        std::array<double, 20'000> values{};
    };
    Tape<double> tape;
    D y = x;
    for (int i = 0; i < 3; ++i) {
        y = y * 2.0;
        y = record("wide", y.detach(), Edge{y, [wide = Wide()](const D& dy) {
                                                CHECK(reinterpret_cast<std::uintptr_t>(&wide) % 64 == 0);
                                                return dy + wide.values.back();
                                            }});
    }
    y.backward();
    CHECK(x.grad().item() == 8);
}

TEST_CASE("Anomaly::detect: stops at the first value that is not finite, and names the op") {
    const D x = leaf({1, 0});
    Tape<double> tape({.anomaly = Anomaly::detect});
    CHECK_THROWS_WITH_AS(log(x), "log: the result, shape (2), holds a NaN or an infinity", NumericsError);
    CHECK_THROWS_WITH_AS(constant({1, 2}) / constant({1, 0}),
                         "div: the result, shape (2), holds a NaN or an infinity", NumericsError);
    CHECK_NOTHROW(exp(x));
}

TEST_CASE("Anomaly::detect: stops at the first gradient that is not finite, and names the op") {
    const D x = leaf({4, 0});
    Tape<double> tape({.anomaly = Anomaly::detect});
    const D y = sum(sqrt(x) * 2.0);
    CHECK_THROWS_WITH_AS(y.backward(), "sqrt: the gradient of input 0, shape (2), holds a NaN or an infinity",
                         NumericsError);
    CHECK_FALSE(x.has_grad());
    CHECK(tape.size() == 0);
    CHECK_THROWS_WITH_AS(grad(sum(sqrt(x)), {x}, {.create_graph = true}),
                         "div: the result, shape (2), holds a NaN or an infinity", NumericsError);
}

TEST_CASE("Anomaly::ignore: lets them through, and so does computing outside the tape") {
    const D x = leaf({4, 0});
    {
        Tape<double> tape;
        sum(sqrt(x)).backward();
    }
    CHECK(values(x.grad()) == Values{0.25, std::numeric_limits<double>::infinity()});
    CHECK_NOTHROW(log(x));
}

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

// What gradient checkpointing does: the backward function computes its op again, on a tape of its own.
TEST_CASE("Tape: a tape opened in a backward function records") {
    const Tensor<double> x(Array<double>{1.0, 2.0}, RequiresGrad::yes);
    std::size_t recorded = 0;
    const auto recomputed_square = [&](const Tensor<double>& in) {
        return record("recomputed", square(in).detach(),
                      Edge{in, [&recorded, in](const Tensor<double>& dy) {
                               const Tape<double> inner;
                               const Tensor<double> again(in.value(), RequiresGrad::yes);
                               const Tensor<double> y = sum(dy * square(again));
                               recorded = inner.size();
                               return grad(y, {again})[0];
                           }});
    };
    {
        Tape<double> tape;
        sum(recomputed_square(3.0 * x)).backward();
    }
    CHECK(recorded == 3);
    CHECK(x.grad().value() == Array<double>{18.0, 36.0});
}

TEST_CASE("Tape: after a tape in a backward function has ended, the walk still records nothing") {
    const Tensor<double> x(Array<double>{1.0, 2.0}, RequiresGrad::yes);
    Tape<double> tape;
    const Tensor<double> y = sum(record("outer", square(x).detach(), Edge{x, [x](const Tensor<double>& dy) {
                                                                              {
                                                                                  const Tape<double> inner;
                                                                              }
                                                                              const Tensor<double> dx =
                                                                                  dy * (2.0 * x);
                                                                              CHECK_FALSE(dx.requires_grad());
                                                                              return dx;
                                                                          }}));
    y.backward();
    CHECK(x.grad().value() == Array<double>{2.0, 4.0});
}
