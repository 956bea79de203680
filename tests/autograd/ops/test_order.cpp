#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>

// Lines that are long enough for sorting by digits, with many equal elements.
using namespace xgrad;

namespace {

template <class T>
std::vector<T> values(std::size_t n) {
    constexpr T inf = std::numeric_limits<T>::infinity(), nan = std::numeric_limits<T>::quiet_NaN();
    const std::vector<T> special{T{0}, T{-0.0}, inf, -inf, nan, -nan, std::numeric_limits<T>::denorm_min()};
    Rng rng(1);
    std::vector<T> result(n);
    for (T& v : result)
        v = rng.uniform() < 0.3 ? special[rng.below(special.size())]
                                : static_cast<T>(std::round(100 * rng.uniform(-1, 1)) / 8);
    return result;
}

// The positions of the elements in this order: NaN is the largest, equal ones stay in order.
template <class T>
std::vector<std::int32_t> expected(const std::vector<T>& x, Order order) {
    std::vector<std::int32_t> positions(x.size());
    std::iota(positions.begin(), positions.end(), 0);
    const auto less = [](T a, T b) { return a < b || (std::isnan(b) && !std::isnan(a)); };
    std::stable_sort(positions.begin(), positions.end(), [&](std::int32_t a, std::int32_t b) {
        const T u = x[static_cast<std::size_t>(a)], v = x[static_cast<std::size_t>(b)];
        return order == Order::ascending ? less(u, v) : less(v, u);
    });
    return positions;
}

template <class T>
Tensor<T> column(const std::vector<T>& x, std::size_t copies) {
    Array<T> result(Shape{x.size(), copies});
    for (std::size_t i = 0; i < result.size(); ++i) result.data()[i] = x[i / copies];
    return Tensor<T>(std::move(result));
}

}  // namespace

TEST_CASE_TEMPLATE("sort and topk: agree with a stable sort of long lines", T, float, double) {
    for (const std::size_t n : {63u, 64u, 1000u, 70'000u})
        for (const Order order : {Order::ascending, Order::descending}) {
            CAPTURE(n);
            const auto x = values<T>(n);
            const auto positions = expected(x, order);
            const auto sorted = sort(column(x, 2), 0, order);
            bool equal = true;
            for (std::size_t i = 0; i < 2 * n; ++i) equal = equal && sorted.indices[i] == positions[i / 2];
            CHECK(equal);
            for (const std::size_t k : {std::size_t{1}, n / 64, n / 2}) {
                CAPTURE(k);
                const auto first = topk(column(x, 1), k, 0, order);
                CHECK(std::equal(first.indices.begin(), first.indices.end(), positions.begin()));
            }
        }
}

TEST_CASE_TEMPLATE("argmax and argmin: the first of equal elements, or the first NaN, of long lines", T,
                   float, double) {
    const auto x = values<T>(1000);
    const auto first = [&](auto is) {
        return static_cast<std::int32_t>(std::find_if(x.begin(), x.end(), is) - x.begin());
    };
    const std::int32_t nan = first([](T v) { return std::isnan(v); });
    for (const std::size_t copies : {1u, 3u})
        for (const auto& found : {argmax(column(x, copies), 0), argmin(column(x, copies), 0)})
            CHECK(std::all_of(found.begin(), found.end(), [=](std::int32_t at) { return at == nan; }));
    auto numbers = x;
    for (T& v : numbers) v = std::isnan(v) ? T{1} : v;
    const std::int32_t most = first([](T v) { return v == std::numeric_limits<T>::infinity(); });
    CHECK(argmax(column(numbers, 1), 0)[0] == most);
    CHECK(argmax(column(numbers, 2), 0)[1] == most);
}
