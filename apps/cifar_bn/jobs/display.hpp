#pragma once

#include <string>

#include "cifar_bn/training/training.hpp"
#include "shared/jobs/jobs_display.hpp"

namespace cifar_bn {

/// The cost of a training, in arbitrary units roughly proportional to its time.
double work(const TrainConfig& config, const apps::Split& data);

/// The details in a progress bar: cycle, step, learning rate, batch loss.
std::string step_details(const TrainConfig& config, const Progress& progress);

/// The line for a snapshot: its position, costs and accuracies.
std::string snapshot_line(const TrainConfig& config, const Snapshot& snapshot);

/// The validation and test accuracy of a finished training.
std::string outcome(const Snapshot& last);

}  // namespace cifar_bn
