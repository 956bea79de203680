#pragma once

#include <functional>

#include "cifar_bn/training/config.hpp"
#include "cifar_bn/training/record.hpp"
#include "shared/data/split.hpp"

#include <xgrad/train/training_loop.hpp>

namespace cifar_bn {

/// The state of a training after every step.
struct Progress {
    std::uint64_t step;
    double learning_rate, batch_loss;
};

struct TrainObserver {
    std::function<void(const Progress&)> on_step = [](const Progress&) {};
    std::function<void(const Snapshot&)> on_snapshot = [](const Snapshot&) {
    };  ///< also those of before, where a training is resumed
    std::function<void(std::uint64_t step)> on_start = [](std::uint64_t) {
    };  ///< before these; the step that is resumed after, or 0
    std::function<void(const std::string&)> on_warning = [](const std::string&) {};
    std::function<void(const std::string&)> on_network = [](const std::string&) {};  ///< the net, printed
};

struct TrainResult : TrainRecord {
    double seconds_per_step;  ///< median, of training steps alone; 0 where none was made
    std::function<void(const std::filesystem::path& file)>
        save_state;  ///< writes the trained net as a safetensors file
};

/// Trains the net that `config` describes, on xgrad::num_threads() threads (`config.threads` is for the
/// caller to set). The same configuration, data and machine give the same result, bit by bit. Where the loss
/// is not finite any more, training stops; the snapshots that are left are all of the net as it is then.
/// Resumed from a checkpoint, it has the result that it would have had without the interruption, on the same
/// machine bit by bit.
/// @throws xgrad::ValueError  a wrong configuration, or a checkpoint of another training.
/// @throws xgrad::StateError, xgrad::DataError  a checkpoint that cannot be used, or not be written.
/// @throws xgrad::Stopped
TrainResult train(const TrainConfig& config, const apps::Split& data, const TrainObserver& observer,
                  const xgrad::Checkpointing& checkpointing = {});

}  // namespace cifar_bn
