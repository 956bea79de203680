#include "cifar_bn/experiments/search.hpp"

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using doctest::Approx;

TEST_CASE(
    "lambdas: the report's coarse search is a uniform grid, its second value the one that was found best") {
    const auto values = lambdas(coarse_search());
    CHECK(values.size() == 20);
    CHECK(values.front() == 1e-5);
    CHECK(values[1] == Approx(0.00527).epsilon(0.001));
    CHECK(values.back() == 1e-1);
}

TEST_CASE("lambdas: the fine search is random in log(lambda), the same every time, in ascending order") {
    const auto values = lambdas(fine_search());
    CHECK(values.size() == 20);
    CHECK(values == lambdas(fine_search()));
    CHECK(std::is_sorted(values.begin(), values.end()));
    CHECK(values.front() >= 1e-5);
    CHECK(values.back() <= 1e-2);
    const auto below_1e_3 = std::count_if(values.begin(), values.end(), [](double x) { return x < 1e-3; });
    CHECK(below_1e_3 >= 8);  // two thirds of log-uniform values; of uniform ones a tenth
    SearchRange other = fine_search();
    other.seed = 2;
    CHECK(lambdas(other) != values);
}

TEST_CASE("lambdas: a log grid has equal ratios") {
    const auto values = lambdas({.from = 1e-4, .to = 1e-1, .count = 4, .spacing = "log"});
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(values[i] == Approx(std::pow(10.0, static_cast<double>(i) - 4)));
}

TEST_CASE("lambdas: a range that makes no sense is refused by option") {
    const auto check_message = [](const SearchRange& range, const char* message) {
        CHECK_THROWS_WITH_AS(lambdas(range), message, xgrad::ValueError);
    };
    check_message({.from = 0}, "--from: expected a positive number, got 0");
    check_message({.from = 1e-2, .to = 1e-3}, "--to: expected a number above --from (0.01), got 0.001");
    check_message({.count = 1}, "--count: expected 2 to 10000, got 1");
    check_message({.count = 0, .spacing = "random"}, "--count: expected 1 to 10000, got 0");
    check_message({.spacing = "linear"}, "--spacing: expected uniform, log or random, got 'linear'");
}

TEST_CASE("search_jobs: one for each lambda, evaluated at its end") {
    const auto jobs = search_jobs(SearchRange{.count = 3}, {});
    CHECK(jobs.size() == 3);
    CHECK(jobs[1].name == "search-coarse-02");
    CHECK(jobs[1].config.lambda == lambdas({.count = 3})[1]);
    CHECK(jobs[1].config.snapshot_steps() == std::vector<std::uint64_t>{9000});
}

TEST_CASE("best_lambda: the best neighbourhood, not the highest single accuracy") {
    const auto search = [](const std::vector<std::pair<double, double>>& results) {
        Search found;
        for (const auto& [lambda, accuracy] : results) {
            Snapshot last{};
            last.validation.accuracy = accuracy;
            found.results.push_back({lambda, last});
        }
        return found;
    };
    const std::vector<Search> searches{search({{1e-5, 0.50}, {1.1e-5, 0.58}, {1.2e-5, 0.50}}),
                                       search({{1e-2, 0.55}, {1.1e-2, 0.54}})};
    CHECK(best_lambda(searches) == 1e-2);
    CHECK(searches.front().best().lambda == 1.1e-5);
    // A value without neighbours cannot win, but where no value has any.
    CHECK(best_lambda({search({{1e-5, 0.9}}), search({{1e-2, 0.55}, {1.1e-2, 0.54}})}) == 1e-2);
    CHECK(best_lambda({search({{1e-5, 0.5}, {1e-3, 0.6}, {1e-1, 0.4}})}) == 1e-3);
    // Weights exp(-1/2) at twice and half the value.
    const double w = std::exp(-0.5);
    CHECK(expected_validation({search({{1, 0.5}, {2, 0.6}, {4, 0.1}})}, 2) ==
          Approx((0.6 + w * 0.5 + w * 0.1) / (1 + 2 * w)));
}

TEST_CASE("Search::best: the highest validation accuracy, the first of equals") {
    Search search;
    for (const double accuracy : {0.3, 0.5, 0.5, 0.4}) {
        Snapshot last{};
        last.validation.accuracy = accuracy;
        search.results.push_back({0.1 * static_cast<double>(search.results.size()), last});
    }
    CHECK(search.best().lambda == Approx(0.1));
}
