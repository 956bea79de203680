#include "cifar_bn/experiments/experiments.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cifar_bn {
namespace {

const char* without_or_with(bool batch_norm) { return batch_norm ? "with batch norm" : "without batch norm"; }

std::vector<double> percentages(const Trials& trials, Score Snapshot::* part) {
    std::vector<double> values;
    for (const JobResult& result : trials.results) values.push_back(100 * (result.last().*part).accuracy);
    return values;
}

// A net of the published report, and its published accuracies without and with batch norm.
struct Net {
    const char *name, *section, *title;
    std::vector<std::size_t> hidden;
    Published without, with;
    int figure;
};

std::string job_name(const std::string& net, bool batch_norm) {
    return fmt::format("{}{}", net, batch_norm ? "-bn" : "");
}

std::vector<Experiment> without_and_with(const Net& net, const TrainConfig& base) {
    std::vector<Experiment> experiments;
    for (const bool batch_norm : {false, true}) {
        TrainConfig config = base;
        config.hidden = net.hidden;
        config.batch_norm = batch_norm;
        experiments.push_back({job_name(net.name, batch_norm),
                               fmt::format("{}.{}", net.section, batch_norm ? 2 : 1),
                               fmt::format("{}, {}", net.title, without_or_with(batch_norm)), config,
                               batch_norm ? net.with : net.without, net.figure + batch_norm});
    }
    return experiments;
}

std::string init_of(double sigma) { return fmt::format("{}", sigma); }

}  // namespace

Spread spread(const std::vector<double>& values) {
    const auto count = static_cast<double>(values.size());
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    return {mean, values.size() < 2 ? 0 : std::sqrt(squares / (count - 1))};
}

std::vector<double> test_accuracies(const Trials& trials) { return percentages(trials, &Snapshot::test); }
std::vector<double> validation_accuracies(const Trials& trials) {
    return percentages(trials, &Snapshot::validation);
}

bool learnt(const JobResult& result) {
    return result.last().test.accuracy > least_learnt / static_cast<double>(result.test_confusion.classes());
}

std::size_t unlearnt(const Trials& trials) {
    return static_cast<std::size_t>(
        std::count_if(trials.results.begin(), trials.results.end(), std::not_fn(learnt)));
}

const Trials& trials_of(const Experiment& experiment, const std::vector<Trials>& trials) {
    return *std::find_if(trials.begin(), trials.end(),
                         [&](const Trials& t) { return t.experiment.name == experiment.name; });
}

std::vector<Experiment> three_layers(const TrainConfig& base) {
    return without_and_with({"3-layers", "2", "3 layers", {50, 50}, {54.1, 53.05}, {55.1, 53.95}, 1}, base);
}

std::vector<Experiment> nine_layers(const TrainConfig& base) {
    const std::vector<std::size_t> hidden{50, 30, 20, 20, 10, 10, 10, 10};
    return without_and_with({"9-layers", "3", "9 layers", hidden, {47.1, 45.18}, {52.3, 51.6}, 3}, base);
}

std::vector<Experiment> sensitivity_experiments(const TrainConfig& base, const std::vector<double>& sigmas) {
    struct Pair {
        const char* section;
        Published without, with;
        int figure;
    };
    const std::map<double, Pair> published{{1e-1, {"5.1", {53.2, 53.24}, {53.7, 53.49}, 7}},
                                           {1e-3, {"5.2", {50.6, 50.29}, {54.9, 53.88}, 9}},
                                           {1e-4, {"5.3", {7.8, 10.0}, {55.2, 53.44}, 11}}};
    std::vector<Experiment> experiments;
    for (const double sigma : sigmas)
        for (const bool batch_norm : {false, true}) {
            Experiment experiment{job_name("sigma-" + init_of(sigma), batch_norm), "5",
                                  fmt::format("σ = {}, {}", sigma, without_or_with(batch_norm)), base};
            experiment.config.init = init_of(sigma);
            experiment.config.batch_norm = batch_norm;
            experiment.config.initializer();  // throws if sigma is negative
            const auto pair = published.find(sigma);
            if (pair != published.end()) {
                experiment.section = pair->second.section;
                experiment.published = batch_norm ? pair->second.with : pair->second.without;
                experiment.cost_figure = pair->second.figure + batch_norm;
            }
            experiments.push_back(std::move(experiment));
        }
    return experiments;
}

Experiment& with_sigma(std::vector<Experiment>& experiments, double sigma, bool batch_norm) {
    return *std::find_if(experiments.begin(), experiments.end(), [&](const Experiment& experiment) {
        return experiment.config.init == init_of(sigma) && experiment.config.batch_norm == batch_norm;
    });
}

bool is_published_setting(TrainConfig config) {
    const TrainConfig published;
    config.init = published.init;
    config.batch_norm = published.batch_norm;
    config.seed = published.seed;
    config.scalar = published.scalar;
    config.snapshots = published.snapshots;
    config.layer_images = published.layer_images;
    config.threads = published.threads;
    return to_json(config) == to_json(published);
}

Experiment long_experiment(const TrainConfig& base, double lambda, const std::string& name,
                           const std::string& how) {
    TrainConfig config = base;
    config.lambda = lambda;
    config.cycles = 3;
    return {name, "4", fmt::format("3 cycles, λ = {:.3g} ({})", lambda, how), config, Published{56.1, 54.27},
            5,    6};
}

std::vector<Job> jobs_of(const Experiment& experiment, int seeds) {
    std::vector<Job> jobs;
    for (int seed = 1; seed <= seeds; ++seed) {
        TrainConfig config = experiment.config;
        config.seed = static_cast<std::uint64_t>(seed);
        jobs.push_back({fmt::format("{}-seed{}", experiment.name, seed), config});
    }
    return jobs;
}

std::vector<Job> jobs_of(const std::vector<Experiment>& experiments, int seeds) {
    std::vector<Job> jobs;
    for (const Experiment& experiment : experiments)
        for (Job& job : jobs_of(experiment, seeds)) jobs.push_back(std::move(job));
    return jobs;
}

std::vector<Trials> run_trials(JobRunner& runner, const std::vector<Experiment>& experiments, int seeds) {
    std::vector<JobResult> results = runner.run(jobs_of(experiments, seeds));
    std::vector<Trials> trials;
    auto result = std::make_move_iterator(results.begin());
    for (const Experiment& experiment : experiments) {
        trials.push_back({experiment, {result, result + seeds}});
        result += seeds;
    }
    return trials;
}

}  // namespace cifar_bn
