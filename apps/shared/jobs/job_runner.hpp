#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shared/jobs/job_folder.hpp"
#include "shared/jobs/job_locks.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/options.hpp"
#include "shared/jobs/receipt.hpp"
#include "shared/jobs/spreading.hpp"
#include "shared/jobs/tasks.hpp"
#include "shared/jobs/workers.hpp"

#include <xgrad/core/error.hpp>

namespace apps {

/// One of many trainings.
template <class C>
struct Job {
    std::string name;  ///< Also the name of its folder.
    C config;
};

/// Runs trainings concurrently, with one thread and one folder each, in this process and in others. A
/// training that has already finished in its folder, with the same data, program and options, is not run
/// again.
///
/// `Kind` says what a training is:
///
///     struct Kind {
///         static constexpr const char* program;  // its name
///         using Config = …;
///         using Result = …;
///         static nlohmann::json options(const Config&);                 // for the receipt
///         static Config config(const nlohmann::json& options);          // what has these options
///         static JobPlan plan(const Job<Config>&, const Split&);        // for the display
///         static std::optional<Result> finished(folder, receipt);       // what an earlier run has left
///         static Result run(folder, receipt, const Config&, const Split&, on_step);
///         static std::vector<xgrad::LinePart> outcome(const Result&);   // a few words
///         static double seconds(const Result&);                         // what the training took
///     };
template <class Kind>
class JobRunner {
    using Results = std::vector<std::optional<typename Kind::Result>>;

public:
    using Config = typename Kind::Config;
    using Result = typename Kind::Result;
    using Job = apps::Job<Config>;

    /// In the first process, with all others in work().
    /// @param folder     contains the jobs' folders.
    /// @param data       each job uses all of it.
    /// @param checksums  of the data's files, for the receipts.
    /// @param spreading  with `jobs` set.
    /// @throws xgrad::ValueError  another process would run other trainings, or `jobs` is less than 1.
    JobRunner(std::filesystem::path folder, const Split& data,
              const std::map<std::string, std::string>& checksums, const Spreading& spreading,
              JobsDisplay& display, const World& world = World::alone())
        : folder_(std::move(folder)),
          data_(data),
          receipt_(make_receipt(Kind::program, data, checksums)),
          spreading_(spreading),
          display_(display),
          locks_(folder_) {
        expect_count("--jobs", spreading.jobs);
        if (world.size() > 1) workers_ = std::make_unique<Workers>(world, receipt_, spreading.mixed);
        for (std::size_t rank = 0; rank < world.size(); ++rank)
            ranks_.insert(ranks_.end(), static_cast<std::size_t>(spreading.jobs), rank);
    }

    /// In any other process: runs what the first one hands out, until it ends.
    static void work(const World& world, const Split& data,
                     const std::map<std::string, std::string>& checksums) {
        const Receipt receipt = make_receipt(Kind::program, data, checksums);
        work_for_first(world, receipt,
                       [&](const nlohmann::json& options, const std::filesystem::path& folder,
                           const std::function<void(std::uint64_t)>& on_step) {
                           Receipt of_job = receipt;
                           of_job.options = options;
                           Kind::run(folder, of_job, Kind::config(options), data, on_step);
                       });
    }

    /// Announces jobs to the display before they are run; of a part's only run() knows.
    void plan(const std::vector<Job>& jobs) {
        if (!spreading_.part) show(jobs);
    }

    /// Runs the jobs, which need not have been announced, and returns the results in their order. Sets the
    /// number of threads per computation (set_num_threads) to 1.
    /// @throws xgrad::ValueError  two jobs have the same name, or another build of the program has run one in
    /// a folder that is shared by parts.
    /// @throws xgrad::Error  a job failed. It is thrown after all others have ended, and the message names
    /// every job that failed.
    /// @throws PartDone  those of this part are done, and others are not and nobody works on them.
    std::vector<Result> run(const std::vector<Job>& jobs) {
        Results results(jobs.size());
        run_own(jobs, results);
        if (spreading_.part) await(jobs, results);
        std::vector<Result> complete;
        complete.reserve(results.size());
        for (auto& result : results) {
            seconds_ += Kind::seconds(*result);
            complete.push_back(
                std::move(*result));  // NOLINT(bugprone-unchecked-optional-access): all have run
        }
        return complete;
    }
    /// Runs this part's jobs, if this call is for a part, and does not wait for the others. Throws as run().
    void run_part(const std::vector<Job>& jobs) {
        Results results(jobs.size());
        if (spreading_.part) run_own(jobs, results);
    }
    /// After the last job. @throws PartDone  this call is for a part.
    void end_part() const {
        if (spreading_.part)
            throw PartDone(
                fmt::format("part {} is done, and so are all others: call without --part for the page",
                            spreading_.part->text()));
    }

    /// The results so far, by the jobs' names.
    std::map<std::string, Result> finished() const {
        const std::scoped_lock lock(mutex_);
        return finished_;
    }
    /// How many of them each build has trained, by its description.
    std::map<std::string, std::size_t> builds() const {
        const std::scoped_lock lock(mutex_);
        std::map<std::string, std::size_t> count;
        for (const auto& [name, build] : builds_) ++count[build];
        return count;
    }

    /// Everything that a training depends on, except its options.
    const Receipt& receipt() const { return receipt_; }
    /// The total time of all trainings, including those run earlier.
    double seconds() const { return seconds_; }
    /// The folder of a job.
    std::filesystem::path folder(const Job& job) const { return folder_ / job.name; }

private:
    void show(const std::vector<Job>& jobs) {
        std::vector<JobPlan> plans;
        for (const Job& job : jobs)
            if (planned_.insert(job.name).second) plans.push_back(Kind::plan(job, data_));
        display_.plan(plans);
    }

    // Runs the jobs of this part, or all.
    void run_own(const std::vector<Job>& jobs, Results& results) {
        std::vector<std::size_t> order(jobs.size());
        for (std::size_t i = 0; i < jobs.size(); ++i) order[i] = i;
        // The longest ones first, so that no processor is idle for long at the end.
        std::ranges::stable_sort(order, std::greater(),
                                 [&](std::size_t i) { return Kind::plan(jobs[i], data_).work; });
        std::vector<Job> own;
        std::vector<Task> tasks;
        for (std::size_t i = 0; i < order.size(); ++i) {
            if (spreading_.part && !spreading_.part->has(i)) continue;
            const Job& job = jobs[order[i]];
            std::optional<Result>& result = results[order[i]];
            if (const auto found = finished_.find(job.name); found != finished_.end()) {
                result = found->second;
                continue;
            }
            own.push_back(job);
            tasks.push_back(task_of(job, result));
        }
        show(own);
        if (spreading_.part || locks_.are_used()) refuse_other_builds(jobs);
        const auto working = spreading_.part ? locks_.work() : std::nullopt;
        run_tasks(tasks, ranks_, display_);
    }

    // Waits for the jobs of other parts, as long as any is at work.
    void await(const std::vector<Job>& jobs, Results& results) {
        for (;;) {
            const bool working = locks_.anyone_works();  // asked first: it may end after its last result
            std::size_t missing = 0;
            for (std::size_t i = 0; i < jobs.size(); ++i) {
                if (!results[i]) results[i] = load(jobs[i]);
                if (!results[i]) ++missing;
            }
            if (missing == 0) return;
            if (!working)
                throw PartDone(fmt::format(
                    "part {} is done; {} of {} trainings are not, and no part works on them: run the other parts, or call without --part",
                    spreading_.part->text(), missing, jobs.size()));
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
    }

    Task task_of(const Job& job, std::optional<Result>& result) {
        const auto lock = std::make_shared<std::optional<JobLocks::Lock>>();
        const auto find = [this, job, &result, lock] {
            result = load(job);
            if (result) return Task::Found::finished;
            if (!spreading_.part) return Task::Found::nothing;
            *lock = locks_.take(job.name);
            if (!*lock) return Task::Found::elsewhere;
            result = load(job);  // it may have finished meanwhile
            return result ? Task::Found::finished : Task::Found::nothing;
        };
        const auto run = [this, job, &result, lock](std::size_t rank,
                                                    const std::function<void(std::uint64_t)>& on_step) {
            const nlohmann::json receipt = receipt_of(job);
            if (rank == 0)
                Kind::run(folder(job), receipt, job.config, data_, on_step);
            else
                workers_->run(rank, receipt, folder(job), on_step);
            result = load(job);
            if (!result)
                xgrad::fail<xgrad::DataError>("job", fmt::format("{} has no result", folder(job).string()));
            lock->reset();
            return Kind::outcome(*result);
        };
        return {Kind::plan(job, data_), find, run};
    }

    nlohmann::json receipt_of(const Job& job) const {
        Receipt of_job = receipt_;
        of_job.options = Kind::options(job.config);
        return of_job;
    }
    // What another build has left of a job that it has finished.
    struct OtherBuild {
        nlohmann::json receipt;
        std::vector<std::string> differences;
    };
    std::optional<OtherBuild> by_another_build(const Job& job) const {
        const nlohmann::json own = receipt_of(job);
        auto kept = JobFolder(folder(job), own).kept_receipt();
        if (!kept) return std::nullopt;
        auto [training, last_bits] = receipt_differences(kept->dump(), own.dump());
        if (!training.empty() || last_bits.empty()) return std::nullopt;
        return OtherBuild{std::move(*kept), std::move(last_bits)};
    }
    // The result of a job that has finished, and that this build has run or may have run.
    std::optional<Result> load(const Job& job) {
        nlohmann::json receipt = receipt_of(job);
        if (spreading_.mixed)
            if (auto other = by_another_build(job)) receipt = std::move(other->receipt);
        std::optional<Result> result = Kind::finished(folder(job), receipt);
        if (!result) return result;
        const std::scoped_lock lock(mutex_);
        finished_.insert_or_assign(job.name, *result);
        builds_.insert_or_assign(job.name, build_of(receipt));
        return result;
    }
    // A part must not do again, and so replace, what another one has done.
    void refuse_other_builds(const std::vector<Job>& jobs) const {
        if (spreading_.mixed) return;
        for (const Job& job : jobs)
            if (const auto other = by_another_build(job))
                xgrad::fail<xgrad::ValueError>(
                    "jobs",
                    fmt::format(
                        "{} was trained by another build or processor: {}; --mixed uses it as it is, and without {} all are trained anew",
                        folder(job).string(), fmt::join(other->differences, "; "), folder_.string()));
    }

    std::filesystem::path folder_;
    const Split& data_;
    Receipt receipt_;
    Spreading spreading_;
    JobsDisplay& display_;
    JobLocks locks_;
    std::unique_ptr<Workers> workers_;  // null if this process is alone
    std::vector<std::size_t> ranks_;  // one for each training at a time
    std::set<std::string> planned_;
    mutable std::mutex mutex_;  // protects what follows
    std::map<std::string, Result> finished_;
    std::map<std::string, std::string> builds_;
    double seconds_ = 0;
};

}  // namespace apps
