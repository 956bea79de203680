#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include <xgrad/core/array.hpp>
#include <xgrad/core/rng.hpp>

// Helpers for the tests of arrays and kernels.
namespace xgrad::test {

/// Independent standard normal values.
template <class T>
std::vector<T> normal_values(std::size_t count, Rng& rng) {
    std::vector<T> values(count);
    for (T& value : values) value = static_cast<T>(rng.normal());
    return values;
}

template <class T>
Array<T> normal_array(const Shape& shape, Rng& rng) {
    Array<T> values(shape);
    for (std::size_t i = 0; i < values.size(); ++i) values.data()[i] = static_cast<T>(rng.normal());
    return values;
}

/// The elements in row-major order.
template <class T>
std::vector<T> elements(const Array<T>& x) {
    return {x.data(), x.data() + x.size()};
}

/// The largest |a - b| / max(1, |b|); infinite if only one of the two is NaN, or the lengths differ. Equal
/// values differ by 0, and so do two NaNs.
template <class A, class B>
double difference(const std::vector<A>& a, const std::vector<B>& b) {
    if (a.size() != b.size()) return INFINITY;
    double largest = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const auto x = static_cast<double>(a[i]), y = static_cast<double>(b[i]);
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        const double relative = std::abs(x - y) / std::max(1.0, std::abs(y));
        largest = std::isnan(relative) ? INFINITY : std::max(largest, relative);
    }
    return largest;
}

/// A few rounding errors of T.
template <class T>
constexpr double tolerance = std::is_same_v<T, float> ? 2e-6 : 1e-14;

}  // namespace xgrad::test
