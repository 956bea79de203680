#pragma once

#include <vector>

#include "cifar_bn/experiments/experiments.hpp"

namespace cifar_bn {

/// All experiments that the report trains with several seeds.
struct ReportPlan {
    static constexpr const char* highest_lambda_name = "highest-lambda";
    static constexpr double wide_sigma = 1e-1;
    static constexpr double edge_sigma = 1e-3;   ///< without batch norm only some seeds learn
    static constexpr double least_sigma = 1e-4;  ///< without batch norm no seed learns

    explicit ReportPlan(const TrainConfig& base);

    /// Sets the lambdas of the long trainings, after the searches have found them.
    void set_lambdas(const TrainConfig& base, double best, double highest);

    /// Leaves out what is published: the results are not to be compared with it.
    void forget_published();

    std::vector<Experiment> three_layers, nine_layers;  ///< without and with batch norm
    Experiment nine_layers_he;
    std::vector<Experiment> sensitivity;  ///< each sigma, without and with batch norm; the edge in double
    Experiment edge_in_float, best_lambda, highest_lambda;

    /// The long trainings.
    std::vector<Experiment> lambdas() const { return {best_lambda, highest_lambda}; }
    /// Those that do not depend on the searches.
    std::vector<Experiment> others() const;
    /// The experiments of the published report, in its order.
    std::vector<Experiment> published() const;
    /// All experiments.
    std::vector<Experiment> all() const;
};

}  // namespace cifar_bn
