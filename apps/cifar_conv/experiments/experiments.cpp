#include "cifar_conv/experiments/experiments.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "shared/statistics/statistics.hpp"

#include <xgrad/core/error.hpp>

namespace cifar_conv {
namespace {

std::string search_name(const Trials& trials, double rate) {
    return fmt::format("search-{}-{}", trials.name, rate);
}

Job seed_job(const Trials& trials, std::size_t seed) {
    Job job{fmt::format("{}-seed{}", trials.name, seed), trials.config};
    job.config.seed = seed;
    return job;
}

}  // namespace

double Trials::best_rate() const {
    return std::ranges::max_element(search, {}, [](const auto& point) { return point.second; })->first;
}

std::vector<double> Trials::test() const {
    std::vector<double> values;
    for (const JobResult& result : results) values.push_back(100 * result.test.accuracy);
    return values;
}

std::vector<double> Trials::validation() const {
    std::vector<double> values;
    for (const JobResult& result : results) values.push_back(100 * result.epochs.back().validation.accuracy);
    return values;
}

std::vector<double> Comparison::effect() const { return apps::differences(without.test(), with.test()); }

std::vector<Comparison> make_comparisons(const Config& base) {
    const auto trials = [&](const char* net, const std::string& title, bool batch_norm) {
        Trials made{fmt::format("{}{}", net, batch_norm ? "-bn" : ""),
                    fmt::format("{}, {} batch norm", title, batch_norm ? "with" : "without"),
                    base,
                    {},
                    {}};
        made.config.net = net;
        made.config.batch_norm = batch_norm;
        return made;
    };
    std::vector<Comparison> comparisons;
    for (const auto& [net, title] : {std::pair{Config::vgg, "VGG-like"}, {Config::resnet, "residual"}})
        comparisons.push_back({title, trials(net, title, false), trials(net, title, true)});
    return comparisons;
}

std::vector<Job> search_jobs(const std::vector<Comparison>& comparisons, const Search& search) {
    std::vector<Job> jobs;
    for (const Trials* trials : all_of(comparisons))
        for (const double rate : search.rates) {
            jobs.push_back({search_name(*trials, rate), trials->config});
            jobs.back().config.learning_rate = rate;
            jobs.back().config.epochs = search.epochs;
        }
    return jobs;
}

std::vector<Job> seed_jobs(const std::vector<Comparison>& comparisons, int seeds) {
    std::vector<Job> jobs;
    for (int seed = 1; seed <= seeds; ++seed)
        for (const Trials* trials : all_of(comparisons))
            jobs.push_back(seed_job(*trials, static_cast<std::size_t>(seed)));
    return jobs;
}

void take_results(std::vector<Comparison>& comparisons, const Search& search,
                  const std::map<std::string, JobResult>& finished) {
    for (Trials* trials : all_of(comparisons)) {
        trials->search.clear();
        for (const double rate : search.rates)
            if (const auto found = finished.find(search_name(*trials, rate)); found != finished.end())
                trials->search[rate] = 100 * found->second.epochs.back().validation.accuracy;
        trials->results.clear();
        for (std::size_t seed = 1;; ++seed) {
            const auto found = finished.find(seed_job(*trials, seed).name);
            if (found == finished.end()) break;
            trials->results.push_back(found->second);
        }
    }
}

void choose_rates(std::vector<Comparison>& comparisons) {
    for (Trials* trials : all_of(comparisons)) trials->config.learning_rate = trials->best_rate();
}

Best best_of(const std::vector<Comparison>& comparisons) {
    std::optional<Best> best;
    double highest = 0;
    for (const Trials* trials : all_of(comparisons)) {
        const std::vector<double> accuracies = trials->validation();
        for (std::size_t i = 0; i < accuracies.size(); ++i)
            if (!best || accuracies[i] > highest) {
                highest = accuracies[i];
                best = Best{seed_job(*trials, i + 1), trials->results[i]};
            }
    }
    if (!best) xgrad::fail<xgrad::ValueError>("report", "no training has finished");
    return *best;
}

}  // namespace cifar_conv
