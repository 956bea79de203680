#pragma once

#include <string>

#include "cifar_bn/training/training.hpp"
#include "shared/jobs/jobs_display.hpp"

namespace cifar_bn {

/// What a training costs, in arbitrary units that are about proportional to its time.
double work(const TrainConfig& config, const apps::Split& data);

/// What a progress bar says of a training: cycle, step, learning rate, batch loss.
std::string step_details(const TrainConfig& config, const Progress& progress);

/// The line of a snapshot: where it was taken, costs and accuracies.
std::string snapshot_line(const TrainConfig& config, const Snapshot& snapshot);

/// Validation and test accuracy, of a training that has ended.
std::string outcome(const Snapshot& last);

}  // namespace cifar_bn
