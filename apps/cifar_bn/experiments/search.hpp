#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cifar_bn/jobs/runner.hpp"

namespace cifar_bn {

/// The best training of a search, as the report gives it.
struct PublishedSearch {
    double validation;   ///< percent
    const char* lambda;  ///< with the report's digits
};

/// Values of lambda to try.
struct SearchRange {
    static constexpr const char *uniform = "uniform", *log = "log", *random = "random";

    std::string name = "coarse";  ///< of its jobs' folders
    double from = 1e-5, to = 1e-1;
    std::size_t count = 20;
    std::string spacing = uniform;  ///< `uniform` or `log`: a grid that includes both ends; `random`:
                                    ///< uniformly random in log(lambda)
    std::uint64_t seed = 1;  ///< of the random ones
    std::optional<PublishedSearch> published{};
};

/// The report's two searches.
SearchRange coarse_search();
SearchRange fine_search();

/// The values, in ascending order.
/// @throws xgrad::ValueError  no values, ends that are not positive or not ascending, a grid of one, or no
/// such spacing.
std::vector<double> lambdas(const SearchRange& range);

/// One training for each value, evaluated at its end only.
std::vector<Job> search_jobs(const SearchRange& range, TrainConfig config);
/// Those of each range.
std::vector<Job> search_jobs(const std::vector<SearchRange>& ranges, const TrainConfig& config);

struct SearchResult {
    double lambda;
    Snapshot last;
};

/// A search that has been run.
struct Search {
    SearchRange range;
    std::vector<SearchResult> results;  ///< in ascending order of lambda

    /// The one with the highest validation accuracy (the first of equals).
    const SearchResult& best() const;
};

/// The validation accuracy to expect at `lambda`: the mean over all results, weighted by a Gaussian of
/// ln(lambda) with a standard deviation of ln 2. One result alone is a single seed's on few images, and the
/// highest of many such is high by luck for the most part.
double expected_validation(const std::vector<Search>& searches, double lambda);

/// Of all values that were tried and have neighbours (whose weights add up to half its own or more), the one
/// with the highest expected_validation(); where none has, the one with the highest accuracy.
double best_lambda(const std::vector<Search>& searches);

std::vector<Search> run_searches(JobRunner& runner, const std::vector<SearchRange>& ranges,
                                 const TrainConfig& config);

}  // namespace cifar_bn
