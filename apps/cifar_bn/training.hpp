#pragma once

#include <functional>

#include "layer_statistics.hpp"
#include "train_config.hpp"

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/train/evaluate.hpp>

namespace cifar_bn {

/// What is trained on, held out and tested on.
struct Split {
    xgrad::Dataset train, validation, test;
    xgrad::Normalizer normalizer;  ///< of the training images
};

/// Sets the last `validation` training images apart, and keeps the first `images` of the others (0: all).
/// @throws xgrad::ValueError  fewer than two would be left to train on, or fewer than `images`.
Split split(const xgrad::TrainTest& data, std::size_t validation, std::size_t images = 0);

/// Cost and accuracy of the net on one part of the data.
struct Score {
    double cost, accuracy;
};

/// The state of a training after some step: a row of metrics.csv.
struct Snapshot {
    std::uint64_t step, cycle;  ///< both count from 1
    double learning_rate;       ///< of that step
    Score train, validation, test;
    std::vector<LayerStatistics> layers;  ///< on the first `layer_images` training images; empty if that is 0
};

/// The state of a training after every step.
struct Progress {
    std::uint64_t step;
    double learning_rate, batch_loss;
};

struct TrainObserver {
    std::function<void(const Progress&)> on_step = [](const Progress&) {};
    std::function<void(const Snapshot&)> on_snapshot = [](const Snapshot&) {};
    std::function<void(const std::string&)> on_network = [](const std::string&) {};  ///< the net, printed
};

struct TrainResult {
    Snapshot last;
    xgrad::ConfusionMatrix test_confusion;
    std::uint64_t diverged_at;  ///< the step whose loss was not finite; 0: none. It was the last step.
    double seconds_per_step;    ///< median, of training steps alone
    std::function<void(const std::filesystem::path& file)> save_state;  ///< writes the trained net as a safetensors file
};

/// Trains the net that `config` describes, on xgrad::num_threads() threads (`config.threads` is for the caller to set). The same
/// configuration, data and machine give the same result, bit by bit. Where the loss is not finite any more, training stops; the snapshots
/// that are left are all of the net as it is then.
/// @throws xgrad::ValueError  a wrong configuration.
TrainResult train(const TrainConfig& config, const Split& data, const TrainObserver& observer);

}  // namespace cifar_bn
