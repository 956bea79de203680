#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include <xgrad/autograd/ops.hpp>

// The order of `sort` and `topk`.
namespace xgrad {

/// An element of a line, by an unsigned integer that has the order of its value: NaN is above all numbers,
/// and 0 equals -0.
template <class T>
struct Element {
    using Key = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
    Key key;
    std::int32_t position;

    Element() = default;
    Element(T value, std::int32_t at, Order order) : position(at) {
        constexpr Key sign = Key{1} << (std::numeric_limits<Key>::digits - 1);
        const Key bits = std::bit_cast<Key>(value + T{0});  // -0 becomes 0
        const Key ascending = std::isnan(value) ? ~Key{0} : bits & sign ? ~bits : bits | sign;
        key = order == Order::ascending ? ascending : ~ascending;
    }
    bool operator<(const Element& other) const {
        return key != other.key ? key < other.key : position < other.position;
    }
};

/// Sorts n elements, which are in the order of their positions; equal ones keep it. Radix sort: a pass for
/// each byte that is not the same everywhere. @param work  n elements.  @returns  the sorted ones: `line` or
/// `work`.
template <class T>
Element<T>* sort_elements(std::size_t n, Element<T>* line, Element<T>* work) {
    if (n < 64) {
        std::sort(line, line + n);
        return line;
    }
    std::array<std::array<std::uint32_t, 256>, sizeof(T)> counts{};
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t byte = 0; byte < sizeof(T); ++byte) ++counts[byte][line[i].key >> 8 * byte & 255];
    for (std::size_t byte = 0; byte < sizeof(T); ++byte) {
        auto& places = counts[byte];
        if (places[line[0].key >> 8 * byte & 255] == n) continue;
        std::uint32_t place = 0;
        for (std::uint32_t& count : places) place += std::exchange(count, place);
        for (std::size_t i = 0; i < n; ++i) work[places[line[i].key >> 8 * byte & 255]++] = line[i];
        std::swap(line, work);
    }
    return line;
}

/// The first `count` of n elements, sorted, as `sort_elements` does.
template <class T>
Element<T>* first_elements(std::size_t count, std::size_t n, Element<T>* line, Element<T>* work) {
    if (count > n / 64) return sort_elements(n, line, work);
    std::partial_sort(line, line + count, line + n);
    return line;
}

}  // namespace xgrad
