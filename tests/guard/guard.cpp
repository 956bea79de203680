// Usage: xgrad_guard DATA REFERENCE SEEDS [ROW...]
// Trains nets of the report (all whose seeds in the reference have 45 % or more, or those named) with SEEDS
// fresh seeds, and tests that their accuracies are equivalent to the reference: results.csv of `cifar_bn
// report --seeds 30`. A change for the better fails, too. The margin of each row is such that a sound program
// fails with a probability of about `false_alarm` in all; what it can miss is printed.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <boost/math/distributions/students_t.hpp>

#include "cifar_bn/experiments/plan.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/statistics/statistics.hpp"
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

using namespace cifar_bn;

namespace {

constexpr double false_alarm = 0.01, level = 0.05;
constexpr int first_seed = 1001;  // not of the reference
constexpr double least_accuracy = 45;  // of every seed: rows with less are too uneven for so few seeds

// Test accuracies in percent, by row.
std::map<std::string, std::vector<double>> read_reference(const std::string& file) {
    std::ifstream lines(file);
    std::string line, name, seed, validation, test;
    std::getline(lines, line);
    std::map<std::string, std::vector<double>> rows;
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        std::getline(cells, name, ',');
        std::getline(cells, seed, ',');
        std::getline(cells, validation, ',');
        std::getline(cells, test, ',');
        rows[name].push_back(100 * std::stod(test));
    }
    if (rows.empty()) xgrad::fail<xgrad::DataError>("guard", file + ": no rows");
    return rows;
}

// How far the means may be apart so that equivalence is shown with probability 1 - `alarm` where there is no
// difference.
double margin(const std::vector<double>& reference, std::size_t seeds, double alarm) {
    const auto n = static_cast<double>(reference.size()), m = static_cast<double>(seeds);
    const double deviation = apps::spread(reference).deviation, error = deviation * std::sqrt(1 / n + 1 / m);
    const boost::math::students_t t(n + m - 2);
    return error * (boost::math::quantile(t, 1 - level) + boost::math::quantile(t, 1 - alarm / 2));
}

bool guard(const std::string& data_folder, const std::string& file, int seeds,
           const std::vector<std::string>& names) {
    const std::map<std::string, std::vector<double>> reference = read_reference(file);
    const TrainConfig base{.threads = 1};
    std::vector<Experiment> experiments;
    for (const Experiment& experiment : ReportPlan(base).published()) {
        const auto row = reference.find(experiment.name);
        const bool named = std::find(names.begin(), names.end(), experiment.name) != names.end();
        if (row == reference.end() || experiment.section == "4")
            continue;  // whose lambda comes from the search
        if (names.empty() ? std::ranges::min(row->second) >= least_accuracy : named)
            experiments.push_back(experiment);
    }
    if (experiments.empty() || experiments.size() < names.size())
        xgrad::fail<xgrad::ValueError>(
            "guard",
            file + (names.empty()
                        ? ": no row has 45 % or more with every seed"
                        : ": a row is not there, or is one of section 4, whose lambda a search finds"));
    if (seeds < 2)
        xgrad::fail<xgrad::ValueError>("guard", fmt::format("expected at least 2 seeds, got {}", seeds));

    const apps::CheckedData source = apps::open_checked_data(data_folder);
    const apps::Split data = apps::split(source.data, base.validation, base.images);
    const xgrad::test::TempDir folder;
    apps::JobsDisplay display(stdout);
    JobRunner runner(folder.path(), data, source.checksums, {.jobs = xgrad::num_threads()}, display);
    std::vector<Job> jobs;
    for (const Experiment& experiment : experiments)
        for (Job& job : jobs_of(experiment, first_seed + seeds - 1, first_seed))
            jobs.push_back(std::move(job));
    const std::vector<JobResult> results = runner.run(jobs);

    bool passed = true;
    fmt::print("\n{:<18} {:>16} {:>16} {:>8} {:>9}\n", "row", "reference", "now", "margin", "p");
    for (std::size_t i = 0; i < experiments.size(); ++i) {
        std::vector<double> now;
        for (int seed = 0; seed < seeds; ++seed)
            now.push_back(100 * results[i * static_cast<std::size_t>(seeds) + static_cast<std::size_t>(seed)]
                                    .last()
                                    .test.accuracy);
        const std::vector<double>& before = reference.at(experiments[i].name);
        const double width =
            margin(before, now.size(), false_alarm / static_cast<double>(experiments.size()));
        const double p = apps::equivalence_p(before, now, width);
        const apps::Spread a = apps::spread(before), b = apps::spread(now);
        passed = passed && p < level;
        fmt::print("{:<18} {:>8.2f} ± {:<5.2f} {:>8.2f} ± {:<5.2f} {:>8.2f} {:>9.4f}{}\n",
                   experiments[i].name, a.mean, a.deviation, b.mean, b.deviation, width, p,
                   p < level ? "" : "  NOT EQUIVALENT");
    }
    fmt::print(
        "a sound program fails with a probability of about {:g}; a difference beyond a row's margin passes with at most {:g}\n",
        false_alarm, level);
    return passed;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) {
        fmt::print(stderr, "Usage: xgrad_guard DATA REFERENCE SEEDS [ROW...]\n");
        return 2;
    }
    try {
        return guard(argv[1], argv[2], std::atoi(argv[3]), {argv + 4, argv + argc}) ? 0 : 1;
    } catch (const std::exception& error) {
        fmt::print(stderr, "xgrad_guard: {}\n", error.what());
        return 1;
    }
}
