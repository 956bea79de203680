#include <xgrad/autograd/tape.hpp>

#include <limits>
#include <thread>

#include <doctest/doctest.h>

#include <xgrad/core/array_math.hpp>
#include <xgrad/tests/support/tensors.hpp>

using namespace xgrad;
using namespace xgrad::test;

namespace {

using D = Tensor<double>;

const char* const used_elsewhere =
    ": an input of shape () was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it "
    "to use "
    "its value here";
const char* const cannot_walk =
    ": the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that "
    "one to "
    "walk twice), or belongs to another thread";

std::string text(const char* op, const char* rest) { return std::string(op) + rest; }

}  // namespace

// ---- what is recorded ---------------------------------------------------------------------------------------------------------

TEST_CASE("Tape: records what depends on a leaf that requires a gradient, and nothing else") {
    const D x = leaf(2), c = constant(Array<double>(Shape{}, 3.0));
    Tape<double> tape;
    CHECK(Tape<double>::current() == &tape);
    CHECK_FALSE((c * c).requires_grad());
    CHECK(tape.size() == 0);
    const D y = x * c;
    CHECK(y.requires_grad());
    CHECK_FALSE(y.is_leaf());
    CHECK(tape.size() == 1);
}

TEST_CASE("Tape: outside one, nothing is recorded and nothing grows") {
    CHECK(Tape<double>::current() == nullptr);
    D x = leaf(0);
    const D start = x;
    for (int i = 0; i < 1000; ++i) x = x + 1.0;
    CHECK(x.item() == 1000);
    CHECK_FALSE(x.requires_grad());
    CHECK_THROWS_WITH_AS(
        x.backward(),
        "backward: no tape recorded this Tensor of shape (): it was computed outside a Tape, or from nothing that requires a gradient",
        GraphError);
}

TEST_CASE("Tape: an op whose input needs no gradient keeps nothing alive") {
    const D x = leaf(1);
    Tape<double> tape;
    const auto saved = std::make_shared<int>();
    (void)record("custom", zeros<double>({}), Edge{zeros<double>({}), [saved](const D& dy) { return dy; }});
    CHECK(saved.use_count() == 1);
    CHECK(tape.size() == 0);
}

// ---- backward -----------------------------------------------------------------------------------------------------------------

TEST_CASE("backward: the chain rule through a diamond, and an input that is used twice") {
    const D x = leaf(3);
    Tape<double> tape;
    const D a = x * x, b = a + x, c = a * 2.0;
    (b * c).backward();  // 2 x^4 + 2 x^3
    CHECK(x.grad().item() == 8 * 27 + 6 * 9);
}

TEST_CASE("backward: adds to the gradients of leaves over several tapes") {
    D x = leaf({1, 2});
    for (int i = 1; i <= 3; ++i) {
        Tape<double> tape;
        sum(x * static_cast<double>(i)).backward();
    }
    CHECK(values(x.grad()) == Values{6, 6});
}

TEST_CASE("backward: the first contribution after zero_grad replaces, it does not add") {
    D x = leaf({1, 2});
    for (int i = 0; i < 2; ++i) {
        x.zero_grad();
        Tape<double> tape;
        sum(x * 5.0).backward();
        CHECK(values(x.grad()) == Values{5, 5});
    }
}

TEST_CASE("backward: several losses one after the other on one tape") {
    const D x = leaf(2);
    Tape<double> tape;
    for (int i = 0; i < 3; ++i) (x * x).backward();
    CHECK(x.grad().item() == 12);
    CHECK(tape.size() == 0);
}

TEST_CASE("backward: retain_graph lets a tape be walked again") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x;
    y.backward({.retain_graph = true});
    CHECK(x.grad().item() == 6);
    CHECK(tape.size() == 1);
    y.backward();
    CHECK(x.grad().item() == 12);
    CHECK(tape.size() == 0);
}

TEST_CASE("backward: two losses that share a part, the first one retained") {
    const D x = leaf(3);
    Tape<double> tape;
    const D shared = x * x, a = shared * 2.0, b = shared * 3.0;
    a.backward({.retain_graph = true});
    b.backward();
    CHECK(x.grad().item() == 30);
}

TEST_CASE("backward: a second walk over a released tape is refused") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = x * x;
    y.backward();
    CHECK_THROWS_WITH_AS(y.backward(), text("backward", cannot_walk).c_str(), GraphError);
    CHECK(x.grad().item() == 6);
}

TEST_CASE("backward: a Tensor that no tape recorded is refused") {
    const D x = leaf(3);
    const std::string rest = ": it was computed outside a Tape, or from nothing that requires a gradient";
    Tape<double> tape;
    CHECK_THROWS_WITH_AS(x.backward(), ("backward: no tape recorded this Tensor of shape ()" + rest).c_str(), GraphError);
    const D c = sum(constant({1, 2}));
    CHECK_THROWS_WITH_AS(c.backward(), ("backward: no tape recorded this Tensor of shape ()" + rest).c_str(), GraphError);
}

TEST_CASE("backward: a root that is no scalar needs a seed of its shape") {
    const D x = leaf({1, 2, 3});
    Tape<double> tape;
    const D y = x * x;
    CHECK_THROWS_WITH_AS(y.backward(),
                         "backward: a Tensor of shape (3) is no scalar: pass a seed of its shape, or reduce it with sum() or mean()",
                         GraphError);
    CHECK_THROWS_WITH_AS(y.backward(constant({1, 2})), "backward: the seed has shape (2), the Tensor (3)", ShapeError);
    CHECK_THROWS_WITH_AS(y.backward(constant({{1, 2, 3}})), "backward: the seed has shape (1, 3), the Tensor (3)", ShapeError);
    CHECK_FALSE(x.has_grad());
    y.backward(constant({1, 10, 100}));  // the refusals have left the tape as it was
    CHECK(values(x.grad()) == Values{2, 40, 600});
}

TEST_CASE("backward: a root with one element needs no seed, whatever its rank") {
    const D x = leaf(filled<double>({1, 1}, 2));
    Tape<double> tape;
    (x * x).backward();
    CHECK(x.grad().shape() == Shape{1, 1});
    CHECK(x.grad().item() == 4);
}

TEST_CASE("backward: an empty root") {
    const D x = leaf(zeros<double>({0, 3}).value());
    Tape<double> tape;
    const D y = x * 2.0;
    CHECK_THROWS_AS(y.backward(), GraphError);
    y.backward(zeros<double>({0, 3}));
    CHECK(x.grad().shape() == Shape{0, 3});
}

TEST_CASE("backward: only what the root depends on gets a gradient") {
    const D x = leaf(1), other = leaf(2);
    Tape<double> tape;
    const D y = x * 2.0;
    const D z = other * 3.0;
    y.backward();
    CHECK(x.has_grad());
    CHECK_FALSE(other.has_grad());
    CHECK_THROWS_WITH_AS(z.backward(), text("backward", cannot_walk).c_str(), GraphError);
}

TEST_CASE("backward: a chain of a million ops, without recursion") {
    const D x = leaf(1);
    Tape<double> tape;
    D y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y + 1.0;
    CHECK(tape.size() == 1'000'000);
    y.backward();
    CHECK(x.grad().item() == 1);
}

TEST_CASE("Tape: ends with a million entries unwalked") {
    const D x = leaf(1);
    Tape<double> tape;
    D y = x;
    for (int i = 0; i < 1'000'000; ++i) y = y * 1.0;
    CHECK(y.item() == 1);
}

// ---- gradients belong to those who hold them ----------------------------------------------------------------------------------

TEST_CASE("backward: a gradient that two leaves would share belongs to each alone") {
    D a = leaf({1, 2}), b = leaf({3, 4});
    {
        Tape<double> tape;
        const D y = a + b;
        const D z = y + a;  // a gets a second contribution, b does not
        sum(z).backward();
    }
    CHECK(values(a.grad()) == Values{2, 2});
    CHECK(values(b.grad()) == Values{1, 1});
    {
        Tape<double> tape;
        sum(a).backward();
    }
    CHECK(values(a.grad()) == Values{3, 3});
    CHECK(values(b.grad()) == Values{1, 1});

    a.zero_grad();
    b.zero_grad();
    {
        Tape<double> tape;
        sum(a + b).backward();
    }
    Tensor<double> gradient = a.grad();
    gradient.update([](Array<double>& value) { value(0) = 100; });  // clipped in place, say
    CHECK(values(a.grad()) == Values{100, 1});
    CHECK(values(b.grad()) == Values{1, 1});
}

TEST_CASE("backward: the seed is neither changed nor kept") {
    const D x = leaf({1, 2});
    D seed = constant({1, 10});
    Tape<double> tape;
    const D y = x + x;
    y.backward(seed, {.retain_graph = true});
    CHECK(values(seed) == Values{1, 10});
    CHECK(values(x.grad()) == Values{2, 20});
    seed.assign({5, 5});
    CHECK(values(x.grad()) == Values{2, 20});
    y.backward(seed);  // changed since y was recorded, which is fine
    CHECK(values(x.grad()) == Values{12, 30});
    CHECK(values(seed) == Values{5, 5});

    const D z = x * x;
    z.backward(seed, {.retain_graph = true});
    seed.assign({1, 1});
    z.backward(seed);
    CHECK(values(x.grad()) == Values{12 + 12, 30 + 24});
}

TEST_CASE("backward: the seed of an identity does not become the leaf's gradient itself") {
    const D x = leaf({1, 2});
    D seed = constant({1, 1});
    Tape<double> tape;
    (x + 0.0).backward(seed);
    CHECK_FALSE(x.grad().is_same(seed));
    seed.assign({7, 7});
    CHECK(values(x.grad()) == Values{1, 1});
}

TEST_CASE("backward: a gradient that was kept does not change with later contributions") {
    const D x = leaf({1, 2});
    const auto add = [&](double factor) {
        Tape<double> tape;
        sum(x * factor).backward();
    };
    add(1);
    const D kept = x.grad();
    add(2);
    CHECK(values(kept) == Values{1, 1});
    CHECK(values(x.grad()) == Values{3, 3});
}

TEST_CASE("backward: a gradient that was changed in place gets further contributions") {
    const D x = leaf({1, 2});
    Tape<double> tape;
    const D y = sum(x * x);
    y.backward({.retain_graph = true});
    D gradient = x.grad();
    gradient.update([](Array<double>& value) { value.fill(0); });
    y.backward();
    CHECK(values(x.grad()) == Values{2, 4});
}

// ---- other tapes, other threads ------------------------------------------------------------------------------------------------

TEST_CASE("Tape: the innermost one records") {
    const D x = leaf(3);
    Tape<double> outer;
    const D y = x * x;
    {
        Tape<double> inner;
        CHECK(Tape<double>::current() == &inner);
        const D z = x * 2.0;
        CHECK(inner.size() == 1);
        CHECK(outer.size() == 1);
        z.backward();
        CHECK(x.grad().item() == 2);
    }
    CHECK(Tape<double>::current() == &outer);
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
    CHECK_THROWS_WITH_AS(concatenate<double>({reshape(x, {1}), reshape(y, {1})}), text("reshape", used_elsewhere).c_str(), GraphError);
    CHECK_THROWS_WITH_AS(mse_loss(x, y), text("sub", used_elsewhere).c_str(), GraphError);
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
    CHECK(Tape<double>::current() == &inner);
    z.backward();
    CHECK(x.grad().item() == 11);
}

TEST_CASE("Tape: need not end in the reverse order in which they began") {
    const D x = leaf(3);
    auto first = std::make_unique<Tape<double>>();
    const auto second = std::make_unique<Tape<double>>();
    const D y = x * x;
    first.reset();
    CHECK(Tape<double>::current() == second.get());
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
    CHECK_THROWS_WITH_AS(x * x,
                         "mul: a Tape<float> records here, but the input is a Tensor<double> that requires a gradient; open a Tape<double>",
                         GraphError);
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
    record(
        "scaled", Tensor<float>(Array<float>{6}),
        Edge{x, [scale](const Tensor<float>& dy) { return Tensor<float>(evaluate(xt::cast<float>((scale * 1.0).value()) * dy.value())); }})
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

// ---- values that change ---------------------------------------------------------------------------------------------------------

TEST_CASE("backward: a saved value that was changed since is named") {
    D a = leaf({1, 2, 3}), b = leaf({4, 5, 6});
    const char* message =
        "mul: a value of shape (3) that was saved for backward has been changed since; call backward() before changing it, or compute with "
        "a "
        "detach()ed copy";
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
    const D y = record("mine", constant(Array<double>(Shape{}, 0.0)), Edge{x, [saved](const D&) { return saved; }});
    saved.assign({5, 6});
    CHECK_THROWS_WITH_AS(
        y.backward(),
        "mine: a value of shape (2) that was saved for backward has been changed since; call backward() before changing it, or "
        "compute with a detach()ed copy",
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

// ---- what is released ------------------------------------------------------------------------------------------------------------

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

// ---- anomaly -----------------------------------------------------------------------------------------------------------------------

TEST_CASE("Anomaly::detect: stops at the first value that is not finite, and names the op") {
    const D x = leaf({1, 0});
    Tape<double> tape({.anomaly = Anomaly::detect});
    CHECK_THROWS_WITH_AS(log(x), "log: the result, shape (2), holds a NaN or an infinity", NumericsError);
    CHECK_THROWS_WITH_AS(constant({1, 2}) / constant({1, 0}), "div: the result, shape (2), holds a NaN or an infinity", NumericsError);
    CHECK_NOTHROW(exp(x));
}

TEST_CASE("Anomaly::detect: stops at the first gradient that is not finite, and names the op") {
    const D x = leaf({4, 0});
    Tape<double> tape({.anomaly = Anomaly::detect});
    const D y = sum(sqrt(x) * 2.0);
    CHECK_THROWS_WITH_AS(y.backward(), "sqrt: the gradient of input 0, shape (2), holds a NaN or an infinity", NumericsError);
    CHECK_FALSE(x.has_grad());
    CHECK(tape.size() == 0);
    CHECK_THROWS_WITH_AS(grad(sum(sqrt(x)), {x}, {.create_graph = true}), "div: the result, shape (2), holds a NaN or an infinity",
                         NumericsError);
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
