#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cifar_bn/jobs/runner.hpp"

namespace cifar_bn {

/// Accuracies in percent, as the report gives them.
struct Published {
    double validation, test;
};

/// A net that is trained with several seeds.
struct Experiment {
    std::string name;     ///< of its jobs' folders, before the seed
    std::string section;  ///< of the published report
    std::string title;
    TrainConfig config;
    std::optional<Published> published{};      ///< not where it is ours alone
    int cost_figure = 0, accuracy_figure = 0;  ///< the published ones; 0: none
};

/// An experiment and its results, the seeds 1, 2, ...
struct Trials {
    Experiment experiment;
    std::vector<JobResult> results;
};

/// A sample's mean and standard deviation (N - 1 in the denominator; 0 for one).
struct Spread {
    double mean, deviation;
};
Spread spread(const std::vector<double>& values);

/// What test or validation accuracies (in percent) the seeds ended with.
std::vector<double> test_accuracies(const Trials& trials);
std::vector<double> validation_accuracies(const Trials& trials);

/// Whether the test accuracy is above `least_learnt` times what guessing gives.
inline constexpr double least_learnt = 1.2;
bool learnt(const JobResult& result);

/// How many seeds did not learn.
std::size_t unlearnt(const Trials& trials);

/// The trials of that experiment (its name decides); there must be some.
const Trials& trials_of(const Experiment& experiment, const std::vector<Trials>& trials);

/// Sections 2 and 3 of the report: 3 and 9 layers, without and with batch norm.
std::vector<Experiment> three_layers(const TrainConfig& base);
std::vector<Experiment> nine_layers(const TrainConfig& base);

/// Section 5: for each sigma, all weights from N(0, sigma^2), without and with batch norm; `base` says all
/// else. The report's figures are beside its three sigmas.
std::vector<Experiment> sensitivity_experiments(const TrainConfig& base, const std::vector<double>& sigmas);

/// The one of them with that sigma; there must be one.
Experiment& with_sigma(std::vector<Experiment>& experiments, double sigma, bool batch_norm);

/// Whether all but init, batch norm, seed, precision and evaluations is as in the report's 3-layer nets.
bool is_published_setting(TrainConfig config);

/// Section 4's last one: 3 cycles with some lambda.
/// @param how  the lambda was found: added to the title.
Experiment long_experiment(const TrainConfig& base, double lambda, const std::string& name,
                           const std::string& how);

/// The job of each seed, in order.
std::vector<Job> jobs_of(const Experiment& experiment, int seeds);
/// Those of each experiment.
std::vector<Job> jobs_of(const std::vector<Experiment>& experiments, int seeds);

/// Runs each experiment with the seeds 1 to `seeds`, all jobs together.
std::vector<Trials> run_trials(JobRunner& runner, const std::vector<Experiment>& experiments, int seeds);

}  // namespace cifar_bn
