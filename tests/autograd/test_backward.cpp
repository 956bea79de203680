#include <xgrad/autograd/tape.hpp>

#include <doctest/doctest.h>

#include <xgrad/core/array_math.hpp>
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

using D = Tensor<double>;

const char* const cannot_walk =
    ": the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that one to walk twice), or belongs to another thread";

std::string text(const char* op, const char* rest) { return std::string(op) + rest; }

}  // namespace

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

TEST_CASE("backward: a root that is no scalar needs a seed of its shape") {
    const D x = leaf({1, 2, 3});
    Tape<double> tape;
    const D y = x * x;
    CHECK_THROWS_AS(y.backward(), GraphError);
    CHECK_THROWS_AS(y.backward(constant({1, 2})), ShapeError);
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

TEST_CASE("backward, grad: a leaf depends on itself, with a tape or without") {
    Tensor<double> x = leaf({1, 2});
    const Tensor<double> seed = leaf({3, 4});
    x.backward(seed);
    CHECK(x.grad().value() == seed.value());
    const Tensor<double> w(Array<double>(Shape{}, 5.0), RequiresGrad::yes);
    const Tape<double> tape;
    reshape(w, Shape{}).backward();
    CHECK(w.grad().item() == 1);
    const auto gradients = grad(w, {x, w}, {.create_graph = true});
    CHECK(gradients[0].value() == Array<double>{0, 0});
    CHECK(gradients[1].item() == 1);
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
