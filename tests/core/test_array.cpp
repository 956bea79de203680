#include <xgrad/core/array.hpp>

#include <cstdint>
#include <type_traits>

#include <doctest/doctest.h>
#include <xtensor/xmath.hpp>
#include <xtensor/xsort.hpp>
#include <xtensor/xview.hpp>

using namespace xgrad;

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
    using Expected = xt::xarray_container<xt::uvector<float, RecyclingAllocator<float>>,
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
