#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>

using namespace xgrad;

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
