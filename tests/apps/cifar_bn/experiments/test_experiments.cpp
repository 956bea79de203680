#include "cifar_bn/experiments/experiments.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include "cifar_bn/report/comparison.hpp"

using namespace cifar_bn;
using doctest::Approx;

namespace {

// An experiment that ended with these test accuracies, in percent.
Trials ended_with(const std::vector<double>& percent,
                  std::optional<Published> published = Published{60, 50}) {
    Trials trials{{"net", "2.1", "a net", {}, published}, {}};
    for (const double value : percent) {
        Snapshot last{};
        last.test.accuracy = value / 100;
        trials.results.push_back({{{last}, xgrad::ConfusionMatrix(10)}, {}});
    }
    return trials;
}

}  // namespace

TEST_CASE("depth_experiments: the report's nets with its figures; everything else is as in `base`") {
    TrainConfig base;
    base.half_cycle = 7;
    const auto experiments = depth_experiments(base);
    REQUIRE(experiments.size() == 4);
    CHECK(experiments[0].name == "3-layers");
    CHECK_FALSE(experiments[0].config.batch_norm);
    CHECK(experiments[1].published->test == 53.95);
    CHECK(experiments[2].config.hidden.size() == 8);
    CHECK(experiments[2].section == "3.1");
    CHECK(experiments[2].cost_figure == 3);
    CHECK(experiments[3].published->validation == 52.3);
    for (const Experiment& experiment : experiments) CHECK(experiment.config.half_cycle == 7);
}

TEST_CASE(
    "sensitivity_experiments: each sigma without and with batch norm; the report's figures beside its own") {
    const auto experiments = sensitivity_experiments({}, {0.001, 1e-4, 0.5});
    REQUIRE(experiments.size() == 6);
    CHECK(experiments[0].section == "5.2");
    CHECK(experiments[0].published->test == 50.29);
    CHECK(experiments[0].config.init == "0.001");
    CHECK(experiments[3].name == "sigma-0.0001-bn");
    CHECK(experiments[3].published->test == 53.44);
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

TEST_CASE("spread: mean and standard deviation of a sample") {
    CHECK(spread({2, 4, 6}).mean == Approx(4));
    CHECK(spread({2, 4, 6}).deviation == Approx(2));
    CHECK(spread({3}).deviation == 0);
}

TEST_CASE("unlearnt: seeds that are no better than guessing") {
    CHECK(unlearnt(ended_with({10, 11.9, 12.1, 50})) == 2);
}

TEST_CASE("comparison: within the spread, beyond it, one seed, not learnt, nothing published") {
    CHECK(
        comparison(ended_with({49, 51, 52})) ==
        "a net: 50.67 ± 1.53 % of the test images, mean and standard deviation of 3 seeds. Published: 50.00 %; ours is 0.67 points higher, within the spread of our seeds (1.53).");
    CHECK(
        comparison(ended_with({48, 49})) ==
        "a net: 48.50 ± 0.71 % of the test images, mean and standard deviation of 2 seeds. Published: 50.00 %; ours is 1.50 points lower, which is more than the spread of our seeds (0.71). Seed by seed: 48.00, 49.00.");
    CHECK(
        comparison(ended_with({48})) ==
        "a net: 48.00 % of the test images, one seed. Published: 50.00 %; ours is 2.00 points lower, and one seed does not tell how much is chance.");
    CHECK(
        comparison(ended_with({10, 50}, std::nullopt)) ==
        "a net: 30.00 ± 28.28 % of the test images, mean and standard deviation of 2 seeds. Seed by seed: 10.00, 50.00. 1 of 2 did not learn at all; the others have 50.00 %.");
    CHECK(
        comparison(ended_with({10, 40, 42})) ==
        "a net: 30.67 ± 17.93 % of the test images, mean and standard deviation of 3 seeds. Published: 50.00 %; ours is 19.33 points lower, as not all seeds learn. Seed by seed: 10.00, 40.00, 42.00. 1 of 3 did not learn at all; the others have 41.00 ± 1.41 %.");
    CHECK(comparison(ended_with({49, 51})).find("ours is the same, within the spread of our seeds (1.41).") !=
          std::string::npos);
    Trials diverged = ended_with({10, 10});
    diverged.results[1].diverged_at = 7;
    CHECK(
        comparison(diverged) ==
        "a net: 10.00 ± 0.00 % of the test images, mean and standard deviation of 2 seeds. Published: 50.00 %; ours is 40.00 points lower, which is more than the spread of our seeds (0.00). Seed by seed: 10.00, 10.00. None of them learnt at all. Seed 2 diverged: the loss of step 7 was not finite.");
}

TEST_CASE("test_table: published, ours, difference, spread, and who did not learn") {
    const Table table = test_table("id", "caption", {ended_with({49, 51}), ended_with({10}, std::nullopt)});
    CHECK(table.rows[0] ==
          std::vector<std::string>{"2.1", "a net", "50.00", "50.00", "+0.00", "± 1.41", "0 of 2"});
    CHECK(table.rows[1] == std::vector<std::string>{"2.1", "a net", "–", "10.00", "–", "–", "1 of 1"});
}
