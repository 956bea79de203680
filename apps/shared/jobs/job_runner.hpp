#pragma once

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/receipt.hpp"
#include "shared/jobs/tasks.hpp"

#include <xgrad/core/error.hpp>

namespace apps {

/// One of many trainings.
template <class C>
struct Job {
    std::string name;  ///< Also the name of its folder.
    C config;
};

/// Runs trainings concurrently, with one thread and one folder each. A training that has already finished in
/// its folder, with the same data, program and options, is not run again.
///
/// `Kind` says what a training is:
///
///     struct Kind {
///         static constexpr const char* program;  // its name
///         using Config = …;
///         using Result = …;
///         static nlohmann::json options(const Config&);                 // for the receipt
///         static JobPlan plan(const Job<Config>&, const Split&);        // for the display
///         static std::optional<Result> finished(folder, receipt);       // what an earlier run has left
///         static Result run(folder, receipt, const Config&, const Split&, on_step);
///         static std::vector<xgrad::LinePart> outcome(const Result&);   // a few words
///         static double seconds(const Result&);                         // what the training took
///     };
template <class Kind>
class JobRunner {
public:
    using Config = typename Kind::Config;
    using Result = typename Kind::Result;
    using Job = apps::Job<Config>;

    /// @param folder     contains the jobs' folders.
    /// @param data       each job uses all of it.
    /// @param checksums  of the data's files, for the receipts.
    /// @param at_once    the number of concurrent jobs, at least 1.
    JobRunner(std::filesystem::path folder, const Split& data,
              const std::map<std::string, std::string>& checksums, int at_once, JobsDisplay& display)
        : folder_(std::move(folder)),
          data_(data),
          receipt_(make_receipt(Kind::program, data, checksums)),
          at_once_(at_once),
          display_(display) {
        if (at_once < 1)
            xgrad::fail<xgrad::ValueError>("--jobs", fmt::format("expected at least 1, got {}", at_once));
    }

    /// Announces jobs to the display before they are run.
    void plan(const std::vector<Job>& jobs) {
        std::vector<JobPlan> plans;
        for (const Job& job : jobs)
            if (planned_.insert(job.name).second) plans.push_back(Kind::plan(job, data_));
        display_.plan(plans);
    }

    /// Runs the jobs, which need not have been announced, and returns the results in their order. Sets the
    /// number of threads per computation (set_num_threads) to 1.
    /// @throws xgrad::ValueError  two jobs have the same name.
    /// @throws xgrad::Error  a job failed. It is thrown after all others have ended, and the message names
    /// every job that failed.
    std::vector<Result> run(const std::vector<Job>& jobs) {
        plan(jobs);
        std::vector<std::optional<Result>> results(jobs.size());
        std::vector<Task> tasks;
        for (std::size_t i = 0; i < jobs.size(); ++i) tasks.push_back(task_of(jobs[i], results[i]));
        // The longest ones first, so that no processor is idle for long at the end.
        std::ranges::stable_sort(tasks, std::greater(), [](const Task& task) { return task.plan.work; });
        run_tasks(tasks, at_once_, display_);

        std::vector<Result> complete;
        complete.reserve(results.size());
        for (auto& result : results) {
            seconds_ += Kind::seconds(*result);
            complete.push_back(
                std::move(*result));  // NOLINT(bugprone-unchecked-optional-access): all have run
        }
        return complete;
    }

    /// The results so far, by the jobs' names.
    std::map<std::string, Result> finished() const {
        const std::scoped_lock lock(mutex_);
        return finished_;
    }

    /// Everything that a training depends on, except its options.
    const Receipt& receipt() const { return receipt_; }
    /// The total time of all trainings, including those run earlier.
    double seconds() const { return seconds_; }
    /// The folder of a job.
    std::filesystem::path folder(const Job& job) const { return folder_ / job.name; }

private:
    Task task_of(const Job& job, std::optional<Result>& result) {
        const auto receipt = [this, &job] {
            Receipt of_job = receipt_;
            of_job.options = Kind::options(job.config);
            return nlohmann::json(of_job);
        };
        const auto reuse = [this, &job, &result, receipt] {
            result = Kind::finished(folder(job), receipt());
            if (result) note(job, *result);
            return result.has_value();
        };
        const auto train = [this, &job, &result, receipt](const std::function<void(std::uint64_t)>& on_step) {
            result = Kind::run(folder(job), receipt(), job.config, data_, on_step);
            note(job, *result);
            return Kind::outcome(*result);
        };
        return {Kind::plan(job, data_), reuse, train};
    }
    void note(const Job& job, const Result& result) {
        const std::scoped_lock lock(mutex_);
        finished_.insert_or_assign(job.name, result);
    }

    std::filesystem::path folder_;
    const Split& data_;
    Receipt receipt_;
    int at_once_;
    JobsDisplay& display_;
    std::set<std::string> planned_;
    mutable std::mutex mutex_;  // protects finished_
    std::map<std::string, Result> finished_;
    double seconds_ = 0;
};

}  // namespace apps
