#include <xgrad/autograd/tape.hpp>

#include <thread>

#include <doctest/doctest.h>

#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

using D = Tensor<double>;

const char* const used_elsewhere =
    ": an input of shape () was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it to use its value here";

const char* const cannot_walk =
    ": the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that one to walk twice), or belongs to another thread";

std::string text(const char* op, const char* rest) { return std::string(op) + rest; }

}  // namespace

TEST_CASE("Tape: the innermost one records") {
    const D x = leaf(3);
    Tape<double> outer;
    const D y = x * x;
    {
        Tape<double> inner;
        CHECK(inner.is_recording());
        const D z = x * 2.0;
        CHECK(inner.size() == 1);
        CHECK(outer.size() == 1);
        z.backward();
        CHECK(x.grad().item() == 2);
    }
    CHECK(outer.is_recording());
    y.backward();
    CHECK(x.grad().item() == 8);
}

TEST_CASE("Tape: a Tensor of an outer tape is refused in an inner one, unless it is detached") {
    const D x = leaf(3);
    Tape<double> outer;
    const D y = x * x;
    Tape<double> inner;
    CHECK_THROWS_WITH_AS(y * 2.0, text("mul", used_elsewhere).c_str(), GraphError);
    CHECK_THROWS_WITH_AS(x + y, text("add", used_elsewhere).c_str(), GraphError);
    CHECK_THROWS_WITH_AS(concatenate<double>({reshape(x, {1}), reshape(y, {1})}),
                         text("reshape", used_elsewhere).c_str(), GraphError);
    CHECK_THROWS_WITH_AS(mse_loss(x, y), text("mse_loss", used_elsewhere).c_str(), GraphError);
    (x * y.detach()).backward();
    CHECK(x.grad().item() == 9);
}

TEST_CASE("backward: an outer tape may be walked while an inner one is open") {
    const D x = leaf(3);
    Tape<double> outer;
    const D y = x * x;
    Tape<double> inner;
    const D z = x * 5.0;
    y.backward();
    CHECK(x.grad().item() == 6);
    CHECK(outer.size() == 0);
    CHECK(inner.size() == 1);
    CHECK(inner.is_recording());
    z.backward();
    CHECK(x.grad().item() == 11);
}

TEST_CASE("Tape: two that take turns tell their leaves apart") {
    const D a = leaf(2), b = leaf(3), c = leaf(5);
    Tape<double> outer;
    D y = a * b;
    {
        Tape<double> inner;
        D z = c * b;
        for (int i = 0; i < 3; ++i) z = z * a;
        z.backward();  // c b a^3
    }
    CHECK(a.grad().item() == 3 * 15 * 4);
    CHECK(b.grad().item() == 5 * 8);
    CHECK(c.grad().item() == 3 * 8);
    y = y * b * c * a;
    y.backward();  // a^2 b^2 c
    CHECK(a.grad().item() == 180 + 2 * 2 * 9 * 5);
    CHECK(b.grad().item() == 40 + 4 * 2 * 3 * 5);
    CHECK(c.grad().item() == 24 + 4 * 9);
}

TEST_CASE("Tape: need not end in the reverse order in which they began") {
    const D x = leaf(3);
    auto first = std::make_unique<Tape<double>>();
    const auto second = std::make_unique<Tape<double>>();
    const D y = x * x;
    first.reset();
    CHECK(second->is_recording());
    y.backward();
    CHECK(x.grad().item() == 6);
}

TEST_CASE("Tape: a Tensor is a plain value once its tape has ended") {
    const D x = leaf(3);
    D y;
    {
        Tape<double> tape;
        y = x * x;
    }
    CHECK(y.item() == 9);
    CHECK((y * 2.0).item() == 18);
    CHECK_THROWS_WITH_AS(y.backward(), text("backward", cannot_walk).c_str(), GraphError);
    Tape<double> tape;
    CHECK_THROWS_WITH_AS(y * 2.0, text("mul", used_elsewhere).c_str(), GraphError);
    CHECK((y.detach() * x).item() == 27);
}

TEST_CASE("Tape: a Tensor that backward() has used up is refused by the same tape") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x;
    y.backward();
    CHECK(y.item() == 9);
    CHECK_THROWS_WITH_AS(y + x, text("add", used_elsewhere).c_str(), GraphError);
}

TEST_CASE("Tape: one of the other scalar type does not record") {
    const D x = leaf(3);
    Tape<float> tape;
    CHECK_THROWS_AS(x * x, GraphError);
    CHECK((x.detach() * 2.0).item() == 6);
    const Tensor<float> y(Array<float>{1}, RequiresGrad::yes);
    (y * 2.0).backward();
    Tape<double> both;
    (x * x).backward();
    CHECK(x.grad().item() == 6);
    (y * 2.0).backward();
    CHECK(y.grad().item() == 4);
}

TEST_CASE("Tape: float and double computations may meet in a backward function") {
    const Tensor<float> x(Array<float>{3}, RequiresGrad::yes);
    const D scale = leaf(2);
    Tape<float> tape;
    record("scaled", Tensor<float>(Array<float>{6}),
           Edge{x,
                [scale](const Tensor<float>& dy) {
                    return Tensor<float>(evaluate(xt::cast<float>((scale * 1.0).value()) * dy.value()));
                }})
        .backward();
    CHECK(x.grad().item() == 2);
}

TEST_CASE("Tape: CTAD and options") {
    Tape tape;
    static_assert(std::is_same_v<decltype(tape), Tape<float>>);
    Tape<double> detecting({.anomaly = Anomaly::detect});
    static_assert(!std::is_copy_constructible_v<Tape<>> && !std::is_move_constructible_v<Tape<>>);
    CHECK(detecting.size() == 0);
}

TEST_CASE("Tape: belongs to its thread") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x;
    std::string message;
    bool recorded = true;
    std::thread([&] {
        try {
            recorded = (x * x).requires_grad();
            y.backward();
        } catch (const GraphError& error) {
            message = error.what();
        }
    }).join();
    CHECK_FALSE(recorded);
    CHECK(message == text("backward", cannot_walk));
    y.backward();
    CHECK(x.grad().item() == 6);
}

TEST_CASE("Tape: threads record and walk at the same time, each on its own tape") {
    const D shared = leaf({1, 2, 3});  // read by all; its gradient is asked for, not accumulated
    std::vector<Values> own(4), common(4);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < own.size(); ++i)
        threads.emplace_back([&, i] {
            D x = leaf(static_cast<double>(i));
            for (int step = 0; step < 200; ++step) {
                x.zero_grad();
                Tape<double> tape;
                common[i] = values(grad(sum(shared * x * x), {shared})[0]);
                (x * x * x).backward();
                x.update([](Array<double>& value) { value(0) += 0.5; });
            }
            own[i] = values(x.grad());
        });
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = 0; i < own.size(); ++i) {
        const double x = static_cast<double>(i) + 0.5 * 199;
        CHECK(own[i] == Values{3 * x * x});
        CHECK(common[i] == Values(3, x * x));
    }
    CHECK_FALSE(shared.has_grad());
}
