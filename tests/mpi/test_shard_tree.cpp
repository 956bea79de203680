#include <xgrad/mpi/detail/shard_tree.hpp>

#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/rng.hpp>

using namespace xgrad;
using namespace xgrad::mpi::detail;

namespace {

constexpr std::size_t n = 16;  // numbers of a shard
using Rows = std::vector<float>;

Rows random_rows(std::size_t shards) {
    Rng rng(shards);
    Rows rows(shards * n);
    for (float& x : rows) x = static_cast<float>(rng.normal());
    return rows;
}

Rows sum_of(Rows rows) {
    add_shards({0, rows.size() / n}, rows.data(), n);
    rows.resize(n);
    return rows;
}

// Each owner adds up its subtrees, and one of them all.
Rows sum_of_owners(const Rows& rows, std::size_t owners) {
    const std::size_t shards = rows.size() / n;
    std::vector<Range> nodes;
    Rows sums;
    for (std::size_t owner = 0; owner < owners; ++owner)
        for (const Range node : subtrees(shards, part_of(shards, owners, owner))) {
            const auto first = rows.begin() + static_cast<std::ptrdiff_t>(node.first * n);
            const Rows sum = sum_of({first, first + static_cast<std::ptrdiff_t>(node.size() * n)});
            nodes.push_back(node);
            sums.insert(sums.end(), sum.begin(), sum.end());
        }
    add_rows({0, shards}, nodes, sums.data(), n);
    sums.resize(n);
    return sums;
}

Rows left_to_right(const Rows& rows) {
    Rows sum(rows.begin(), rows.begin() + n);
    for (std::size_t i = n; i < rows.size(); ++i) sum[i % n] += rows[i];
    return sum;
}

// The halves rounded up.
Rows other_halves(const Rows& rows) {
    const std::size_t shards = rows.size() / n;
    if (shards == 1) return rows;
    const auto middle = rows.begin() + static_cast<std::ptrdiff_t>((shards + 1) / 2 * n);
    Rows sum = other_halves({rows.begin(), middle});
    const Rows rest = other_halves({middle, rows.end()});
    for (std::size_t i = 0; i < n; ++i) sum[i] += rest[i];
    return sum;
}

}  // namespace

TEST_CASE("the tree of shards: any number of owners adds up the same bits") {
    for (std::size_t shards = 1; shards <= 17; ++shards)
        for (std::size_t owners = 1; owners <= shards; ++owners) {
            CAPTURE(shards);
            CAPTURE(owners);
            const Rows rows = random_rows(shards);
            CHECK(sum_of_owners(rows, owners) == sum_of(rows));
        }
}

TEST_CASE("the tree of shards: another tree gives other bits, so that a changed one is noticed") {
    for (std::size_t shards = 3; shards <= 17; ++shards) {
        CAPTURE(shards);
        const Rows rows = random_rows(shards), sum = sum_of(rows);
        CHECK(left_to_right(rows) != sum);
        // The halves of powers of two need no rounding.
        if ((shards & (shards - 1)) != 0)
            CHECK(other_halves(rows) != sum);
        else
            CHECK(other_halves(rows) == sum);
    }
}

TEST_CASE("the tree of shards: of three, the first is added to the sum of the others") {
    Rows rows(3 * n, 0.F);
    std::fill(rows.begin(), rows.begin() + n, 1.F);
    std::fill(rows.begin() + n, rows.begin() + 2 * n, 0x1p-24F);
    std::fill(rows.begin() + 2 * n, rows.end(), 0x1p-24F);
    CHECK(sum_of(rows) == Rows(n, 1.F + 0x1p-23F));
}
