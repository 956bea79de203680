#include "cifar_bn/experiments/plan.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace cifar_bn;

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

TEST_CASE("AllTrials: found by the experiment") {
    const ReportPlan plan({});
    AllTrials trials;
    for (const Experiment& experiment : plan.all()) trials.all.push_back({experiment, {}});
    CHECK(trials.of(plan.nine_layers_he).experiment.title ==
          "9 layers, without batch norm, He's initialization");
    CHECK(trials.of(plan.sensitivity).size() == 6);
    CHECK(trials.of(plan.sensitivity)[4].experiment.config.init == "0.0001");
}
