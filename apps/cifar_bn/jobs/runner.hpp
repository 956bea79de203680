#pragma once

#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "cifar_bn/jobs/job.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/receipt.hpp"

namespace cifar_bn {

/// The program's name, in receipts and messages.
inline constexpr const char* program = "cifar_bn";

/// One of many trainings.
struct Job {
    std::string name;  ///< Also the name of its folder.
    TrainConfig config;
};

/// The job as the display shows it.
apps::JobPlan plan_of(const Job& job, const apps::Split& data);

/// The cost of a training, in arbitrary units roughly proportional to its time.
double work(const TrainConfig& config, const apps::Split& data);

/// The seconds that a unit of work() takes on one thread here, by a short training.
double seconds_per_work(const apps::Split& data);

/// The details in a progress line: cycle, step, learning rate, batch loss.
std::vector<xgrad::LinePart> step_details(const TrainConfig& config, const Progress& progress);

/// The table row of a snapshot: its position, costs and accuracies.
std::vector<xgrad::TableCell> snapshot_row(const TrainConfig& config, const Snapshot& snapshot);

/// The validation and test accuracy of a finished training.
std::vector<xgrad::LinePart> outcome(const Snapshot& last);

/// Runs trainings concurrently, with one thread and one folder each. A training that has already finished in
/// its folder, with the same data, program and options, is not run again.
class JobRunner {
public:
    /// @param folder     contains the jobs' folders.
    /// @param data       each job uses all of it.
    /// @param checksums  of the data's files, for the receipts.
    /// @param at_once    the number of concurrent jobs, at least 1.
    JobRunner(std::filesystem::path folder, const apps::Split& data,
              const std::map<std::string, std::string>& checksums, int at_once, apps::JobsDisplay& display);

    /// Announces jobs to the display before they are run.
    void plan(const std::vector<Job>& jobs);

    /// Runs the jobs, which need not have been announced, and returns the results in their order. Sets the
    /// number of threads per computation (set_num_threads) to 1.
    /// @throws xgrad::ValueError  two jobs have the same name.
    /// @throws xgrad::Error  a job failed. It is thrown after all others have ended, and the message names
    /// every job that failed.
    std::vector<JobResult> run(const std::vector<Job>& jobs);

    /// The results so far, by the jobs' names.
    std::map<std::string, JobResult> finished() const;

    /// Everything that a training depends on, except its options.
    const apps::Receipt& receipt() const { return receipt_; }
    /// The total time of all trainings, including those run earlier.
    double seconds() const { return seconds_; }
    /// The folder of a job.
    std::filesystem::path folder(const Job& job) const { return folder_ / job.name; }

private:
    void note(const Job& job, const JobResult& result);

    std::filesystem::path folder_;
    const apps::Split& data_;
    apps::Receipt receipt_;
    int at_once_;
    apps::JobsDisplay& display_;
    std::set<std::string> planned_;
    mutable std::mutex mutex_;  // protects finished_
    std::map<std::string, JobResult> finished_;
    double seconds_ = 0;
};

}  // namespace cifar_bn
