#include <xgrad/core/shape.hpp>

#include <cstdint>
#include <type_traits>

#include <doctest/doctest.h>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>

#include <xgrad/core/array.hpp>
#include <xgrad/core/error.hpp>

using namespace xgrad;

TEST_CASE("to_string: a shape prints as a tuple") {
    CHECK(to_string(Shape{100, 3072}) == "(100, 3072)");
    CHECK(to_string(Shape{4}) == "(4)");
    CHECK(to_string(Shape{}) == "()");
}

TEST_CASE("size_of: a scalar has one element, an array with an extent of 0 none") {
    CHECK(size_of({}) == 1);
    CHECK(size_of({2, 3, 4}) == 24);
    CHECK(size_of({2, 0, 4}) == 0);
}

TEST_CASE("checked_size: the product of the extents other than 0 is below 2^60, wherever the 0 is") {
    const std::size_t half = std::size_t{1} << 59;
    CHECK(checked_size("mine", {}) == 1);
    CHECK(checked_size("mine", {2, 3, 4}) == 24);
    CHECK(checked_size("mine", {half}) == half);
    CHECK(checked_size("mine", {0, half}) == 0);
    for (const Shape& shape : {Shape{half, 2}, Shape{2, 0, half}, Shape{0, half, 2}, Shape{half, half},
                               Shape{half, 32, 32}, Shape{SIZE_MAX, 2}})
        CHECK_THROWS_AS(checked_size("mine", shape), ShapeError);
    CHECK_THROWS_WITH_AS(
        checked_size("mine", {half, 0, 2}),
        "mine: shape (576460752303423488, 0, 2) is too large: its extents (other than 0) multiply to 2^60 or more",
        ShapeError);
}

TEST_CASE("broadcast_shapes: aligned at the last axis, extents of 1 stretch") {
    CHECK(broadcast_shapes("add", {}, {}) == Shape{});
    CHECK(broadcast_shapes("add", {}, {2, 3}) == Shape{2, 3});
    CHECK(broadcast_shapes("add", {2, 3}, {3}) == Shape{2, 3});
    CHECK(broadcast_shapes("add", {2, 1}, {1, 3}) == Shape{2, 3});
    CHECK(broadcast_shapes("add", {4, 1, 3}, {2, 1}) == Shape{4, 2, 3});
    CHECK(broadcast_shapes("add", {0, 3}, {1, 3}) == Shape{0, 3});
}

TEST_CASE("broadcast_shapes: names the op, the shapes and the axis") {
    CHECK_THROWS_WITH_AS(broadcast_shapes("mul", {8, 5}, {4}),
                         "mul: cannot broadcast (8, 5) with (4): axis -1 is 5 and 4", ShapeError);
    CHECK_THROWS_WITH_AS(broadcast_shapes("add", {2, 5}, {3, 5}),
                         "add: cannot broadcast (2, 5) with (3, 5): axis -2 is 2 and 3", ShapeError);
    CHECK_THROWS_WITH_AS(broadcast_shapes("add", {0}, {2}),
                         "add: cannot broadcast (0) with (2): axis -1 is 0 and 2", ShapeError);
}

TEST_CASE("broadcasts_to: only the first shape may stretch") {
    CHECK(broadcasts_to({}, {2, 3}));
    CHECK(broadcasts_to({1, 3}, {2, 3}));
    CHECK(broadcasts_to({1}, {0}));
    CHECK_FALSE(broadcasts_to({2, 3}, {3}));
    CHECK_FALSE(broadcasts_to({2, 3}, {1, 3}));
    CHECK_FALSE(broadcasts_to({0}, {1}));
}

TEST_CASE("normalize_axis: negative axes count from the last") {
    CHECK(normalize_axis("sum", 1, 2) == 1);
    CHECK(normalize_axis("sum", -1, 2) == 1);
    CHECK(normalize_axis("sum", -2, 2) == 0);
    CHECK_THROWS_WITH_AS(normalize_axis("sum", 2, 2), "sum: axis 2 is out of range for an array with 2 axes",
                         ShapeError);
    CHECK_THROWS_WITH_AS(normalize_axis("sum", -2, 1),
                         "sum: axis -2 is out of range for an array with 1 axis", ShapeError);
    CHECK_THROWS_WITH_AS(normalize_axis("sum", 0, 0), "sum: axis 0 is out of range for an array with 0 axes",
                         ShapeError);
}

TEST_CASE("normalize_axes: sorted, and each once") {
    CHECK(normalize_axes("sum", {-1, 0}, 3) == Axes{0, 2});
    CHECK(normalize_axes("sum", {}, 3) == Axes{});
    CHECK_THROWS_WITH_AS(normalize_axes("sum", {0, -2}, 2), "sum: axis 0 is given twice", ShapeError);
}

TEST_CASE("flattened_shape: axes become one; errors name the op") {
    CHECK(flattened_shape("mine", {2, 3, 4}, 1, -1) == Shape{2, 12});
    CHECK(flattened_shape("mine", {2, 3, 4}, 0, 1) == Shape{6, 4});
    CHECK(flattened_shape("mine", {2, 0, 4}, 0, 2) == Shape{0});
    CHECK(flattened_shape("mine", {}, 0, -1) == Shape{1});
    CHECK_THROWS_WITH_AS(flattened_shape("mine", {2, 3}, 1, 0), "mine: axis 0 is before axis 1", ShapeError);
    CHECK_THROWS_WITH_AS(flattened_shape("mine", {2, 3}, 2, 2),
                         "mine: axis 2 is out of range for an array with 2 axes", ShapeError);
}

TEST_CASE("reduced_shape: reduced axes become 1, or disappear") {
    CHECK(reduced_shape({2, 3, 4}, {0, 2}, KeepDims::yes) == Shape{1, 3, 1});
    CHECK(reduced_shape({2, 3, 4}, {0, 2}, KeepDims::no) == Shape{3});
    CHECK(reduced_shape({2, 3}, {0, 1}, KeepDims::no) == Shape{});
    CHECK(reduced_shape({2, 3}, {}, KeepDims::no) == Shape{2, 3});
}

TEST_CASE("broadcast_axes: what a gradient is summed over") {
    CHECK(broadcast_axes({3}, {2, 3}) == Axes{0});
    CHECK(broadcast_axes({2, 1}, {2, 3}) == Axes{1});
    CHECK(broadcast_axes({}, {2, 3}) == Axes{0, 1});
    CHECK(broadcast_axes({1, 3}, {1, 3}) == Axes{});
    CHECK(broadcast_axes({1}, {0}) == Axes{0});
}

// xtensor 0.24.3 in C++20 mistakes a dynamic shape for a fixed rank: these would have garbage shapes, or
// crash (see array.hpp).
TEST_CASE("Array: xt::eval, xt::sum, xt::mean and xt::variance keep a dynamic rank and the right values") {
    const Array<double> a{{1, 2, 3}, {4, 5, 6}};
    const auto doubled = xt::eval(a + a);
    CHECK(doubled.dimension() == 2);
    CHECK(doubled.shape()[0] == 2);
    CHECK(doubled.shape()[1] == 3);
    CHECK(doubled(1, 2) == 12);
    static_assert(xt::get_rank<std::decay_t<decltype(doubled)>>::value == SIZE_MAX);

    const Array<double> columns = xt::sum(a, {0});
    CHECK(columns == Array<double>{5, 7, 9});
    const Array<double> rows = xt::mean(a, {1});
    CHECK(rows == Array<double>{2, 5});
    const Array<double> all = xt::sum(a);
    CHECK(all.dimension() == 0);
    CHECK(all() == 21);
    const Array<double> spread = xt::variance(a, {0});
    CHECK(spread == Array<double>{2.25, 2.25, 2.25});
    CHECK(xt::eval(xt::sum(a, {0}, xt::keep_dims)).dimension() == 2);
    CHECK(xt::eval(xt::sum(a, {0, 1}, xt::evaluation_strategy::immediate))() == 21);
}

TEST_CASE("Array: of every rank up to 5, through xt::eval") {
    for (std::size_t rank = 0; rank <= 5; ++rank) {
        CAPTURE(rank);
        const Shape shape(rank, 2);
        const Array<float> a(shape, 1.5F);
        const auto b = xt::eval(a * 2.0F);
        CHECK(b.dimension() == rank);
        CHECK(b.size() == std::size_t{1} << rank);
        CHECK(xt::eval(xt::sum(b))() == 3.0F * static_cast<float>(b.size()));
    }
}

TEST_CASE("Array: the type depends on no compiler flag") {
    using Expected = xt::xarray_container<Buffer<float, RecyclingAllocator<float>>,
                                          xt::layout_type::row_major, xt::svector<std::size_t, 4>>;
    static_assert(std::is_same_v<Array<float>, Expected>);
    static_assert(std::is_same_v<Shape, xt::svector<std::size_t, 4>>);
#ifdef XTENSOR_USE_XSIMD
    FAIL("XTENSOR_USE_XSIMD changes xtensor's types");
#endif
}

TEST_CASE("Array: from a Shape it has that shape, from values it holds them") {
    const Array<float> shaped(Shape{3, 4});
    CHECK(shaped.dimension() == 2);
    CHECK(shaped.size() == 12);
    const Array<float> matrix{{1, 2}, {3, 4}};
    CHECK(matrix.shape() == Shape{2, 2});
    CHECK(Array<float>(Shape{}).size() == 1);
    CHECK(Array<float>(Shape{2, 0}).size() == 0);
}

TEST_CASE("Array: starts at a multiple of 64 bytes") {
    for (std::size_t n = 1; n < 300; n += 7)
        CHECK(reinterpret_cast<std::uintptr_t>(Array<float>(Shape{n}).data()) % 64 == 0);
}

TEST_CASE("evaluate: an Array of an expression's value") {
    const Array<double> a{{1, 2}, {3, 4}};
    const auto y = evaluate(xt::square(a) + 1.0);
    static_assert(std::is_same_v<decltype(y), const Array<double>>);
    CHECK(y == Array<double>{{2, 5}, {10, 17}});
    CHECK(evaluate(a + Array<double>{10, 20}) == Array<double>{{11, 22}, {13, 24}});
    CHECK(evaluate(xt::view(a, xt::all(), 1)) == Array<double>{2, 4});
    static_assert(std::is_same_v<decltype(evaluate(a)), Array<double>>);
}

TEST_CASE("batch_shape: an axis of samples before their own") {
    CHECK(batch_shape(5, {}) == Shape{5});
    CHECK(batch_shape(0, {2, 3}) == Shape{0, 2, 3});
    CHECK(batch_shape(7, {2, 3, 4, 5}) == Shape{7, 2, 3, 4, 5});
}
