#pragma once

#include <filesystem>
#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "cifar_bn/training/training.hpp"
#include "shared/jobs/job_folder.hpp"

namespace cifar_bn {

/// The result of a training. Reading it back from its folder gives the same values, as parse_record().
struct JobResult : TrainRecord {
    apps::JobTime time;
};

/// Trains, and writes to `folder`: config.json (`receipt`), metrics.csv, model.safetensors,
/// normalizer.safetensors, time.json, checkpoints/ if there are any and, as the last file, result.json.
/// Replaces earlier files of these names, except the checkpoints of an unfinished training. The same receipt
/// gives the same files, except time.json.
/// @param checkpointing  folder and receipt are ignored; they follow from the other arguments.
/// @param world  as for train(); only the first process writes.
/// @throws xgrad::ValueError  there are checkpoints of an unfinished training and `resume` is not set.
/// Throws as train() does; if it had started, the folder then has no result.json, otherwise it is unchanged.
JobResult run_job(const std::filesystem::path& folder, const nlohmann::json& receipt,
                  const TrainConfig& config, const apps::Split& data, const TrainObserver& observer = {},
                  xgrad::Checkpointing checkpointing = {}, const apps::World& world = apps::World::alone());

/// The result that run_job has written to `folder`, if it finished there with the same receipt.
/// @throws xgrad::DataError  a file cannot have been written by run_job.
std::optional<JobResult> finished_job(const std::filesystem::path& folder, const nlohmann::json& receipt);

}  // namespace cifar_bn
