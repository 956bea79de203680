#pragma once

#include <nlohmann/json.hpp>

#include "document.hpp"
#include "experiments.hpp"
#include "gradcheck.hpp"
#include "search.hpp"

namespace cifar_bn {

/// Section 1: each check as a table, beside the published one where there is one.
Section gradient_section(const std::vector<GradientCheck>& checks, const GradcheckOptions& options);

/// Sections 2 and 3. @param trials  of depth_experiments(): 3 layers without and with, 9 layers without and with; then 9 layers with He's
/// initialization without batch norm.
Section three_layers_section(const std::vector<Trials>& trials);
Section nine_layers_section(const std::vector<Trials>& trials, const Trials& he);

/// Section 4: tables, plot, and (if it was run) the training with the best lambda.
Section search_section(const std::vector<Search>& searches, const Trials* best_lambda = nullptr);

/// Section 5: the matrix of sigma against batch norm, and every pair's curves.
/// @param trials  of sensitivity_experiments().
/// @param other_precision  the same experiments as some of `trials`, in the other precision.
Section sensitivity_section(const std::vector<Trials>& trials, const std::vector<Trials>& other_precision = {});

/// What the layers do in training without and with batch norm.
Section layers_section(const Trials& without, const Trials& with);

/// Per-class accuracy, confusion matrix and first layer of a net. @param first_layer  (units, features)
Section best_net_section(const std::string& name, const JobResult& result, const xgrad::Array<float>& first_layer,
                         const std::vector<std::string>& classes, const xgrad::ImageShape& shape);

/// The summary up front.
Section summary_section(const std::vector<Trials>& trials, const std::vector<Search>& searches, bool comparable, bool quick);

struct Receipt {
    nlohmann::json job;   ///< of any job: its options are not shown
    int seeds, jobs;
    double training_seconds;  ///< all jobs together
    double wall_seconds;      ///< of this call
    std::string command;
};
Section receipt_section(const Receipt& receipt);

}  // namespace cifar_bn
