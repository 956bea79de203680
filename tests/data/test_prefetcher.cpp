#include <xgrad/data/prefetcher.hpp>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/parallel.hpp>
#include "support/threads.hpp"

using namespace xgrad;

namespace {

// Images of `features` bytes that differ everywhere, and an affine function that differs for each feature.
Dataset noise(std::size_t count, std::size_t features) {
    std::vector<std::uint8_t> images(count * features);
    for (std::size_t i = 0; i < images.size(); ++i)
        images[i] = static_cast<std::uint8_t>(i * 2654435761u >> 16);
    return Dataset("noise", {"only"}, {1, 1, features}, images, std::vector<std::uint8_t>(count));
}

template <class T>
Affine<T> affine(std::size_t features) {
    Affine<T> result;
    for (std::size_t j = 0; j < features; ++j) {
        result.scale.push_back(T{1} + static_cast<T>(j));
        result.shift.push_back(-static_cast<T>(j));
    }
    return result;
}

template <class T>
void check(const Dataset& data, const std::vector<std::size_t>& rows, const Array<T>& values) {
    const std::size_t features = data.features();
    REQUIRE(values.shape() == Shape{rows.size(), features});
    for (std::size_t row = 0; row < rows.size(); ++row)
        for (std::size_t j = 0; j < features; ++j) {
            const auto byte = static_cast<T>(data.images()[rows[row] * features + j]), k = static_cast<T>(j);
            REQUIRE(values(row, j) == (T{1} + k) * byte - k);
        }
}

}  // namespace

TEST_CASE_TEMPLATE("Prefetcher: every value of every row, for any size and number of threads", T, float,
                   double) {
    for (const int count : {1, 2, 3}) {
        const test::Threads threads(count);
        for (const std::size_t features : {1u, 63u, 64u, 65u, 200u, 3072u}) {
            const Dataset data = noise(20, features);
            Prefetcher<T> prefetcher(data, affine<T>(features));
            for (const std::vector<std::size_t>& rows :
                 {std::vector<std::size_t>{7},
                  {3, 3, 19, 0},
                  {19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6}}) {
                prefetcher.start(rows);
                check(data, rows, prefetcher.finish());
            }
        }
    }
}

TEST_CASE("Prefetcher: what was started last counts, and what is cancelled is no longer read") {
    const test::Threads threads(3);
    const Dataset data = noise(200, 300);
    Prefetcher<float> prefetcher(data, affine<float>(300));
    for (std::size_t round = 0; round < 100; ++round) {
        std::vector<std::size_t> dropped(100, round), rows(50, round + 1);
        prefetcher.start(dropped);
        if (round % 2 == 0) {
            prefetcher.cancel();
        } else {
            prefetcher.start(rows);
        }
        std::fill(dropped.begin(), dropped.end(), std::size_t{1} << 40);  // to read it now would crash
        if (round % 2 == 0) prefetcher.start(rows);
        check(data, rows, prefetcher.finish());
    }
}
