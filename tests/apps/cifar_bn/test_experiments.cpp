#include "cifar_bn/experiments/plan.hpp"

#include <set>

#include <doctest/doctest.h>

#include "apps/cifar_bn/trials.hpp"
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/report/results.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using doctest::Approx;
using xgrad::test::ended_with;

TEST_CASE(
    "ReportPlan: every net of the report, each under a name of its own, and the edge in both precisions") {
    ReportPlan plan({});
    plan.set_lambdas({}, 0.002, 0.003);
    std::set<std::string> names;
    for (const Experiment& experiment : plan.all()) names.insert(experiment.name);
    CHECK(names == std::set<std::string>{"3-layers", "3-layers-bn", "9-layers", "9-layers-bn", "9-layers-he",
                                         "best-lambda", "highest-lambda", "sigma-0.1", "sigma-0.1-bn",
                                         "sigma-0.001", "sigma-0.001-bn", "sigma-0.001-float", "sigma-0.0001",
                                         "sigma-0.0001-bn"});
    CHECK(plan.all().size() == names.size());
    CHECK(plan.all().front().config.lambda == 0.002);
    CHECK(plan.highest_lambda.config.lambda == 0.003);
    CHECK(plan.published().size() == 12);
    CHECK(plan.nine_layers_he.config.init == "he");
    CHECK_FALSE(plan.nine_layers_he.published);
    CHECK(with_sigma(plan.sensitivity, ReportPlan::edge_sigma, false).config.is_double());
    CHECK_FALSE(with_sigma(plan.sensitivity, ReportPlan::edge_sigma, true).config.is_double());
    CHECK_FALSE(plan.edge_in_float.config.is_double());
}

TEST_CASE("Results: found by the experiment, as far as there are any") {
    ReportPlan plan({});
    Results results{.plan = plan};
    CHECK_FALSE(results.has({plan.nine_layers_he}));
    for (const Experiment& experiment : plan.all()) results.trials.push_back({experiment, {}});
    CHECK(results.has(plan.all()));
    CHECK(results.of(plan.nine_layers_he).experiment.title ==
          "9 layers, without batch norm, He's initialization");
    CHECK(results.of(plan.sensitivity).size() == 6);
    CHECK(results.of(plan.sensitivity)[4].experiment.config.init == "0.0001");
    plan.forget_published();
    for (const Experiment& experiment : plan.all()) CHECK_FALSE(experiment.published);
}

TEST_CASE("three_layers, nine_layers: the report's nets with its figures; everything else is as in `base`") {
    TrainConfig base;
    base.half_cycle = 7;
    const auto three = three_layers(base), nine = nine_layers(base);
    for (const auto* pair : {&three, &nine}) {
        REQUIRE(pair->size() == 2);
        CHECK_FALSE(pair->front().config.batch_norm);
        CHECK(pair->back().config.batch_norm);
        for (const Experiment& experiment : *pair) CHECK(experiment.config.half_cycle == 7);
    }
    CHECK(three[0].name == "3-layers");
    CHECK(three[1].published->test == Approx(53.95));
    CHECK(nine[0].config.hidden.size() == 8);
    CHECK(nine[0].section == "3.1");
    CHECK(nine[0].cost_figure == 3);
    CHECK(nine[1].name == "9-layers-bn");
    CHECK(nine[1].published->validation == Approx(52.3));
}

TEST_CASE(
    "sensitivity_experiments: each sigma without and with batch norm; the report's figures beside its own") {
    const auto experiments = sensitivity_experiments({}, {0.001, 1e-4, 0.5});
    REQUIRE(experiments.size() == 6);
    CHECK(experiments[0].section == "5.2");
    CHECK(experiments[0].published->test == Approx(50.29));
    CHECK(experiments[0].config.init == "0.001");
    CHECK(experiments[3].name == "sigma-0.0001-bn");
    CHECK(experiments[3].published->test == Approx(53.44));
    CHECK_FALSE(experiments[4].published);
    CHECK_THROWS_WITH_AS(sensitivity_experiments({}, {-1}),
                         "--init: expected xavier, he, or a standard deviation such as 0.001, got '-1'",
                         xgrad::ValueError);
}

TEST_CASE("is_published_setting: initialization, batch norm, seed, precision and evaluations may differ") {
    TrainConfig config;
    config.init = "1e-3";
    config.seed = 5;
    config.scalar = "double";
    config.batch_norm = false;
    CHECK(is_published_setting(config));
    config.images = 100;
    CHECK_FALSE(is_published_setting(config));
}

TEST_CASE("jobs_of: a job for each seed, from 1") {
    const auto jobs = jobs_of(long_experiment({}, 0.002, "best-lambda", "found so"), 3);
    REQUIRE(jobs.size() == 3);
    CHECK(jobs[2].name == "best-lambda-seed3");
    CHECK(jobs[2].config.seed == 3);
    CHECK(jobs[2].config.lambda == 0.002);
    CHECK(jobs[2].config.steps() == 13500);
    CHECK(long_experiment({}, 0.002, "", "found so").title == "3 cycles, λ = 0.002 (found so)");
}

TEST_CASE("unlearnt: seeds that are no better than guessing") {
    CHECK(unlearnt(ended_with({10, 11.9, 12.1, 50})) == 2);
}

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

TEST_CASE("Seeds: automatic ones are as many as the interval of the mean needs, within limits") {
    const Seeds fixed{.count = 7}, automatic{.automatic = true};
    CHECK(fixed.first() == 7);
    CHECK(fixed.wanted({1, 99, 1, 99, 1, 99, 1}) == 7);
    CHECK(fixed.text() == "7");
    CHECK(automatic.first() == Seeds::least);
    CHECK(automatic.text() == "auto");
    CHECK(automatic.wanted({50, 50.1, 49.9, 50, 50}) == 5);  // +-0.09
    CHECK(automatic.wanted({50, 50.5, 49.5, 50, 50.3}) == 18);  // +-0.47: 5 (0.47 / 0.25)^2
    CHECK(automatic.wanted({50, 60, 40, 50, 10}) == Seeds::most);
    CHECK(automatic.wanted(std::vector<double>(30, 1)) == 30);
    std::vector<double> uneven;
    for (int i = 0; i < Seeds::most; ++i) uneven.push_back(i);
    CHECK(automatic.wanted(uneven) == Seeds::most);
}

TEST_CASE("trials_so_far: the seeds up to the first that is missing; nets without any are left out") {
    const std::vector<Experiment> experiments{{"a", "", "", {}}, {"b", "", "", {}}, {"c", "", "", {}}};
    std::map<std::string, JobResult> finished;
    const JobResult result = ended_with({50}).results.front();
    for (const char* name : {"a-seed1", "a-seed2", "a-seed4", "c-seed2"}) finished.emplace(name, result);
    const std::vector<Trials> trials = trials_so_far(experiments, finished);
    REQUIRE(trials.size() == 1);
    CHECK(trials[0].experiment.name == "a");
    CHECK(trials[0].results.size() == 2);
}
