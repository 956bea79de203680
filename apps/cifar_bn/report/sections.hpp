#pragma once

#include <nlohmann/json.hpp>

#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "cifar_bn/gradcheck/net_check.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// Section 1: each check as a table, beside the published one where there is one and `comparable` is set.
Section gradient_section(const std::vector<GradientCheck>& checks, const GradcheckOptions& options,
                         bool comparable);

/// Sections 2 and 3. @param trials  of depth_experiments(): 3 layers without and with, 9 layers without and
/// with; then 9 layers with He's initialization without batch norm.
Section three_layers_section(const std::vector<Trials>& trials);
Section nine_layers_section(const std::vector<Trials>& trials, const Trials& he);

/// Section 4: tables, plot, and (if they were run) the trainings with the best lambda and with the one of the
/// highest single accuracy.
Section search_section(const std::vector<Search>& searches, std::size_t validation_images,
                       const std::vector<Trials>& long_trials = {});

/// Section 5: the matrix of sigma against batch norm, and every pair's curves.
/// @param trials  of sensitivity_experiments().
/// @param in_float  the one without batch norm of which not all seeds learn, in the other precision: a part
/// on why is added.
/// @param comparable  CIFAR-10 and the report's options, of which that part explains what happens.
Section sensitivity_section(const std::vector<Trials>& trials, const Trials* in_float = nullptr,
                            bool comparable = false);

/// What the layers do in training without and with batch norm.
Section layers_section(const Trials& without, const Trials& with);

/// Per-class accuracy, confusion matrix and first layer of a net. @param first_layer  (units, features)
Section best_net_section(const std::string& name, const JobResult& result,
                         const xgrad::Array<float>& first_layer, const std::vector<std::string>& classes,
                         const xgrad::ImageShape& shape);

/// The summary up front.
Section summary_section(const std::vector<Trials>& trials, const std::vector<Search>& searches,
                        bool comparable, bool quick);

struct Receipt {
    nlohmann::json job;  ///< of any job: its options are not shown
    int seeds, jobs;
    double training_seconds;  ///< all jobs together
    double wall_seconds;  ///< of this call
    std::string command;
};
Section receipt_section(const Receipt& receipt);

}  // namespace cifar_bn
