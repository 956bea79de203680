#pragma once

#include <string>
#include <vector>

#include "cifar_bn/jobs/runner.hpp"

namespace cifar_bn {

/// A range of lambda values to try.
struct SearchRange {
    static constexpr const char *uniform = "uniform", *log = "log", *random = "random";

    std::string name = "coarse";  ///< name of its jobs' folders
    double from = 1e-5, to = 1e-1;
    std::size_t count = 20;
    /// `uniform` or `log`: a grid that includes both ends; `random`: uniformly random in log(lambda)
    std::string spacing = uniform;
    std::uint64_t seed = 1;  ///< seed of the random values
};

/// The report's two searches.
SearchRange coarse_search();
SearchRange fine_search();

/// The values, in ascending order.
/// @throws xgrad::ValueError  `count` is 0, or 1 for a grid; the ends are not positive or not ascending; or
/// the spacing is unknown.
std::vector<double> lambdas(const SearchRange& range);

/// One training for each value, evaluated only at the end.
std::vector<Job> search_jobs(const SearchRange& range, TrainConfig config);
/// The jobs of each range.
std::vector<Job> search_jobs(const std::vector<SearchRange>& ranges, const TrainConfig& config);

struct SearchResult {
    double lambda;
    Snapshot last;
};

/// A finished search.
struct Search {
    SearchRange range;
    std::vector<SearchResult> results;  ///< in ascending order of lambda

    /// The result with the highest validation accuracy (the first one if several are equal).
    const SearchResult& best() const;
};

/// The expected validation accuracy at `lambda`: the mean over all results, weighted by a Gaussian of
/// ln(lambda) with a standard deviation of ln 2. A single result comes from one seed and few images, so the
/// highest of many results is high mostly by chance.
double expected_validation(const std::vector<Search>& searches, double lambda);

/// The tried value with the highest expected_validation(), among those that have neighbours (their weights
/// add up to at least half the value's own). If none has, the value with the highest accuracy.
double best_lambda(const std::vector<Search>& searches);

/// The searches so far; those without a result are left out.
std::vector<Search> searches_so_far(const std::vector<SearchRange>& ranges, const TrainConfig& config,
                                    const std::map<std::string, JobResult>& finished);

std::vector<Search> run_searches(JobRunner& runner, const std::vector<SearchRange>& ranges,
                                 const TrainConfig& config);

}  // namespace cifar_bn
