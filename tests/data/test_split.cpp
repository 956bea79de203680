#include <xgrad/data/split.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

namespace {

// Each row once in all of them, and each list in ascending order.
void check_complete(const std::vector<Rows>& parts, std::size_t count) {
    Rows all;
    for (const Rows& part : parts) {
        CHECK_FALSE(part.empty());
        CHECK(std::is_sorted(part.begin(), part.end()));
        all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end());
    REQUIRE(all.size() == count);
    for (std::size_t row = 0; row < count; ++row) CHECK(all[row] == row);
}

void check_folds(const std::vector<Fold>& folds, std::size_t count, std::size_t k) {
    REQUIRE(folds.size() == k);
    std::vector<Rows> parts;
    for (const auto& [train, validation] : folds) {
        check_complete({train, validation}, count);
        CHECK(validation.size() >= count / k);
        CHECK(validation.size() <= (count + k - 1) / k);
        parts.push_back(validation);
    }
    check_complete(parts, count);
}

// Random labels of which each occurs at least `least` times.
Indices random_labels(std::size_t least, Rng& rng) {
    const std::size_t classes = 1 + rng.below(6);
    std::vector<std::int32_t> labels;
    for (std::size_t c = 0; c < classes; ++c)
        labels.insert(labels.end(), least + rng.below(30), static_cast<std::int32_t>(7 * c) - 7);
    rng.shuffle(std::span(labels));
    return labels;
}

std::map<std::int32_t, std::size_t> histogram(const Indices& labels, const Rows& rows) {
    std::map<std::int32_t, std::size_t> counts;
    for (const std::size_t row : rows) ++counts[labels[row]];
    return counts;
}

std::vector<double> random_fractions(Rng& rng) {
    std::vector<double> fractions(1 + rng.below(4));
    double sum = 0;
    for (double& f : fractions) sum += f = rng.uniform(1, 4);
    for (double& f : fractions) f /= sum;
    return fractions;
}

std::vector<std::size_t> sizes(const std::vector<Rows>& parts) {
    std::vector<std::size_t> sizes;
    for (const Rows& part : parts) sizes.push_back(part.size());
    return sizes;
}

using Sizes = std::vector<std::size_t>;

}  // namespace

TEST_CASE("random_split: sizes are rounded by the largest remainders, the earlier first") {
    Rng rng(1);
    CHECK(sizes(random_split(100, {0.7, 0.15, 0.15}, rng)) == Sizes{70, 15, 15});
    CHECK(sizes(random_split(10, {0.7, 0.15, 0.15}, rng)) == Sizes{7, 2, 1});
    CHECK(sizes(random_split(5, {0.7, 0.15, 0.15}, rng)) == Sizes{3, 1, 1});
    CHECK(sizes(random_split(10, {0.15, 0.15, 0.7}, rng)) == Sizes{2, 1, 7});
    CHECK(sizes(random_split(100, {0.29, 0.71}, rng)) == Sizes{29, 71});
    CHECK(sizes(random_split(8, {1.0 / 3, 1.0 / 3, 1.0 / 3}, rng)) == Sizes{3, 3, 2});
    CHECK(random_split(3, {1}, rng) == std::vector<Rows>{{0, 1, 2}});
}

TEST_CASE("random_split: the parts are disjoint and complete, near their fractions, and repeatable") {
    Rng rng(2);
    for (int trial = 0; trial < 50; ++trial) {
        const std::vector<double> fractions = random_fractions(rng);
        const std::size_t count = 20 + rng.below(100);
        Rng same = rng;
        const auto parts = random_split(count, fractions, rng);
        check_complete(parts, count);
        CHECK(parts == random_split(count, fractions, same));
        CHECK(rng == same);
        for (std::size_t i = 0; i < parts.size(); ++i)
            CHECK(std::abs(static_cast<double>(parts[i].size()) - fractions[i] * static_cast<double>(count)) <
                  1);
    }
    CHECK(random_split(100, {0.5, 0.5}, rng) != random_split(100, {0.5, 0.5}, rng));
}

TEST_CASE("random_split: every row is as likely in a part") {
    Rng rng(3);
    std::vector<int> chosen(10);
    for (int trial = 0; trial < 3000; ++trial) {
        const auto parts = random_split(10, {0.3, 0.7}, rng);
        for (const std::size_t row : parts[0]) ++chosen[row];
    }
    for (const int count : chosen) CHECK(std::abs(count - 900) < 125);  // five deviations
}

TEST_CASE("stratified_split: every class is divided by the fractions") {
    Rng rng(4);
    for (int trial = 0; trial < 50; ++trial) {
        const std::vector<double> fractions = random_fractions(rng);
        const Indices labels = random_labels(20, rng);
        Rng same = rng;
        const auto parts = stratified_split(labels, fractions, rng);
        check_complete(parts, labels.size());
        CHECK(parts == stratified_split(labels, fractions, same));
        Rows all(labels.size());
        for (std::size_t row = 0; row < all.size(); ++row) all[row] = row;
        for (const auto& [label, count] : histogram(labels, all))
            for (std::size_t i = 0; i < parts.size(); ++i)
                CHECK(std::abs(static_cast<double>(histogram(labels, parts[i])[label]) -
                               fractions[i] * static_cast<double>(count)) < 1);
    }
}

TEST_CASE("k_folds: each row is in the validation rows of one fold, and in the training rows of the others") {
    Rng rng(5);
    for (int trial = 0; trial < 50; ++trial) {
        const std::size_t k = 2 + rng.below(8), count = k + rng.below(40);
        Rng same = rng;
        const auto folds = k_folds(count, k, rng);
        check_folds(folds, count, k);
        CHECK(folds[1].validation == k_folds(count, k, same)[1].validation);
        CHECK(rng == same);
    }
    CHECK(k_folds(100, 2, rng)[0].train != k_folds(100, 2, rng)[0].train);
}

TEST_CASE("stratified_k_folds: so are the rows of each class, evenly") {
    Rng rng(6);
    for (int trial = 0; trial < 50; ++trial) {
        const std::size_t k = 2 + rng.below(8);
        const Indices labels = random_labels(k, rng);
        const auto folds = stratified_k_folds(labels, k, rng);
        check_folds(folds, labels.size(), k);
        std::map<std::int32_t, std::pair<std::size_t, std::size_t>> range;
        for (const Fold& fold : folds)
            for (const auto& [label, count] : histogram(labels, fold.validation)) {
                auto& [least, most] = range.try_emplace(label, count, count).first->second;
                least = std::min(least, count);
                most = std::max(most, count);
            }
        for (const auto& [label, ends] : range) CHECK(ends.second - ends.first <= 1);
    }
}

TEST_CASE("splits: bytes as labels give the rows that integers give") {
    Rng rng(7);
    std::vector<std::uint8_t> bytes(100);
    for (std::uint8_t& label : bytes) label = static_cast<std::uint8_t>(rng.below(3));
    const Indices labels(std::vector<std::int32_t>(bytes.begin(), bytes.end()));
    Rng a(8), b(8);
    CHECK(stratified_split(bytes, {0.5, 0.5}, a) == stratified_split(labels, {0.5, 0.5}, b));
    CHECK(stratified_k_folds(bytes, 3, a)[0].train == stratified_k_folds(labels, 3, b)[0].train);
}

TEST_CASE("splits: reject fractions that are no fractions of a whole") {
    Rng rng(9);
    const auto check = [&](const std::vector<double>& fractions, const std::string& shown) {
        const std::string message = ": expected positive fractions that sum to 1, got " + shown;
        CHECK_THROWS_WITH_AS(random_split(100, fractions, rng), ("random_split" + message).c_str(),
                             ValueError);
        CHECK_THROWS_WITH_AS(stratified_split(Indices{1, 1, 1, 1}, fractions, rng),
                             ("stratified_split" + message).c_str(), ValueError);
    };
    check({}, "");
    check({0.7, 0.2}, "0.7, 0.2");
    check({0.7, 0.4}, "0.7, 0.4");
    check({1.0, 0.0}, "1, 0");
    check({1.5, -0.5}, "1.5, -0.5");
    check({0.5, std::nan("")}, "0.5, nan");
    check({HUGE_VAL, 0.5}, "inf, 0.5");
}

TEST_CASE("splits: reject too few rows") {
    Rng rng(10);
    CHECK_THROWS_WITH_AS(
        random_split(4, {0.7, 0.15, 0.15}, rng),
        "random_split: 4 rows are too few for the fractions 0.7, 0.15, 0.15: part 2 would have none",
        ValueError);
    CHECK_THROWS_WITH_AS(random_split(0, {1}, rng),
                         "random_split: 0 rows are too few for the fractions 1: part 0 would have none",
                         ValueError);
    CHECK_THROWS_WITH_AS(
        stratified_split(Indices{5, 8, 5}, {0.5, 0.5}, rng),
        "stratified_split: the 1 rows of class 8 are too few for the fractions 0.5, 0.5: part 1 would have none",
        ValueError);
    CHECK_THROWS_WITH_AS(stratified_split(Indices{}, {1}, rng),
                         "stratified_split: 0 rows are too few for the fractions 1: part 0 would have none",
                         ValueError);
    CHECK_THROWS_WITH_AS(k_folds(10, 1, rng), "k_folds: expected at least 2 folds, got 1", ValueError);
    CHECK_THROWS_WITH_AS(k_folds(3, 4, rng), "k_folds: 3 rows are too few for 4 folds", ValueError);
    CHECK_THROWS_WITH_AS(stratified_k_folds(Indices{1}, 0, rng),
                         "stratified_k_folds: expected at least 2 folds, got 0", ValueError);
    CHECK_THROWS_WITH_AS(stratified_k_folds(Indices{1, 2, 1, 1, 2}, 3, rng),
                         "stratified_k_folds: the 2 rows of class 2 are too few for 3 folds", ValueError);
    CHECK_THROWS_WITH_AS(stratified_k_folds(Indices{}, 3, rng),
                         "stratified_k_folds: 0 rows are too few for 3 folds", ValueError);
}

TEST_CASE("select_rows: gathers along the first axis") {
    const Array<float> x{{1, 2}, {3, 4}, {5, 6}};
    CHECK(select_rows(x, Rows{2, 0, 2}) == Array<float>{{5, 6}, {1, 2}, {5, 6}});
    CHECK(select_rows(x, {}).shape() == Shape{0, 2});
    CHECK(select_rows(Array<double>{7, 8}, Rows{1}) == Array<double>{8});
    CHECK(select_rows(Array<float>(Shape{2, 0}), Rows{1, 1, 0}).shape() == Shape{3, 0});
    CHECK(select_rows(Indices{4, 5, 6}, Rows{2, 1}) == Indices{6, 5});
    CHECK_THROWS_WITH_AS(select_rows(x, Rows{0, 3}),
                         "select_rows: rows[1] is 3, outside the 3 rows of (3, 2)", ValueError);
    CHECK_THROWS_WITH_AS(select_rows(Array<float>(Shape{0, 2}), Rows{0}),
                         "select_rows: rows[0] is 0, outside the 0 rows of (0, 2)", ValueError);
    CHECK_THROWS_WITH_AS(select_rows(Indices{1}, Rows{1}),
                         "select_rows: rows[0] is 1, outside the 1 rows of (1)", ValueError);
    CHECK_THROWS_WITH_AS(select_rows(Array<float>(1), {}),
                         "select_rows: expected an array of rows, got a scalar ()", ShapeError);
}
