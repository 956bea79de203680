// What docs/pitfalls.md says: each mistake gives this message, and the code shown there works.
#include <exception>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

Tensor<> weight() { return Tensor(Array<float>{1, 2, 3}, RequiresGrad::yes); }

}  // namespace

TEST_CASE("pitfall: a loss that was computed outside a tape") {
    const Tensor w = weight();
    const Tensor outside = sum(square(w));
    CHECK_THROWS_WITH_AS(
        outside.backward(),
        "backward: no tape recorded this Tensor of shape (): it was computed outside a Tape, or from nothing that requires a gradient",
        GraphError);
    Tape tape;
    const Tensor loss = sum(square(w));
    loss.backward();
    CHECK(w.grad().value() == Array<float>{2, 4, 6});
}

TEST_CASE("pitfall: walking a tape twice") {
    const Tensor w = weight();
    {
        Tape tape;
        const Tensor loss = sum(square(w));
        loss.backward();
        CHECK_THROWS_WITH_AS(
            loss.backward(),
            "backward: the tape that recorded this Tensor of shape () has ended, was emptied by an earlier backward() (pass {.retain_graph = true} to that one to walk twice), or belongs to another thread",
            GraphError);
    }
    Tape tape;
    const Tensor shared = square(w), first = sum(shared), second = sum(shared * shared);
    first.backward({.retain_graph = true});
    second.backward();
    CHECK(w.grad().value() == Array<float>{2 + 2 + 4, 4 + 4 + 32, 6 + 6 + 108});
}

TEST_CASE("pitfall: a value that changed between forward and backward") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), Linear(4, 2, rng)};
    const Tensor x = randn({5, 3}, rng);
    SGD sgd(net.parameters());
    {
        Tape tape;
        sum(net(x)).backward();
        const Tensor loss = sum(net(x));
        sgd.step();
        CHECK_THROWS_WITH_AS(
            loss.backward(),
            "linear: a value of shape (2, 4) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
            GraphError);
    }
    net.zero_grad();
    Tape tape;
    const Tensor loss = sum(net(x));
    loss.backward();
    sgd.step();
}

TEST_CASE("pitfall: a Tensor of an outer tape, or of one that has ended") {
    const Tensor w = weight();
    Tape outer;
    const Tensor h = square(w);
    {
        Tape inner;
        CHECK_THROWS_WITH_AS(
            h + w,
            "add: an input of shape (3) was recorded by another tape (an outer one, or one that has ended or been emptied by backward()); detach() it to use its value here",
            GraphError);
        sum(h.detach() * w).backward();
    }
    CHECK(w.grad().value() == Array<float>{1, 4, 9});
}

TEST_CASE("pitfall: state that is carried from one step to the next") {
    const Tensor w = weight();
    Tensor state = zeros({3});
    for (int step = 0; step < 3; ++step) {
        Tape tape;
        const Tensor next = state * 0.5 + w;
        sum(next).backward();
        state = next.detach();
    }
    CHECK(w.grad().value() == Array<float>{3, 3, 3});
}

TEST_CASE("pitfall: a tape of the other scalar type") {
    const Tensor w(Array<double>{1, 2}, RequiresGrad::yes);
    {
        Tape tape;
        CHECK_THROWS_WITH_AS(
            sum(w),
            "sum: a Tape<float> records here, but the input is a Tensor<double> that requires a gradient; open a Tape<double>",
            GraphError);
    }
    Tape<double> tape;
    sum(w).backward();
    CHECK(w.has_grad());
}

TEST_CASE("pitfall: backward of something that is no scalar") {
    const Tensor w = weight();
    Tape tape;
    const Tensor y = square(w);
    CHECK_THROWS_WITH_AS(
        y.backward(),
        "backward: a Tensor of shape (3) is no scalar: pass a seed of its shape, or reduce it with sum() or mean()",
        GraphError);
    y.backward(ones({3}));
    CHECK(w.grad().value() == Array<float>{2, 4, 6});
}

TEST_CASE("pitfall: a gradient that is not there") {
    Tensor w = weight();
    CHECK_THROWS_WITH_AS(
        (void)w.grad(),
        "grad: this Tensor of shape (3) has no gradient: call backward() on a loss that depends on it",
        GraphError);
    if (w.has_grad()) w.zero_grad();
}

TEST_CASE("pitfall: assigning to a result") {
    const Tensor w = weight();
    Tape tape;
    Tensor y = square(w);
    CHECK_THROWS_WITH_AS(y.assign({0, 0, 0}),
                         "assign: this Tensor of shape (3) is the result of a recorded op; detach() it first",
                         GraphError);
}

TEST_CASE("pitfall: a handle that refers to nothing") {
    Tensor<> empty;
    CHECK_THROWS_WITH_AS((void)empty.value(),
                         "Tensor: this handle refers to no value: it was default-constructed or moved from",
                         GraphError);
}

TEST_CASE("pitfall: gradients add up until zero_grad") {
    Tensor w = weight();
    for (int batch = 0; batch < 2; ++batch) {
        Tape tape;
        sum(w).backward();
    }
    CHECK(w.grad().value() == Array<float>{2, 2, 2});
    w.zero_grad();
    CHECK_FALSE(w.has_grad());
}

TEST_CASE("pitfall: a copied handle shares its value") {
    Tensor w = weight();
    Tensor same = w;
    const Tensor copy = w.detach();
    same.assign({7, 8, 9});
    CHECK(w.value() == Array<float>{7, 8, 9});
    CHECK(copy.value() == Array<float>{1, 2, 3});
}

TEST_CASE("pitfall: xtensor expressions and constructors") {
    const Array<float> a{1, 2, 3};
    const Array<float> b = evaluate(a + a * 2);
    CHECK(b == Array<float>{3, 6, 9});

    const Array<float> values({3, 4});  // the values 3 and 4
    CHECK(values.shape() == Shape{2});
    const Array<float> matrix(Shape{3, 4});  // 3 by 4, uninitialised
    CHECK(matrix.dimension() == 2);
    const Array<float> filled(Shape{3, 4}, 0.5F);
    CHECK(filled(2, 3) == 0.5F);
    const Tensor row = reshape(Tensor(Array<float>{1, 2}), {1, 2});
    CHECK(row.shape() == Shape{1, 2});

    Array<float> grown{1, 2};
    grown += Array<float>(Shape{3, 1}, 1);  // broadcasts the left side as well
    CHECK(grown.shape() == Shape{3, 2});
}

TEST_CASE("pitfall: layers that share a generator") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), Linear(4, 2, rng)};
    Sequential same;
    Rng again(1);
    same.add(Linear(3, 4, again));
    same.add(Linear(4, 2, again));
    CHECK(net.state_dict() == same.state_dict());
}

TEST_CASE("pitfall: a batch of one, and batch norm") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), BatchNorm1d(4)};
    CHECK_THROWS_WITH_AS(
        net(ones({1, 3})),
        "1.BatchNorm1d: training needs a batch of at least 2 to normalize with, got (1, 4); for a single row call eval() first; its input comes from 0.Linear",
        ShapeError);
    net.eval();
    const Tensor y = net(ones({1, 3}));
    net.train();
    CHECK(y.shape() == Shape{1, 4});
}

TEST_CASE("pitfall: sums of many floats") {
    const std::size_t count = (std::size_t{1} << 24) + 8;
    float total = 0;
    for (std::size_t i = 0; i < count; ++i) total += 1;
    CHECK(total == 16777216.0F);  // 2^24, from where 1 is too little to be added
    CHECK(sum(ones({count})).item() == static_cast<float>(count));
}

TEST_CASE("pitfall: a tape belongs to one thread") {
    const Tensor w = weight();
    Tape tape;
    const Tensor loss = sum(square(w));
    std::string message;
    std::thread([&] {
        try {
            loss.backward();
        } catch (const GraphError& error) {
            message = error.what();
        }
    }).join();
    CHECK(message.find("or belongs to another thread") != std::string::npos);
    loss.backward();
}
