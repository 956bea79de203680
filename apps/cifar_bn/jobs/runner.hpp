#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cifar_bn/jobs/job.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/receipt.hpp"

namespace cifar_bn {

/// The program's name, in receipts and messages.
inline constexpr const char* program = "cifar_bn";

/// One training of many.
struct Job {
    std::string name;  ///< Also its folder's.
    TrainConfig config;
};

/// What a display knows of it.
apps::JobPlan plan_of(const Job& job, const apps::Split& data);

/// Runs trainings side by side, one thread each, every one in a folder of its own. A training that has
/// already come to its end there, on the same data and with the same program and options, is not run again.
class JobRunner {
public:
    /// @param folder     of the jobs' folders.
    /// @param data       of which each job uses all.
    /// @param checksums  of the data's files, for the receipts.
    /// @param at_once    how many jobs run side by side, at least 1.
    JobRunner(std::filesystem::path folder, const apps::Split& data,
              const std::map<std::string, std::string>& checksums, int at_once, apps::JobsDisplay& display);

    /// The results, in the order of the jobs. Sets the number of threads that a computation shares
    /// (set_num_threads) to 1.
    /// @throws xgrad::ValueError  two jobs of one name.
    /// @throws xgrad::Error  a job failed; all others have come to their end by then. The message names every
    /// job that failed.
    std::vector<JobResult> run(const std::vector<Job>& jobs);

    /// What any of the trainings depends on, but for its options.
    const apps::Receipt& receipt() const { return receipt_; }
    /// What all trainings took together, whenever they were run.
    double seconds() const { return seconds_; }
    /// Where a job's files are.
    std::filesystem::path folder(const Job& job) const { return folder_ / job.name; }

private:
    std::filesystem::path folder_;
    const apps::Split& data_;
    apps::Receipt receipt_;
    int at_once_;
    apps::JobsDisplay& display_;
    double seconds_ = 0;
};

}  // namespace cifar_bn
