#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "cifar_conv/training/training.hpp"
#include "shared/jobs/job_runner.hpp"

namespace cifar_conv {

/// The result of a training. Reading it back from its folder gives the same values, as parse_record().
struct JobResult : Record {
    double seconds;  ///< of the training, with its evaluations
};

/// Trains, and writes to `folder`: config.json (`receipt`), metrics.csv, model.safetensors,
/// normalizer.safetensors, time.json, checkpoints/ if there are any and, as the last file, result.json.
/// Replaces earlier files of these names, except the checkpoints of an unfinished training. The same receipt
/// gives the same files, except time.json and what checkpoints say of the time.
/// @param checkpointing  folder and receipt are ignored; they follow from the other arguments.
/// @param world  as for train(); only the first process writes.
/// @throws xgrad::ValueError  there are checkpoints of an unfinished training and `resume` is not set.
/// Throws as train() does; if it had started, the folder then has no result.json, otherwise it is unchanged.
JobResult run_job(const std::filesystem::path& folder, const nlohmann::json& receipt, const Config& config,
                  const apps::Split& data, const TrainObserver& observer = {},
                  xgrad::Checkpointing checkpointing = {}, const apps::World& world = apps::World::alone());

/// The result that run_job has written to `folder`, if it finished there with the same receipt.
/// @throws xgrad::DataError  a file cannot have been written by run_job.
std::optional<JobResult> finished_job(const std::filesystem::path& folder, const nlohmann::json& receipt);

using Job = apps::Job<Config>;

/// The trainings of a JobRunner.
struct Trainings {
    static constexpr const char* program = cifar_conv::program;
    using Config = cifar_conv::Config;
    using Result = JobResult;
    static nlohmann::json options(const Config& config) { return to_json(config); }
    static Config config(const nlohmann::json& options) { return from_json(options); }
    static apps::JobPlan plan(const Job& job, const apps::Split& data);
    static std::optional<JobResult> finished(const std::filesystem::path& folder,
                                             const nlohmann::json& receipt) {
        return finished_job(folder, receipt);
    }
    /// Writes a checkpoint after each epoch, and goes on from the last one. What the folder has of another
    /// training is deleted.
    static JobResult run(const std::filesystem::path& folder, const nlohmann::json& receipt,
                         const Config& config, const apps::Split& data,
                         const std::function<void(std::uint64_t)>& on_step);
    static std::vector<xgrad::LinePart> outcome(const JobResult& result);
    static double seconds(const JobResult& result) { return result.seconds; }
};
using JobRunner = apps::JobRunner<Trainings>;

}  // namespace cifar_conv
