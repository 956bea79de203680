#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "cifar_bn/jobs/job.hpp"
#include "cifar_bn/jobs/jobs_display.hpp"

namespace cifar_bn {

/// One training of many.
struct Job {
    std::string name;  ///< Also its folder's.
    TrainConfig config;
};

/// Runs trainings side by side, one thread each, every one in a folder of its own. A training that has
/// already come to its end there, on the same data and with the same program and options, is not run again.
class JobRunner {
public:
    /// @param folder     of the jobs' folders.
    /// @param data       of which each job uses all.
    /// @param checksums  of the data's files, for the receipts.
    /// @param at_once    how many jobs run side by side, at least 1.
    JobRunner(std::filesystem::path folder, const Split& data,
              const std::map<std::string, std::string>& checksums, int at_once, JobsDisplay& display);

    /// The results, in the order of the jobs. Sets the number of threads that a computation shares
    /// (set_num_threads) to 1.
    /// @throws xgrad::ValueError  two jobs of one name.
    /// @throws xgrad::Error  a job failed; all others have come to their end by then. The message names every
    /// job that failed.
    std::vector<JobResult> run(const std::vector<Job>& jobs);

    /// What any of the trainings depends on; the options in it are the default ones.
    const nlohmann::json& receipt() const { return receipt_; }
    /// What all trainings took together, whenever they were run.
    double seconds() const { return seconds_; }
    /// Where a job's files are.
    std::filesystem::path folder(const Job& job) const { return folder_ / job.name; }

private:
    std::filesystem::path folder_;
    const Split& data_;
    nlohmann::json receipt_;
    int at_once_;
    JobsDisplay& display_;
    double seconds_ = 0;
};

}  // namespace cifar_bn
