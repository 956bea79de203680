#include "cifar_bn/experiments/search.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/rng.hpp>

namespace cifar_bn {

SearchRange coarse_search() { return {}; }
SearchRange fine_search() {
    return {.name = "fine", .from = 1e-5, .to = 1e-2, .spacing = SearchRange::random};
}

std::vector<double> lambdas(const SearchRange& range) {
    const auto expect = [](bool condition, const char* option, const std::string& message) {
        if (!condition) xgrad::fail<xgrad::ValueError>(option, message);
    };
    expect(range.from > 0 && std::isfinite(range.from), "--from",
           fmt::format("expected a positive number, got {}", range.from));
    expect(range.to > range.from && std::isfinite(range.to), "--to",
           fmt::format("expected a number above --from ({}), got {}", range.from, range.to));
    const bool random = range.spacing == SearchRange::random, log = range.spacing == SearchRange::log;
    expect(random || log || range.spacing == SearchRange::uniform, "--spacing",
           fmt::format("expected uniform, log or random, got '{}'", range.spacing));
    const std::size_t least = random ? 1 : 2;
    expect(range.count >= least && range.count <= 10'000, "--count",
           fmt::format("expected {} to 10000, got {}", least, range.count));

    xgrad::Rng rng(range.seed);
    std::vector<double> values;
    for (std::size_t i = 0; i < range.count; ++i) {
        const double t =
            random ? rng.uniform() : static_cast<double>(i) / static_cast<double>(range.count - 1);
        values.push_back(range.spacing == SearchRange::uniform
                             ? std::lerp(range.from, range.to, t)
                             : std::exp(std::lerp(std::log(range.from), std::log(range.to), t)));
    }
    std::sort(values.begin(), values.end());
    return values;
}

std::vector<Job> search_jobs(const SearchRange& range, TrainConfig config) {
    config.snapshots = 0;
    config.layer_images = 0;
    std::vector<Job> jobs;
    for (const double lambda : lambdas(range)) {
        config.lambda = lambda;
        jobs.push_back({fmt::format("search-{}-{:02}", range.name, jobs.size() + 1), config});
    }
    return jobs;
}

std::vector<Job> search_jobs(const std::vector<SearchRange>& ranges, const TrainConfig& config) {
    std::vector<Job> jobs;
    for (const SearchRange& range : ranges)
        for (Job& job : search_jobs(range, config)) jobs.push_back(std::move(job));
    return jobs;
}

const SearchResult& Search::best() const {
    return *std::max_element(results.begin(), results.end(), [](const auto& a, const auto& b) {
        return a.last.validation.accuracy < b.last.validation.accuracy;
    });
}

namespace {

constexpr double least_neighbours = 0.5;

// The weight of a result at `tried` in the estimate for `lambda`.
double weight(double tried, double lambda) {
    const double doublings = std::log2(tried / lambda);
    return std::exp(-0.5 * doublings * doublings);
}

}  // namespace

double expected_validation(const std::vector<Search>& searches, double lambda) {
    double sum = 0, weights = 0;
    for (const Search& search : searches)
        for (const SearchResult& result : search.results) {
            sum += weight(result.lambda, lambda) * result.last.validation.accuracy;
            weights += weight(result.lambda, lambda);
        }
    return sum / weights;
}

double best_lambda(const std::vector<Search>& searches) {
    double best = 0, highest = -1, highest_single = -1;
    bool found = false;
    for (const Search& search : searches)
        for (const SearchResult& candidate : search.results) {
            double weights = 0;
            for (const Search& other : searches)
                for (const SearchResult& result : other.results)
                    weights += weight(result.lambda, candidate.lambda);
            const bool has_neighbours = weights >= 1 + least_neighbours;  // its own weight is 1
            const double expected = expected_validation(searches, candidate.lambda);
            if (has_neighbours && expected > highest) {
                highest = expected;
                best = candidate.lambda;
                found = true;
            }
            if (!found && candidate.last.validation.accuracy > highest_single) {
                highest_single = candidate.last.validation.accuracy;
                best = candidate.lambda;
            }
        }
    return best;
}

std::vector<Search> searches_so_far(const std::vector<SearchRange>& ranges, const TrainConfig& config,
                                    const std::map<std::string, JobResult>& finished) {
    std::vector<Search> searches;
    for (const SearchRange& range : ranges) {
        Search search{range, {}};
        for (const Job& job : search_jobs(range, config))
            if (const auto result = finished.find(job.name); result != finished.end())
                search.results.push_back({job.config.lambda, result->second.last()});
        if (!search.results.empty()) searches.push_back(std::move(search));
    }
    return searches;
}

std::vector<Search> run_searches(JobRunner& runner, const std::vector<SearchRange>& ranges,
                                 const TrainConfig& config) {
    runner.run(search_jobs(ranges, config));
    return searches_so_far(ranges, config, runner.finished());
}

}  // namespace cifar_bn
