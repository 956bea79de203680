#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <xgrad/data/sample_loader.hpp>

namespace xgrad::mpi::detail {

// Some consecutive shards, or rows.
using Range = RowRange;

// Sums over shards are added in the order of a binary tree: the sum over a range is that over its first half,
// rounded down, plus that over the rest. So whoever has computed the sum over a subtree can send that instead
// of its parts, and the bits are the same.

// The part of [0, count) that belongs to `owner` of `owners`: as equal as can be. That of `owners` begins at
// count.
constexpr Range part_of(std::size_t count, std::size_t owners, std::size_t owner) {
    return {count * owner / owners, count * (owner + 1) / owners};
}

// The largest subtrees of the tree over [0, shards) that lie in `range`, in order.
inline void append_subtrees(Range tree, Range range, std::vector<Range>& nodes) {
    if (tree.last <= range.first || range.last <= tree.first) return;
    if (range.first <= tree.first && tree.last <= range.last) return nodes.push_back(tree);
    const std::size_t middle = tree.first + tree.size() / 2;
    append_subtrees({tree.first, middle}, range, nodes);
    append_subtrees({middle, tree.last}, range, nodes);
}
inline std::vector<Range> subtrees(std::size_t shards, Range range) {
    std::vector<Range> nodes;
    append_subtrees({0, shards}, range, nodes);
    return nodes;
}

// Adds up subtrees that cover `tree`: `add(a, b)` adds the value of the subtree at place b to that at place
// a. Returns the place of the sum, which is the first one's. `next` is the place of the first, then that
// behind the last.
template <class F>
std::size_t add_subtrees(Range tree, std::span<const Range> nodes, std::size_t& next, const F& add) {
    if (nodes[next] == tree) return next++;
    const std::size_t middle = tree.first + tree.size() / 2;
    const std::size_t left = add_subtrees({tree.first, middle}, nodes, next, add);
    add(left, add_subtrees({middle, tree.last}, nodes, next, add));
    return left;
}

// The same for rows of n numbers, a row for each subtree: the first row becomes the sum.
template <class T>
void add_rows(Range tree, std::span<const Range> nodes, T* rows, std::size_t n) {
    std::size_t next = 0;
    add_subtrees(tree, nodes, next, [=](std::size_t to, std::size_t from) {
        for (std::size_t i = 0; i < n; ++i) rows[to * n + i] += rows[from * n + i];
    });
}

// The same for a row for each shard of `tree`.
template <class T>
void add_shards(Range tree, T* rows, std::size_t n) {
    if (tree.size() == 1) return;
    const std::size_t half = tree.size() / 2;
    T* const rest = rows + half * n;
    add_shards({tree.first, tree.first + half}, rows, n);
    add_shards({tree.first + half, tree.last}, rest, n);
    for (std::size_t i = 0; i < n; ++i) rows[i] += rest[i];
}

}  // namespace xgrad::mpi::detail
