#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "training.hpp"

namespace cifar_bn {

/// How long a training took, in seconds.
struct JobTime {
    double total;
    double step;  ///< median of the training steps
};

/// What a training leaves behind. Read back from its folder it is the same, bit by bit.
struct JobResult {
    std::vector<Snapshot> snapshots;
    xgrad::ConfusionMatrix test_confusion;
    std::uint64_t diverged_at;  ///< as in TrainResult
    JobTime time;

    const Snapshot& last() const { return snapshots.back(); }
};

/// Trains, and leaves in `folder`: config.json (`receipt`), metrics.csv, model.safetensors, time.json and, as the last one, result.json.
/// What the folder has of these from before is replaced. With the same receipt its files are the same, but for
/// time.json.
/// @throws as train(); then the folder has no result.json.
JobResult run_job(const std::filesystem::path& folder, const nlohmann::json& receipt, const TrainConfig& config, const Split& data,
                  const TrainObserver& observer = {});

/// What run_job has left in `folder`, if it came to its end there, and with the same receipt.
/// @throws xgrad::DataError  a file that run_job cannot have written.
std::optional<JobResult> finished_job(const std::filesystem::path& folder, const nlohmann::json& receipt);
}  // namespace cifar_bn
