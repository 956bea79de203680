#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace xgrad::detail {

/// Calls f(file, first row within the file, count) for each file that has some of the rows first ... first +
/// count - 1.
/// @param starts  the first row of each file, and the number of all rows.
template <class F>
void for_each_shard(const std::vector<std::size_t>& starts, std::size_t first, std::size_t count, F f) {
    auto file =
        static_cast<std::size_t>(std::upper_bound(starts.begin(), starts.end(), first) - starts.begin()) - 1;
    for (; count > 0; ++file) {
        const std::size_t here = std::min(count, starts[file + 1] - first);
        f(file, first - starts[file], here);
        first += here;
        count -= here;
    }
}

}  // namespace xgrad::detail
