#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cifar_bn/training/layer_statistics.hpp"
#include "shared/models/score.hpp"

#include <xgrad/nn/metrics.hpp>

namespace cifar_bn {

using apps::Score;

/// The metrics of a training after some step: a row of metrics.csv.
struct Snapshot {
    std::uint64_t step, cycle;  ///< both count from 1
    double learning_rate;       ///< of that step
    Score train, validation, test;
    std::vector<LayerStatistics> layers;  ///< on the first `layer_images` training images; empty if that is 0
};

/// The results of a training so far, or of the whole training after its last step.
struct TrainRecord {
    std::vector<Snapshot> snapshots;
    xgrad::ConfusionMatrix test_confusion;  ///< of the last snapshot
    /// the step whose loss was not finite, which was the last step; 0: none
    std::uint64_t diverged_at = 0;

    const Snapshot& last() const { return snapshots.back(); }
};

/// A record as JSON. Reading it back gives the same values, bit by bit, but NaN for an infinity.
std::string to_text(const TrainRecord& record);
/// @throws std::exception  the text is not a record; the type is an xgrad::Error or one of nlohmann-json's.
TrainRecord parse_record(const std::string& text);

}  // namespace cifar_bn
