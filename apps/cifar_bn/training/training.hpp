#pragma once

#include <functional>

#include "cifar_bn/training/config.hpp"
#include "cifar_bn/training/record.hpp"
#include "shared/data/data_source.hpp"
#include "shared/models/train_observer.hpp"
#include "shared/processes/world.hpp"

#include <xgrad/train/training_loop.hpp>

namespace cifar_bn {

/// The state of a training after every step.
struct Progress {
    std::uint64_t step;
    double learning_rate, batch_loss;
};

struct TrainObserver : apps::TrainObserver {
    std::function<void(const Progress&)> on_step = [](const Progress&) {};
    /// in a resumed training, first called for the snapshots of the earlier run
    std::function<void(const Snapshot&)> on_snapshot = [](const Snapshot&) {};
};

struct TrainResult : TrainRecord {
    double seconds_per_step;  ///< median over the training steps; 0 if none was made
    /// writes the trained net as a safetensors file
    std::function<void(const std::filesystem::path& file)> save_state;
};

/// Trains the net that `config` describes, on xgrad::num_threads() threads (the caller sets
/// `config.threads`). The same configuration, data and machine give the same result, bit by bit. If the loss
/// becomes non-finite, training stops, and all remaining snapshots are of the net at that point. A training
/// resumed from a checkpoint gives the same result as an uninterrupted one, on the same machine bit by bit.
/// @param world  the processes, which all call this, and get the same result. The first one reads and writes
/// checkpoints.
/// @throws xgrad::ValueError  the configuration is invalid, or a checkpoint belongs to another training.
/// @throws xgrad::StateError, xgrad::DataError  a checkpoint cannot be used or written.
/// @throws xgrad::Stopped  `checkpointing` requested a stop before the last step.
TrainResult train(const TrainConfig& config, const apps::Split& data, const TrainObserver& observer,
                  const xgrad::Checkpointing& checkpointing = {},
                  const apps::World& world = apps::World::alone());

}  // namespace cifar_bn
