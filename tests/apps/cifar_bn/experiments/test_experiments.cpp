#include "cifar_bn/experiments/experiments.hpp"

#include <doctest/doctest.h>

#include "apps/cifar_bn/trials.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using doctest::Approx;
using xgrad::test::ended_with;

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
    CHECK(three[1].published->test == 53.95);
    CHECK(nine[0].config.hidden.size() == 8);
    CHECK(nine[0].section == "3.1");
    CHECK(nine[0].cost_figure == 3);
    CHECK(nine[1].name == "9-layers-bn");
    CHECK(nine[1].published->validation == 52.3);
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
