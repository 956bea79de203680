#pragma once

#include <filesystem>
#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "cifar_bn/training/training.hpp"
#include "shared/jobs/job_folder.hpp"

namespace cifar_bn {

/// What a training leaves behind. Read back from its folder it is the same, bit by bit.
struct JobResult : TrainRecord {
    apps::JobTime time;
};

/// Trains, and leaves in `folder`: config.json (`receipt`), metrics.csv, model.safetensors,
/// normalizer.safetensors, time.json and, as the last one, result.json; and checkpoints/ where there are any.
/// What the folder has of these from before is replaced, but for the checkpoints of a training that is not
/// finished. With the same receipt its files are the same, but for time.json.
/// @param checkpointing  but for folder and receipt, which follow from the other arguments.
/// @throws xgrad::ValueError  there are such checkpoints, and `resume` is not set.  @throws as train(); then
/// the folder has no result.json.
JobResult run_job(const std::filesystem::path& folder, const nlohmann::json& receipt,
                  const TrainConfig& config, const apps::Split& data, const TrainObserver& observer = {},
                  xgrad::Checkpointing checkpointing = {});

/// What run_job has left in `folder`, if it came to its end there, and with the same receipt.
/// @throws xgrad::DataError  a file that run_job cannot have written.
std::optional<JobResult> finished_job(const std::filesystem::path& folder, const nlohmann::json& receipt);

}  // namespace cifar_bn
