#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/core/array.hpp>
#include <xgrad/core/rng.hpp>

// Splits of a data set, as row numbers: Dataset::select() and select_rows() take them. Every list is in
// ascending order, and no list is empty; together the lists have each row once. The same state of the
// generator gives the same lists.
namespace xgrad {

/// Row numbers, counted from 0.
using Rows = std::vector<std::size_t>;

/// Splits `count` rows at random into one part for each fraction. The sizes are the fractions of `count`,
/// rounded down; the rows that remain go to the parts that lost most by the rounding (the largest
/// remainders), the earlier one at a tie.
///
///     const auto parts = random_split(data.size(), {0.7, 0.15, 0.15}, rng);
///     const Dataset train = data.select(parts[0]);
/// @throws ValueError  a fraction is not positive, they do not sum to 1 (within 1e-9), or a part would be
/// empty.
std::vector<Rows> random_split(std::size_t count, const std::vector<double>& fractions, Rng& rng);

/// Splits rows at random such that the rows of each class are divided like those of random_split(): so in a
/// part, a class has as many rows as its fraction says, give or take less than one.
/// @param labels  the class of each row: any integers.
/// @throws ValueError  as random_split(), and if a part would have no row of one of the classes.
std::vector<Rows> stratified_split(const Indices& labels, const std::vector<double>& fractions, Rng& rng);
/// The same for the labels of a Dataset.
std::vector<Rows> stratified_split(std::span<const std::uint8_t> labels, const std::vector<double>& fractions,
                                   Rng& rng);

/// One of the k ways to leave out a k-th of the rows.
struct Fold {
    Rows train;       ///< All rows but those of `validation`.
    Rows validation;  ///< Each row is in that of one fold.
};

/// Divides `count` rows at random into k parts, whose sizes differ by at most 1, and returns a fold for each.
/// @throws ValueError  k is not in 2 ... count.
std::vector<Fold> k_folds(std::size_t count, std::size_t k, Rng& rng);

/// As k_folds(); also the numbers of rows that a class has in the parts differ by at most 1.
/// @param labels  the class of each row: any integers.
/// @throws ValueError  k is less than 2, or a class has fewer than k rows.
std::vector<Fold> stratified_k_folds(const Indices& labels, std::size_t k, Rng& rng);
/// The same for the labels of a Dataset.
std::vector<Fold> stratified_k_folds(std::span<const std::uint8_t> labels, std::size_t k, Rng& rng);

/// The slices of x with these positions along its first axis, in this order: y[i] = x[rows[i]].
/// @throws ShapeError  x has no axes.  @throws ValueError  a row is outside x; the message names its position
/// and value.
template <class T>
Array<T> select_rows(const Array<T>& x, std::span<const std::size_t> rows);

/// The same for labels.
Indices select_rows(const Indices& x, std::span<const std::size_t> rows);

}  // namespace xgrad
