#include "cifar_bn/experiments/experiments.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

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

// A net of the published report, and the number of its first figure.
struct Net {
    const char *name, *section, *title;
    std::vector<std::size_t> hidden;
    int figure;
};

std::string net_name(const std::string& net, bool batch_norm) {
    return fmt::format("{}{}", net, batch_norm ? "-bn" : "");
}

std::string job_name(const Experiment& experiment, int seed) {
    return fmt::format("{}-seed{}", experiment.name, seed);
}

std::vector<Experiment> without_and_with(const Net& net, const TrainConfig& base) {
    std::vector<Experiment> experiments;
    for (const bool batch_norm : {false, true}) {
        TrainConfig config = base;
        config.hidden = net.hidden;
        config.batch_norm = batch_norm;
        const std::string name = net_name(net.name, batch_norm);
        experiments.push_back({name, fmt::format("{}.{}", net.section, batch_norm ? 2 : 1),
                               fmt::format("{}, {}", net.title, without_or_with(batch_norm)), config,
                               published_training(name), net.figure + batch_norm});
    }
    return experiments;
}

std::string init_of(double sigma) { return fmt::format("{}", sigma); }

}  // namespace

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

std::vector<Trials> trials_so_far(const std::vector<Experiment>& experiments,
                                  const std::map<std::string, JobResult>& finished) {
    std::vector<Trials> trials;
    for (const Experiment& experiment : experiments) {
        Trials found{experiment, {}};
        for (int seed = 1;; ++seed) {
            const auto result = finished.find(job_name(experiment, seed));
            if (result == finished.end()) break;
            found.results.push_back(result->second);
        }
        if (!found.results.empty()) trials.push_back(std::move(found));
    }
    return trials;
}

const Trials& trials_of(const Experiment& experiment, const std::vector<Trials>& trials) {
    return *std::find_if(trials.begin(), trials.end(),
                         [&](const Trials& t) { return t.experiment.name == experiment.name; });
}

std::vector<Experiment> three_layers(const TrainConfig& base) {
    return without_and_with({"3-layers", "2", "3 layers", {50, 50}, 1}, base);
}

std::vector<Experiment> nine_layers(const TrainConfig& base) {
    const std::vector<std::size_t> hidden{50, 30, 20, 20, 10, 10, 10, 10};
    return without_and_with({"9-layers", "3", "9 layers", hidden, 3}, base);
}

std::vector<Experiment> sensitivity_experiments(const TrainConfig& base, const std::vector<double>& sigmas) {
    // The section of the published report, and the number of the first figure.
    const std::map<double, std::pair<const char*, int>> published{
        {1e-1, {"5.1", 7}}, {1e-3, {"5.2", 9}}, {1e-4, {"5.3", 11}}};
    std::vector<Experiment> experiments;
    for (const double sigma : sigmas)
        for (const bool batch_norm : {false, true}) {
            Experiment experiment{net_name("sigma-" + init_of(sigma), batch_norm), "5",
                                  fmt::format("σ = {}, {}", sigma, without_or_with(batch_norm)), base};
            experiment.config.init = init_of(sigma);
            experiment.config.batch_norm = batch_norm;
            experiment.config.initializer();  // throws if sigma is negative
            if (const auto found = published.find(sigma); found != published.end()) {
                experiment.section = found->second.first;
                experiment.published = published_training(experiment.name);
                experiment.cost_figure = found->second.second + batch_norm;
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
    return {name,
            "4",
            fmt::format("3 cycles, λ = {:.3g} ({})", lambda, how),
            config,
            published_training("best-lambda"),
            5,
            6};
}

std::vector<Job> jobs_of(const Experiment& experiment, int last, int first) {
    std::vector<Job> jobs;
    for (int seed = first; seed <= last; ++seed) {
        TrainConfig config = experiment.config;
        config.seed = static_cast<std::uint64_t>(seed);
        jobs.push_back({job_name(experiment, seed), config});
    }
    return jobs;
}

std::vector<Job> jobs_of(const std::vector<Experiment>& experiments, int seeds) {
    std::vector<Job> jobs;
    for (const Experiment& experiment : experiments)
        for (Job& job : jobs_of(experiment, seeds)) jobs.push_back(std::move(job));
    return jobs;
}

std::vector<Trials> run_trials(JobRunner& runner, const std::vector<Experiment>& experiments,
                               const Seeds& seeds) {
    std::vector<Trials> trials;
    trials.reserve(experiments.size());
    for (const Experiment& experiment : experiments) trials.push_back({experiment, {}});
    for (;;) {
        std::vector<Job> jobs;
        std::vector<Trials*> owners;
        for (Trials& t : trials) {
            const int now = static_cast<int>(t.results.size());
            const int wanted = now == 0 ? seeds.first() : seeds.wanted(test_accuracies(t));
            for (Job& job : jobs_of(t.experiment, wanted, now + 1)) {
                jobs.push_back(std::move(job));
                owners.push_back(&t);
            }
        }
        if (jobs.empty()) return trials;
        std::vector<JobResult> results = runner.run(jobs);
        for (std::size_t i = 0; i < results.size(); ++i) owners[i]->results.push_back(std::move(results[i]));
    }
}

}  // namespace cifar_bn
