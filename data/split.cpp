#include <xgrad/data/split.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/core/shape.hpp>

namespace xgrad {
namespace {

// Rows that are divided alike.
struct Group {
    std::string name;  // for messages
    Rows rows;
};

Rows all_rows(std::size_t count) {
    Rows rows(count);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
}

std::vector<Group> one_group(std::size_t count) { return {{fmt::format("{} rows", count), all_rows(count)}}; }

template <class Label>
std::vector<Group> classes(std::span<const Label> labels) {
    if (labels.empty()) return one_group(0);
    std::map<Label, Rows> by_label;
    for (std::size_t row = 0; row < labels.size(); ++row) by_label[labels[row]].push_back(row);
    std::vector<Group> groups;
    groups.reserve(by_label.size());
    for (auto& [label, rows] : by_label)
        groups.push_back({fmt::format("the {} rows of class {}", rows.size(), label), std::move(rows)});
    return groups;
}

std::vector<Group> classes(const Indices& labels) { return classes(std::span(labels.data(), labels.size())); }

void check_fractions(std::string_view op, const std::vector<double>& fractions) {
    constexpr double tolerance = 1e-9;
    const bool positive = std::all_of(fractions.begin(), fractions.end(), [](double f) { return f > 0; });
    if (!positive || !(std::abs(std::accumulate(fractions.begin(), fractions.end(), -1.0)) <= tolerance))
        fail<ValueError>(
            op, fmt::format("expected positive fractions that sum to 1, got {}", joined(fractions, ", ")));
}

// The sizes of the parts of `count` rows, by the largest remainders.
std::vector<std::size_t> sizes(std::size_t count, const std::vector<double>& fractions) {
    std::vector<std::size_t> sizes(fractions.size()), order = all_rows(fractions.size());
    std::vector<double> remainders(fractions.size());
    const double sum = std::accumulate(fractions.begin(), fractions.end(), 0.0);
    for (std::size_t i = 0; i < fractions.size(); ++i) {
        const double share = static_cast<double>(count) * (fractions[i] / sum);
        sizes[i] = static_cast<std::size_t>(share);
        remainders[i] = share - std::floor(share);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return remainders[a] > remainders[b]; });
    const std::size_t left = count - std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});
    for (std::size_t i = 0; i < left; ++i) ++sizes[order[i]];
    return sizes;
}

std::vector<Rows> split(std::string_view op, std::vector<Group> groups, const std::vector<double>& fractions,
                        Rng& rng) {
    check_fractions(op, fractions);
    std::vector<Rows> parts(fractions.size());
    for (Group& group : groups) {
        const std::vector<std::size_t> counts = sizes(group.rows.size(), fractions);
        if (const auto none = std::find(counts.begin(), counts.end(), 0U); none != counts.end())
            fail<ValueError>(op, fmt::format("{} are too few for the fractions {}: part {} would have none",
                                             group.name, joined(fractions, ", "), none - counts.begin()));
        rng.shuffle(std::span(group.rows));
        auto row = group.rows.begin();
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const auto end = row + static_cast<std::ptrdiff_t>(counts[i]);
            parts[i].insert(parts[i].end(), row, end);
            row = end;
        }
    }
    for (Rows& part : parts) std::sort(part.begin(), part.end());
    return parts;
}

// Deals the shuffled rows like cards, one group after the other, so that the next player is always one who
// has fewest.
std::vector<Fold> folds(std::string_view op, std::vector<Group> groups, std::size_t k, Rng& rng) {
    if (k < 2) fail<ValueError>(op, fmt::format("expected at least 2 folds, got {}", k));
    for (const Group& group : groups)
        if (group.rows.size() < k)
            fail<ValueError>(op, fmt::format("{} are too few for {} folds", group.name, k));
    std::vector<Fold> folds(k);
    std::size_t count = 0;
    for (Group& group : groups) {
        rng.shuffle(std::span(group.rows));
        for (const std::size_t row : group.rows) folds[count++ % k].validation.push_back(row);
    }
    const Rows all = all_rows(count);
    for (auto& [train, validation] : folds) {
        std::sort(validation.begin(), validation.end());
        std::set_difference(all.begin(), all.end(), validation.begin(), validation.end(),
                            std::back_inserter(train));
    }
    return folds;
}

}  // namespace

std::vector<Rows> random_split(std::size_t count, const std::vector<double>& fractions, Rng& rng) {
    return split("random_split", one_group(count), fractions, rng);
}

std::vector<Rows> stratified_split(const Indices& labels, const std::vector<double>& fractions, Rng& rng) {
    return split("stratified_split", classes(labels), fractions, rng);
}

std::vector<Rows> stratified_split(std::span<const std::uint8_t> labels, const std::vector<double>& fractions,
                                   Rng& rng) {
    return split("stratified_split", classes(labels), fractions, rng);
}

std::vector<Fold> k_folds(std::size_t count, std::size_t k, Rng& rng) {
    return folds("k_folds", one_group(count), k, rng);
}

std::vector<Fold> stratified_k_folds(const Indices& labels, std::size_t k, Rng& rng) {
    return folds("stratified_k_folds", classes(labels), k, rng);
}

std::vector<Fold> stratified_k_folds(std::span<const std::uint8_t> labels, std::size_t k, Rng& rng) {
    return folds("stratified_k_folds", classes(labels), k, rng);
}

template <class T>
Array<T> select_rows(const Array<T>& x, std::span<const std::size_t> rows) {
    constexpr std::string_view op = "select_rows";
    Shape shape = x.shape();
    if (shape.empty()) fail<ShapeError>(op, "expected an array of rows, got a scalar ()");
    const std::size_t count = shape[0];
    shape[0] = rows.size();
    Array<T> y(shape);
    const std::size_t each = count == 0 ? 0 : x.size() / count;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i] >= count)
            fail<ValueError>(op, fmt::format("rows[{}] is {}, outside the {} rows of {}", i, rows[i], count,
                                             to_string(x.shape())));
        std::copy_n(x.data() + rows[i] * each, each, y.data() + i * each);
    }
    return y;
}

Indices select_rows(const Indices& x, std::span<const std::size_t> rows) {
    return Indices(select_rows(x.values(), rows));
}

template Array<float> select_rows(const Array<float>&, std::span<const std::size_t>);
template Array<double> select_rows(const Array<double>&, std::span<const std::size_t>);
template Array<std::int32_t> select_rows(const Array<std::int32_t>&, std::span<const std::size_t>);

}  // namespace xgrad
