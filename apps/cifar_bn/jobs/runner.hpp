#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "cifar_bn/jobs/job.hpp"
#include "shared/jobs/job_runner.hpp"

namespace cifar_bn {

using Job = apps::Job<TrainConfig>;

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

/// The trainings of a JobRunner.
struct Trainings {
    static constexpr const char* program = cifar_bn::program;
    using Config = TrainConfig;
    using Result = JobResult;
    static nlohmann::json options(const TrainConfig& config) { return to_json(config); }
    static TrainConfig config(const nlohmann::json& options) { return from_json(options); }
    static apps::JobPlan plan(const Job& job, const apps::Split& data) {
        return {job.name, job.config.steps(), work(job.config, data)};
    }
    static std::optional<JobResult> finished(const std::filesystem::path& folder,
                                             const nlohmann::json& receipt) {
        return finished_job(folder, receipt);
    }
    /// What the folder has of a training that was interrupted is deleted.
    static JobResult run(const std::filesystem::path& folder, const nlohmann::json& receipt,
                         const TrainConfig& config, const apps::Split& data,
                         const std::function<void(std::uint64_t)>& on_step);
    static std::vector<xgrad::LinePart> outcome(const JobResult& result) {
        return cifar_bn::outcome(result.last());
    }
    static double seconds(const JobResult& result) { return result.time.total; }
};
using JobRunner = apps::JobRunner<Trainings>;

}  // namespace cifar_bn
