#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

using namespace xgrad;

TEST_CASE("Indices: elements in row-major order, of any shape") {
    const Indices none, line{3, 1, 2}, block({2, 2}, {0, 1, 2, 3}), scalar({}, {5});
    CHECK(none.shape() == Shape{0});
    CHECK(none.size() == 0);
    CHECK(line.shape() == Shape{3});
    CHECK(line[0] == 3);
    CHECK(std::vector<std::int32_t>(line.begin(), line.end()) == std::vector<std::int32_t>{3, 1, 2});
    CHECK(block.dim() == 2);
    CHECK(block.values()(1, 0) == 2);
    CHECK(scalar.dim() == 0);
    CHECK(scalar[0] == 5);
    CHECK(Indices(std::vector<std::int32_t>{3, 1, 2}) == line);
    CHECK_FALSE(line == Indices({3, 1}, {3, 1, 2}));
    CHECK_FALSE(line == Indices{3, 1, 1});
}

TEST_CASE("Indices: copies share the elements; one that was moved from keeps its own") {
    Indices first{1, 2};
    const Indices copy = first, taken = std::move(first);
    CHECK(copy.data() == taken.data());
    CHECK(first == Indices{1, 2});  // NOLINT(bugprone-use-after-move)
}

TEST_CASE("Indices: the check of none, and at the limits") {
    Indices().check("op", "index", 0);
    Indices{0, 2}.check("op", "index", 3);
    Indices{0, 2}.check("op", "index", static_cast<std::size_t>(-1));
    Indices().check("op", "index", static_cast<std::size_t>(-1));
    CHECK_THROWS_WITH_AS(Indices({0, 2}).check("op", "index", 2), "op: index[1] is 2, outside [0, 2)",
                         ValueError);
    CHECK_THROWS_WITH_AS(Indices({}, {4}).check("op", "index", 4), "op: index[] is 4, outside [0, 4)",
                         ValueError);
}

TEST_CASE_TEMPLATE(
    "argmax, argmin, sort, topk: the first of equal elements; a NaN counts as largest, and argmin finds it",
    T, float, double) {
    const Tensor<T> ties(Array<T>{2, 1, 2, 1}), broken(Array<T>{1, NAN, INFINITY, NAN});
    CHECK(argmax(ties, 0) == Indices({}, {0}));
    CHECK(argmin(ties, 0, KeepDims::yes) == Indices{1});
    CHECK(sort(ties).indices == Indices{1, 3, 0, 2});
    CHECK(sort(ties, 0, Order::descending).indices == Indices{0, 2, 1, 3});
    CHECK(topk(ties, 3).indices == Indices{0, 2, 1});
    CHECK(argmax(broken, 0)[0] == 1);
    CHECK(argmin(broken, 0)[0] == 1);
    CHECK(sort(broken).indices == Indices{0, 2, 1, 3});
    CHECK(topk(broken, 2).indices == Indices{1, 3});
    CHECK(topk(broken, 2, 0, Order::ascending).indices == Indices{0, 2});
}

TEST_CASE("argmax: accepts a result of a tape that has ended") {
    const Tensor<> x(Array<float>{1, 3, 2}, RequiresGrad::yes);
    const Tensor<> y = [&] {
        const Tape<> tape;
        return x * 2.0;
    }();
    CHECK(argmax(y, 0) == Indices({}, {1}));
}

TEST_CASE("embedding: rows that are chosen several times receive the sum of their gradients") {
    const Tensor<double> weight(Array<double>{{1, 2}, {3, 4}, {5, 6}}, RequiresGrad::yes);
    const Tape<double> tape;
    const Tensor<double> y = embedding({2, 0, 2}, weight);
    CHECK(y.value() == Array<double>{{5, 6}, {1, 2}, {5, 6}});
    y.backward(Tensor<double>(Array<double>{{1, 10}, {100, 1000}, {2, 20}}));
    CHECK(weight.grad().value() == Array<double>{{100, 1000}, {0, 0}, {3, 30}});
}
