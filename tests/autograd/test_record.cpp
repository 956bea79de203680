// How an op of one's own enters the tape.
#include <xgrad/autograd/record.hpp>

#include <doctest/doctest.h>

#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

using D = Tensor<double>;

// x y for shapes that broadcast, written as a user would.
D product(const D& x, const D& y) {
    return record("product", constant(evaluate(x.value() * y.value())),  //
                  Edge{x, [y](const D& dz) { return dz * y; }, Broadcasts::yes},
                  Edge{y, [x](const D& dz) { return dz * x; }, Broadcasts::yes});
}

// a + 2 b + 3 c, jointly; c may be absent. Notes which gradients it was asked for.
D weighted(const D& a, const D& b, const D* c, std::array<bool, 3>* asked = nullptr) {
    Array<double> value = evaluate(a.value() + 2.0 * b.value());
    if (c) value = evaluate(value + 3.0 * c->value());
    return record("weighted", constant(value), Inputs<double, 3>{&a, &b, c},
                  [asked](const D& dy, const std::array<bool, 3>& needed) {
                      if (asked) *asked = needed;
                      return std::array<D, 3>{needed[0] ? dy : D(), needed[1] ? 2.0 * dy : D(),
                                              needed[2] ? 3.0 * dy : D()};
                  });
}

// The sum of any number of Tensors of one shape.
D total(const std::vector<D>& xs) {
    Array<double> value = xs.at(0).value();
    for (std::size_t i = 1; i < xs.size(); ++i) value = evaluate(value + xs[i].value());
    const auto same = [](const D& dy) { return dy; };
    std::vector<Edge<double, decltype(same)>> edges;
    for (const D& x : xs) edges.push_back({x, same});
    return record("total", constant(value), std::move(edges));
}

// y = x whose backward function returns `gradient(dy)`.
template <class F>
D custom(const char* op, const D& x, F gradient) {
    return record(op, x.detach(), Edge{x, std::move(gradient)});
}

}  // namespace

TEST_CASE("record: one edge per input, summed by the engine over what was broadcast") {
    const D x = leaf({{1, 2, 3}, {4, 5, 6}}), row = leaf({10, 20, 30}), scalar = leaf(2);
    Tape<double> tape;
    sum(product(product(x, row), scalar)).backward();
    CHECK(values(x.grad()) == Values{20, 40, 60, 20, 40, 60});
    CHECK(row.grad().shape() == Shape{3});
    CHECK(values(row.grad()) == Values{10, 14, 18});
    CHECK(scalar.grad().shape() == Shape{});
    CHECK(scalar.grad().item() == 460);
}

TEST_CASE("record: outside a tape it returns the result as it is") {
    const D x = leaf({1, 2});
    const D y = product(x, x);
    CHECK(values(y) == Values{1, 4});
    CHECK_FALSE(y.requires_grad());
    const D value = constant({1, 2});
    CHECK(record("same", value, Edge{x, [](const D& dy) { return dy; }}).is_same(value));
}

TEST_CASE("record: nothing is recorded where no input needs a gradient") {
    Tape<double> tape;
    const D a = constant({1, 2}), b = constant({3, 4});
    CHECK_FALSE(product(a, b).requires_grad());
    CHECK_FALSE(weighted(a, b, nullptr).requires_grad());
    CHECK_FALSE(total({a, b}).requires_grad());
    CHECK(tape.size() == 0);
}

TEST_CASE("record: an edge that is not needed is dropped, and what it saved is released") {
    const D x = leaf(1), c = constant(Array<double>(Shape{}, 2.0));
    Tape<double> tape;
    const auto for_x = std::make_shared<int>(), for_c = std::make_shared<int>();
    const std::weak_ptr<int> saved_for_x = for_x, saved_for_c = for_c;
    const auto identity_with = [](std::shared_ptr<int> saved) { return [saved](const D& dy) { return dy; }; };
    auto first = identity_with(for_x), second = identity_with(for_c);
    D y = record("custom", constant(Array<double>(Shape{}, 3.0)), Edge{x, std::move(first)},
                 Edge{c, std::move(second)});
    CHECK(for_x.use_count() == 2);
    CHECK(for_c.use_count() == 1);
    y.backward();
    CHECK(for_x.use_count() == 1);
}

TEST_CASE("record: the joint form is told which gradients are needed") {
    const D a = leaf(1), b = constant(Array<double>(Shape{}, 2.0)), c = leaf(3);
    std::array<bool, 3> asked{};
    Tape<double> tape;
    const D y = weighted(a, b, &c, &asked);
    CHECK(y.item() == 14);
    y.backward();
    CHECK(asked == std::array{true, false, true});
    CHECK(a.grad().item() == 1);
    CHECK_FALSE(b.has_grad());
    CHECK(c.grad().item() == 3);
}

TEST_CASE("record: an absent input of the joint form is a null pointer") {
    const D a = constant(Array<double>(Shape{}, 1.0)), b = leaf(2);
    std::array<bool, 3> asked{};
    Tape<double> tape;
    weighted(a, b, nullptr, &asked).backward();
    CHECK(asked == std::array{false, true, false});
    CHECK(b.grad().item() == 2);
}

TEST_CASE("record: any number of inputs, the same one twice too") {
    const D a = leaf({1, 2}), b = leaf({3, 4}), c = constant({5, 6});
    Tape<double> tape;
    const D y = total({a, b, c, a});
    CHECK(values(y) == Values{10, 14});
    sum(y).backward();
    CHECK(values(a.grad()) == Values{2, 2});
    CHECK(values(b.grad()) == Values{1, 1});
    CHECK_FALSE(c.has_grad());
}

TEST_CASE("record: a gradient of the wrong shape is named") {
    const D x = leaf({1, 2, 3});
    Tape<double> tape;
    CHECK_THROWS_WITH_AS(
        sum(custom("mine", x, [](const D&) { return zeros<double>({2}); })).backward(),
        "mine: its backward function gave a gradient of shape (2) for input 0, whose shape is (3)",
        ShapeError);
    // The engine sums only what the op declared to broadcast.
    CHECK_THROWS_WITH_AS(
        sum(custom("mine", x, [](const D&) { return zeros<double>({2, 3}); })).backward(),
        "mine: its backward function gave a gradient of shape (2, 3) for input 0, whose shape is (3)",
        ShapeError);
    const D one = leaf(Array<double>(Shape{1}, 1.0));
    CHECK_THROWS_WITH_AS(
        sum(record("mine", constant({1, 2}),
                   Edge{one, [](const D&) { return zeros<double>({}); }, Broadcasts::yes}))
            .backward(),
        "mine: its backward function gave a gradient of shape () for input 0, whose shape is (1)",
        ShapeError);
    CHECK_FALSE(x.has_grad());
}

TEST_CASE("record: a gradient is checked against its input's shape, also where the input is gone") {
    const D x = leaf({1, 2, 3}), wide = leaf({{1, 2, 3}, {4, 5, 6}});
    Tape<double> tape;
    const D y = custom("mine", x * 2.0, [](const D&) { return zeros<double>({2, 3}); });
    CHECK_THROWS_WITH_AS(
        sum(y).backward(),
        "mine: its backward function gave a gradient of shape (2, 3) for input 0, whose shape is (3)",
        ShapeError);
    CHECK_THROWS_WITH_AS(sum(custom("mine", x * 2.0, [](const D&) { return D(); })).backward(),
                         "mine: its backward function gave no gradient for input 0, whose shape is (3)",
                         GraphError);
    sum(product(x * 2.0, wide)).backward();
    CHECK(values(x.grad()) == Values{10, 14, 18});
}

TEST_CASE("record: what an edge saves is copied where it is recorded, and nowhere else") {
    struct Counter {
        int& copies;
        explicit Counter(int& count) : copies(count) {}
        Counter(const Counter& other) : copies(other.copies) { ++copies; }
    };
    const D x = leaf(3), c = constant(Array<double>(Shape{}, 2.0));
    int copies_for_x = 0, copies_for_c = 0;
    const Counter for_x(copies_for_x), for_c(copies_for_c);
    const auto times = [](const D& dy, const D& other, const Counter&) { return dy * other; };
    const auto scaled = [&] {
        return record("scaled", constant(evaluate(x.value() * c.value())), Edge{x, times, saves(c, for_x)},
                      Edge{c, times, saves(x, for_c)});
    };
    CHECK(scaled().item() == 6);
    CHECK(copies_for_x == 0);
    Tape<double> tape;
    scaled().backward();
    CHECK(copies_for_x == 1);
    CHECK(copies_for_c == 0);
    CHECK(x.grad().item() == 2);
}

TEST_CASE("record: what an edge or the joint form saves is moved where it is temporary") {
    const D x = leaf(3), y = leaf(5);
    Tape<double> tape;
    const auto by_saved = [](const D& dy, const std::unique_ptr<double>& factor) { return dy * *factor; };
    record("scaled", constant(Array<double>(Shape{}, 21.0)),
           Edge{x, by_saved, saves(std::make_unique<double>(7))})
        .backward();
    CHECK(x.grad().item() == 7);
    record(
        "joint", constant(Array<double>(Shape{}, 0.0)), Inputs<double, 2>{&x, &y},
        [](const D& dy, const std::array<bool, 2>&, const D& in, const std::unique_ptr<double>& factor) {
            return std::array<D, 2>{dy * *factor, dy * in};
        },
        saves(x, std::make_unique<double>(2)))
        .backward();
    CHECK(x.grad().item() == 9);
    CHECK(y.grad().item() == 3);
}

TEST_CASE("is_recording: tells whether an op of these inputs would be recorded, and records nothing") {
    const D x = leaf(3), c = constant(Array<double>(Shape{}, 2.0));
    CHECK_FALSE(is_recording<double>());
    CHECK_FALSE(is_recording(x));
    Tape<double> tape;
    CHECK(is_recording<double>());
    CHECK_FALSE(is_recording<float>());
    CHECK(is_recording(x));
    CHECK(is_recording(c, x));
    CHECK_FALSE(is_recording(c, c));
    CHECK(is_recording(x * 2.0));
    CHECK(tape.size() == 1);
    const NoGrad<double> no_grad;
    CHECK_FALSE(is_recording<double>());
    CHECK_FALSE(is_recording(x));
}

TEST_CASE("is_recording: in a backward function, whether its result will be differentiated in turn") {
    const D x = leaf(3);
    std::vector<bool> recorded;
    const auto y = [&] {
        return custom("mine", x, [&recorded](const D& dy) {
            recorded.push_back(is_recording<double>());
            return dy;
        });
    };
    Tape<double> tape;
    y().backward();
    (void)grad(y(), {x});
    (void)grad(y(), {x}, {.create_graph = true});
    CHECK(recorded == std::vector{false, false, true});
}

TEST_CASE("record: a gradient that is missing is named") {
    const D x = leaf({1, 2, 3}), y = leaf({1, 2, 3});
    Tape<double> tape;
    CHECK_THROWS_WITH_AS(sum(custom("mine", x, [](const D&) { return D(); })).backward(),
                         "mine: its backward function gave no gradient for input 0, whose shape is (3)",
                         GraphError);
    CHECK_THROWS_WITH_AS(
        sum(record("joint", constant({1, 2, 3}), Inputs<double, 2>{&x, &y},
                   [](const D& dy, const std::array<bool, 2>&) { return std::array<D, 2>{dy, D()}; }))
            .backward(),
        "joint: its backward function gave no gradient for input 1, whose shape is (3)", GraphError);
}

TEST_CASE("record: a result that is somebody else's Tensor is refused") {
    const D x = leaf({1, 2});
    Tape<double> tape;
    const auto same = [](const D& dy) { return dy; };
    CHECK_THROWS_AS(record("mine", x, Edge{x, same}), GraphError);
    const D y = x * 2.0;
    CHECK_THROWS_AS(record("mine", y, Edge{x, same}), GraphError);
    CHECK(x.is_leaf());
    sum(y).backward();
    CHECK(values(x.grad()) == Values{2, 2});
}

TEST_CASE("record: an exception from a backward function leaves the tape empty and usable") {
    const D x = leaf({1, 2});
    Tape<double> tape;
    const auto saved = std::make_shared<int>();
    const D y = x * 3.0;
    const D z = sum(custom("mine", y, [saved](const D& dy) -> D {
        if (saved) throw std::runtime_error("no gradient today");
        return dy;
    }));
    CHECK_THROWS_WITH_AS(z.backward(), "no gradient today", std::runtime_error);
    CHECK(tape.size() == 0);
    CHECK(saved.use_count() == 1);
    CHECK(tape.is_recording());
    CHECK_FALSE(x.has_grad());
    sum(x * 5.0).backward();
    CHECK(values(x.grad()) == Values{5, 5});
}

TEST_CASE("record: after an exception a retained tape can be walked again") {
    const D x = leaf(1);
    Tape<double> tape;
    bool fails = true;
    const D y = custom("mine", x * 2.0, [&fails](const D& dy) {
        if (fails) throw std::runtime_error("not yet");
        return dy;
    });
    CHECK_THROWS_WITH_AS(y.backward({.retain_graph = true}), "not yet", std::runtime_error);
    fails = false;
    y.backward();
    CHECK(x.grad().item() == 2);
}

TEST_CASE("record: a backward function written with ops can be differentiated in turn") {
    const D x = leaf(3);
    Tape<double> tape;
    const D y = product(product(x, x), x);
    const D first = grad(y, {x}, {.create_graph = true})[0];
    const D second = grad(first, {x}, {.create_graph = true})[0];
    const D third = grad(second, {x})[0];
    CHECK(first.item() == 27);
    CHECK(second.item() == 18);
    CHECK(third.item() == 6);
}

TEST_CASE("record: a backward function may build its result in place") {
    const D x = leaf({1, 2});
    Tape<double> tape;
    const D y = custom("mine", x * 2.0, [](const D& dy) {
        D result = zeros<double>(dy.shape());
        result.update([&](Array<double>& value) { value = evaluate(10.0 * dy.value()); });
        return result;
    });
    sum(y + y).backward();
    CHECK(values(x.grad()) == Values{40, 40});
}

TEST_CASE("record: a backward function may not walk the tape that is being walked") {
    const D x = leaf(1);
    Tape<double> tape;
    const D loss = x * 2.0;
    const D y = custom("mine", loss, [loss](const D& dy) {
        loss.backward({.retain_graph = true});
        return dy;
    });
    CHECK_THROWS_WITH_AS(y.backward(),
                         "backward: this tape is being walked: a backward function may not walk it, too",
                         GraphError);
    CHECK(tape.size() == 0);
}
