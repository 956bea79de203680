// A loop over large arrays, on several threads.
#pragma once

#include <cstddef>
#include <thread>
#include <vector>

namespace contest {

/// Calls f(begin, end) for parts of [0, n) that together are all of it, one per thread where n is worth starting threads for.
template <class F>
void in_parts(std::size_t n, int threads, const F& f) {
    if (threads < 2 || n < (1U << 20)) return f(std::size_t{0}, n);
    const std::size_t part = n / static_cast<std::size_t>(threads) / 16 * 16;
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < static_cast<std::size_t>(threads); ++i) others.emplace_back([&f, part, i] { f((i - 1) * part, i * part); });
    f((static_cast<std::size_t>(threads) - 1) * part, n);
}

}  // namespace contest
