#include <xgrad/core/array_math.hpp>

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/arrays.hpp"

using namespace xgrad;
using namespace xgrad::test;
using kernels::Binary;
using kernels::RowReduction;
using kernels::Unary;

namespace {

const std::vector<Shape> shapes{
    {},           {1},          {5},          {0},          {1, 1},      {1, 5},    {3, 1},
    {3, 5},       {0, 5},       {3, 0},       {2, 3, 5},    {2, 1, 5},   {2, 3, 1}, {1, 3, 5},
    {1, 1, 5},    {2, 1, 1},    {1, 3, 1},    {2, 0, 5},    {4, 1, 1},   {4, 3, 1}, {17},
    {4, 2, 3, 5}, {4, 2, 1, 1}, {1, 1, 3, 5}, {4, 1, 3, 1}, {1, 2, 1, 5}};

// The index of every element of `shape`, in row-major order.
std::vector<std::vector<std::size_t>> indices(const Shape& shape) {
    std::vector<std::vector<std::size_t>> all;
    for (std::size_t i = 0; i < size_of(shape); ++i) {
        std::vector<std::size_t> index(shape.size());
        std::size_t rest = i;
        for (std::size_t axis = shape.size(); axis-- > 0; rest /= shape[axis])
            index[axis] = rest % shape[axis];
        all.push_back(index);
    }
    return all;
}

// The element of x that `index`, into a shape that x broadcasts to, stands for.
template <class T>
T at_broadcast(const Array<T>& x, const std::vector<std::size_t>& index) {
    std::size_t offset = 0;
    for (std::size_t axis = 0; axis < x.dimension(); ++axis) {
        const std::size_t i = index[index.size() - x.dimension() + axis];
        offset = offset * x.shape()[axis] + (x.shape()[axis] == 1 ? 0 : i);
    }
    return x.data()[offset];
}

// Every subset of the axes of an array with that rank.
std::vector<Axes> subsets(std::size_t rank) {
    std::vector<Axes> all;
    for (unsigned bits = 0; bits < 1U << rank; ++bits) {
        Axes axes;
        for (std::size_t axis = 0; axis < rank; ++axis)
            if (bits >> axis & 1U) axes.push_back(static_cast<std::ptrdiff_t>(axis));
        all.push_back(axes);
    }
    return all;
}

// For each element of the result of a reduction over `axes`, the elements of x that go into it.
template <class T>
std::vector<std::vector<T>> groups(const Array<T>& x, const Axes& axes) {
    const Shape kept = reduced_shape(x.shape(), axes, KeepDims::yes);
    std::vector<std::vector<T>> all(size_of(kept));
    std::size_t i = 0;
    for (auto index : indices(x.shape())) {
        for (const auto axis : axes) index[static_cast<std::size_t>(axis)] = 0;
        std::size_t group = 0;
        for (std::size_t axis = 0; axis < kept.size(); ++axis) group = group * kept[axis] + index[axis];
        all[group].push_back(x.data()[i++]);
    }
    return all;
}

}  // namespace

TEST_CASE_TEMPLATE("map: a binary op agrees with a naive loop for every pair of broadcastable shapes", T,
                   float, double) {
    Rng rng(1);
    std::size_t pairs = 0;
    for (const Shape& shape_a : shapes)
        for (const Shape& shape_b : shapes) {
            if (!broadcasts_to(shape_a, shape_b) && !broadcasts_to(shape_b, shape_a)) {
                try {
                    (void)broadcast_shapes("sub", shape_a, shape_b);
                } catch (const ShapeError&) {
                    CHECK_THROWS_AS(map(Binary::subtract, Array<T>(shape_a), Array<T>(shape_b), "sub"),
                                    ShapeError);
                    continue;
                }
            }
            CAPTURE(to_string(shape_a));
            CAPTURE(to_string(shape_b));
            const Array<T> a = normal_array<T>(shape_a, rng), b = normal_array<T>(shape_b, rng);
            const Array<T> y = map(Binary::subtract, a, b, "sub");
            const Shape shape = broadcast_shapes("sub", shape_a, shape_b);
            std::vector<T> expected;
            for (const auto& index : indices(shape))
                expected.push_back(at_broadcast(a, index) - at_broadcast(b, index));
            CHECK(y.shape() == shape);
            CHECK(elements(y) == expected);
            ++pairs;
        }
    CHECK(pairs > 200);
}

TEST_CASE("map: shapes that do not broadcast are named") {
    CHECK_THROWS_WITH_AS(map(Binary::multiply, Array<float>(Shape{8, 5}), Array<float>(Shape{4}), "mul"),
                         "mul: cannot broadcast (8, 5) with (4): axis -1 is 5 and 4", ShapeError);
}

TEST_CASE_TEMPLATE("map: a constant on either side, and unary ops, on every shape", T, float, double) {
    Rng rng(2);
    for (const Shape& shape : shapes) {
        CAPTURE(to_string(shape));
        const Array<T> x = normal_array<T>(shape, rng);
        const Array<T> right = map(Binary::subtract, x, T{2}), left = map(Binary::subtract, T{2}, x),
                       negative = map(Unary::negative, x);
        std::vector<T> expected_right, expected_left, expected_negative;
        for (const T value : elements(x)) {
            expected_right.push_back(value - 2);
            expected_left.push_back(2 - value);
            expected_negative.push_back(-value);
        }
        CHECK(right.shape() == shape);
        CHECK(left.shape() == shape);
        CHECK(negative.shape() == shape);
        CHECK(elements(right) == expected_right);
        CHECK(elements(left) == expected_left);
        CHECK(elements(negative) == expected_negative);
    }
}

TEST_CASE_TEMPLATE("broadcast_array: agrees with a naive loop", T, float, double) {
    Rng rng(3);
    for (const Shape& from : shapes)
        for (const Shape& to : shapes) {
            if (!broadcasts_to(from, to)) continue;
            CAPTURE(to_string(from));
            CAPTURE(to_string(to));
            const Array<T> x = normal_array<T>(from, rng);
            const Array<T> y = broadcast_array(x, to);
            std::vector<T> expected;
            for (const auto& index : indices(to)) expected.push_back(at_broadcast(x, index));
            CHECK(y.shape() == to);
            CHECK(elements(y) == expected);
        }
}

TEST_CASE_TEMPLATE("sum_axes and reduce_axes: agree with a naive loop over every subset of the axes", T,
                   float, double) {
    Rng rng(4);
    for (const Shape& shape : shapes)
        for (const Axes& axes : subsets(shape.size()))
            for (const KeepDims keepdims : {KeepDims::no, KeepDims::yes}) {
                CAPTURE(to_string(shape));
                CAPTURE(axes.size());
                CAPTURE(static_cast<int>(keepdims));
                const Array<T> x = normal_array<T>(shape, rng);
                std::vector<double> sums, variances, maxima, minima, logs;
                for (const std::vector<T>& group : groups(x, axes)) {
                    double sum = 0, squares = 0, exps = 0, most = -INFINITY, least = INFINITY;
                    for (const T v : group) sum += static_cast<double>(v);
                    for (const T value : group) {
                        const auto v = static_cast<double>(value);
                        const double from_mean = v - sum / static_cast<double>(group.size());
                        squares += from_mean * from_mean;
                        exps += std::exp(v);
                        most = std::max(most, v);
                        least = std::min(least, v);
                    }
                    sums.push_back(sum);
                    variances.push_back(squares);
                    maxima.push_back(most);
                    minima.push_back(least);
                    logs.push_back(std::log(exps));
                }
                const Shape expected = reduced_shape(shape, axes, keepdims);
                const auto check = [&](const Array<T>& y, const std::vector<double>& values) {
                    CHECK(y.shape() == expected);
                    CHECK(difference(elements(y), values) < tolerance<T>);
                };
                check(sum_axes(x, axes, keepdims), sums);
                check(reduce_axes(RowReduction::variance_sum, x, axes, keepdims), variances);
                check(reduce_axes(RowReduction::maximum, x, axes, keepdims), maxima);
                check(reduce_axes(RowReduction::minimum, x, axes, keepdims), minima);
                check(reduce_axes(RowReduction::logsumexp, x, axes, keepdims), logs);
            }
}

TEST_CASE("sum_axes: accumulates in double, along rows and along columns") {
    constexpr std::size_t n = std::size_t{1} << 25;
    const Array<float> ones(Shape{n}, 1.0F);
    CHECK(sum_axes(ones, {0}, KeepDims::no)() == 33554432.0F);
    const Array<float> tall(Shape{n, 1}, 1.0F);
    CHECK(sum_axes(tall, {0}, KeepDims::no)(0) == 33554432.0F);
}

TEST_CASE_TEMPLATE("permute_axes: every order of the axes", T, float, double) {
    Rng rng(5);
    for (const Shape& shape : shapes) {
        const Array<T> x = normal_array<T>(shape, rng);
        Axes order(shape.size());
        std::iota(order.begin(), order.end(), std::ptrdiff_t{0});
        do {
            CAPTURE(to_string(shape));
            const Array<T> y = permute_axes(x, order);
            REQUIRE(y.dimension() == shape.size());
            std::vector<T> expected;
            for (const auto& index : indices(y.shape())) {
                std::vector<std::size_t> from(shape.size());
                for (std::size_t axis = 0; axis < shape.size(); ++axis)
                    from[static_cast<std::size_t>(order[axis])] = index[axis];
                expected.push_back(at_broadcast(x, from));
            }
            for (std::size_t axis = 0; axis < shape.size(); ++axis)
                CHECK(y.shape()[axis] == shape[static_cast<std::size_t>(order[axis])]);
            CHECK(elements(y) == expected);
        } while (std::next_permutation(order.begin(), order.end()));
    }
}

TEST_CASE_TEMPLATE("add_to: adds in place", T, float, double) {
    Array<T> a{{1, 2, 3}, {4, 5, 6}};
    add_to(a, Array<T>{{10, 20, 30}, {40, 50, 60}});
    CHECK(a == Array<T>{{11, 22, 33}, {44, 55, 66}});
    Array<T> nothing(Shape{0, 3});
    add_to(nothing, Array<T>(Shape{0, 3}));
}

TEST_CASE("multiply_matrices: either operand transposed") {
    const Array<double> a{{1, 2, 3}, {4, 5, 6}}, a_transposed{{1, 4}, {2, 5}, {3, 6}};
    const Array<double> b{{1, 0}, {2, 1}, {0, 3}}, b_transposed{{1, 2, 0}, {0, 1, 3}};
    const Array<double> c{{5, 11}, {14, 23}};
    CHECK(multiply_matrices(a, b, Transpose::no, Transpose::no, c.shape()) == c);
    CHECK(multiply_matrices(a_transposed, b, Transpose::yes, Transpose::no, c.shape()) == c);
    CHECK(multiply_matrices(a, b_transposed, Transpose::no, Transpose::yes, c.shape()) == c);
    CHECK(multiply_matrices(a_transposed, b_transposed, Transpose::yes, Transpose::yes, c.shape()) == c);
    CHECK(multiply_matrices(Array<double>(Shape{2, 0}), Array<double>(Shape{0, 3}), Transpose::no,
                            Transpose::no, {2, 3}) == Array<double>(Shape{2, 3}, 0.0));
    CHECK(multiply_matrices(Array<double>(Shape{0, 2}), Array<double>(Shape{2, 3}), Transpose::no,
                            Transpose::no, {0, 3})
              .shape() == Shape{0, 3});
}
