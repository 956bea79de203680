#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cifar_bn/experiments/seeds.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "cifar_bn/published/published.hpp"
#include "shared/statistics/statistics.hpp"

namespace cifar_bn {

/// A net to train with several seeds.
struct Experiment {
    std::string name;     ///< name of its jobs' folders, before the seed
    std::string section;  ///< of the published report
    std::string title;
    TrainConfig config;
    std::optional<Published> published{};      ///< absent if the report does not have this experiment
    int cost_figure = 0, accuracy_figure = 0;  ///< numbers of the published figures; 0: none
};

/// An experiment and its results for the seeds 1, 2, ...
struct Trials {
    Experiment experiment;
    std::vector<JobResult> results;
};

/// The final test or validation accuracies, in percent, one per seed.
std::vector<double> test_accuracies(const Trials& trials);
std::vector<double> validation_accuracies(const Trials& trials);

/// Whether the test accuracy is above `least_learnt` times that of guessing.
inline constexpr double least_learnt = 1.2;
bool learnt(const JobResult& result);

/// The number of seeds that did not learn.
std::size_t unlearnt(const Trials& trials);

/// The trials of each experiment so far: those of its seeds 1, 2 ... up to the first one that has no result.
/// Experiments without any are left out.
std::vector<Trials> trials_so_far(const std::vector<Experiment>& experiments,
                                  const std::map<std::string, JobResult>& finished);

/// The trials of an experiment, identified by its name; they must exist.
const Trials& trials_of(const Experiment& experiment, const std::vector<Trials>& trials);

/// Sections 2 and 3 of the report: 3 and 9 layers, without and with batch norm.
std::vector<Experiment> three_layers(const TrainConfig& base);
std::vector<Experiment> nine_layers(const TrainConfig& base);

/// Section 5: for each sigma, all weights drawn from N(0, sigma^2), without and with batch norm; `base` sets
/// everything else. The published trainings are attached to the report's three sigmas.
std::vector<Experiment> sensitivity_experiments(const TrainConfig& base, const std::vector<double>& sigmas);

/// The experiment with this sigma; it must exist.
Experiment& with_sigma(std::vector<Experiment>& experiments, double sigma, bool batch_norm);

/// Whether the configuration is that of the report's 3-layer nets, apart from init, batch norm, seed,
/// precision and evaluations.
bool is_published_setting(TrainConfig config);

/// The last experiment of Section 4: 3 cycles with the given lambda.
/// @param how  how the lambda was found; appended to the title.
Experiment long_experiment(const TrainConfig& base, double lambda, const std::string& name,
                           const std::string& how);

/// The jobs of the seeds `first` to `last`, in order.
std::vector<Job> jobs_of(const Experiment& experiment, int last, int first = 1);
/// The jobs of each experiment.
std::vector<Job> jobs_of(const std::vector<Experiment>& experiments, int seeds);

/// Runs each experiment with the seeds 1, 2 ..., all jobs in one pool. With automatic seeds the pool is
/// filled again until no experiment wants more.
std::vector<Trials> run_trials(JobRunner& runner, const std::vector<Experiment>& experiments,
                               const Seeds& seeds);

}  // namespace cifar_bn
