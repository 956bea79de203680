#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cifar_bn/training/layer_statistics.hpp"

#include <xgrad/nn/metrics.hpp>

namespace cifar_bn {

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

/// What a training has found so far or, after its last step, at all.
struct TrainRecord {
    std::vector<Snapshot> snapshots;
    xgrad::ConfusionMatrix test_confusion;  ///< of the last snapshot
    std::uint64_t diverged_at = 0;  ///< the step whose loss was not finite; 0: none. It was the last step.

    const Snapshot& last() const { return snapshots.back(); }
};

/// A record as JSON, from which it is read back bit by bit.
std::string to_text(const TrainRecord& record);
/// @throws std::exception  it is no such text; an xgrad::Error or one of nlohmann-json's.
TrainRecord parse_record(const std::string& text);

}  // namespace cifar_bn
