#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "cifar_conv/jobs/job.hpp"

namespace cifar_conv {

/// A net, without or with batch norm, its results with several learning rates in short trainings, and with
/// several seeds.
struct Trials {
    std::string name;   ///< `vgg-bn`; jobs are named after it.
    std::string title;  ///< `VGG-like, with batch norm`
    Config config;      ///< Of the long trainings, but for the seed.
    std::map<double, double> search;  ///< Validation accuracies in percent by the learning rate; seed 1.
    std::vector<JobResult> results;      ///< Of the seeds 1, 2 ...

    /// The learning rate with the highest validation accuracy in the search, which has begun.
    double best_rate() const;
    /// The final test accuracies in percent, one per seed.
    std::vector<double> test() const;
    /// The final validation accuracies in percent, one per seed.
    std::vector<double> validation() const;
};

/// An architecture without and with batch norm.
struct Comparison {
    std::string title;  ///< `VGG-like`
    Trials without, with;

    std::array<const Trials*, 2> trials() const { return {&without, &with}; }
    /// What batch norm adds to the test accuracy: a difference in percentage points per seed.
    std::vector<double> effect() const;
};

/// How each learning rate is chosen.
struct Search {
    std::vector<double> rates{0.01, 0.03, 0.1, 0.3, 1};
    std::uint64_t epochs = 2;
};

/// The trials of all comparisons, in their order.
template <class Comparisons>
auto all_of(Comparisons& comparisons) {
    std::vector<decltype(&comparisons.front().with)> all;
    for (auto& comparison : comparisons) all.insert(all.end(), {&comparison.without, &comparison.with});
    return all;
}

/// The two architectures, still without results; `base` sets everything but the net.
std::vector<Comparison> make_comparisons(const Config& base);

/// The short trainings of all nets.
std::vector<Job> search_jobs(const std::vector<Comparison>& comparisons, const Search& search);
/// The long trainings of all nets.
std::vector<Job> seed_jobs(const std::vector<Comparison>& comparisons, int seeds);

/// Takes over the results so far, by the jobs' names. A seed counts if all before it are there.
void take_results(std::vector<Comparison>& comparisons, const Search& search,
                  const std::map<std::string, JobResult>& finished);

/// Sets each net's learning rate to its best_rate().
void choose_rates(std::vector<Comparison>& comparisons);

/// The long training with the highest validation accuracy.
struct Best {
    Job job;
    JobResult result;
};
/// @throws xgrad::ValueError  there is no result.
Best best_of(const std::vector<Comparison>& comparisons);

}  // namespace cifar_conv
