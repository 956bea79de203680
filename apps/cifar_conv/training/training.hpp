#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "cifar_conv/training/config.hpp"
#include "cifar_conv/training/record.hpp"
#include "shared/models/train_observer.hpp"
#include "shared/processes/world.hpp"

#include <xgrad/nn/sequential.hpp>
#include <xgrad/train/training_loop.hpp>

namespace cifar_conv {

/// What a training reports on its way.
struct TrainObserver : apps::TrainObserver {
    std::function<void(std::uint64_t step, double batch_loss, double learning_rate)> on_step =
        [](std::uint64_t, double, double) {};
    /// in a resumed training, called with what the earlier run had, if that is anything
    std::function<void(const Record&)> on_epoch = [](const Record&) {};
};

/// What a training comes to.
struct TrainResult {
    Record record;
    xgrad::Sequential<float> net;
    double seconds;  ///< of the training, with its evaluations, and of all runs if it was resumed
};

/// Trains the net that `config` describes with SGD (Nesterov momentum 0.9) on xgrad::num_threads() threads
/// (the caller sets `config.threads`). The same configuration, data and machine give the same result, bit by
/// bit. If the loss becomes non-finite, training stops. A training resumed from a checkpoint gives the same
/// result as an uninterrupted one, on the same machine bit by bit.
/// @param world  the processes, which all call this, and get the same result. The first one reads and writes
/// checkpoints.
/// @throws xgrad::ValueError  the configuration is invalid, or a checkpoint belongs to another training.
/// @throws xgrad::StateError, xgrad::DataError  a checkpoint cannot be used or written.
/// @throws xgrad::Stopped  `checkpointing` requested a stop before the last step.
TrainResult train(const Config& config, const apps::Split& data, const TrainObserver& observer = {},
                  const xgrad::Checkpointing& checkpointing = {},
                  const apps::World& world = apps::World::alone());

}  // namespace cifar_conv
