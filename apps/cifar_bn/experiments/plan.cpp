#include "cifar_bn/experiments/plan.hpp"

namespace cifar_bn {
namespace {

std::vector<Experiment> joined(const std::vector<std::vector<Experiment>>& parts) {
    std::vector<Experiment> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

}  // namespace

ReportPlan::ReportPlan(const TrainConfig& base)
    : three_layers(cifar_bn::three_layers(base)),
      nine_layers(cifar_bn::nine_layers(base)),
      nine_layers_he(nine_layers.front()),
      sensitivity(sensitivity_experiments(base, {wide_sigma, edge_sigma, least_sigma})) {
    set_lambdas(base, base.lambda, base.lambda);
    nine_layers_he.name += "-he";
    nine_layers_he.title += ", He's initialization";
    nine_layers_he.config.init = TrainConfig::he;
    nine_layers_he.published.reset();
    // Some seeds of this net learn and some do not, so the precision may matter. It is trained in double, as
    // published, and also in float.
    Experiment& edge = with_sigma(sensitivity, edge_sigma, false);
    edge_in_float = edge;
    edge.config.scalar = "double";
    edge.title += ", double precision";
    edge_in_float.name += "-float";
    edge_in_float.title += ", single precision";
    // The page describes the layers of 9 layers without batch norm, of the edge, and of the least sigma. Of
    // no other net are they examined.
    for (Experiment* other :
         {&three_layers[0], &three_layers[1], &nine_layers[1], &with_sigma(sensitivity, wide_sigma, false),
          &with_sigma(sensitivity, wide_sigma, true), &with_sigma(sensitivity, edge_sigma, true)})
        other->config.layer_images = 0;
}

void ReportPlan::set_lambdas(const TrainConfig& base, double best, double highest) {
    best_lambda = long_experiment(base, best, "best-lambda", "best neighbours");
    highest_lambda = long_experiment(base, highest, highest_lambda_name, "highest accuracy, as published");
    best_lambda.config.layer_images = highest_lambda.config.layer_images = 0;
}

std::vector<Experiment> ReportPlan::published() const {
    return joined({three_layers, nine_layers, lambdas(), sensitivity});
}

std::vector<Experiment> ReportPlan::others() const {
    return joined({three_layers, nine_layers, {nine_layers_he}, sensitivity, {edge_in_float}});
}

std::vector<Experiment> ReportPlan::all() const { return joined({lambdas(), others()}); }

void ReportPlan::forget_published() {
    for (std::vector<Experiment>* group : {&three_layers, &nine_layers, &sensitivity})
        for (Experiment& experiment : *group) experiment.published.reset();
    for (Experiment* experiment : {&nine_layers_he, &edge_in_float, &best_lambda, &highest_lambda})
        experiment->published.reset();
}

}  // namespace cifar_bn
