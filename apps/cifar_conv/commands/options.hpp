#pragma once

#include <CLI/CLI.hpp>

#include "cifar_conv/training/config.hpp"

namespace cifar_conv {

/// Adds the options that are those of every net of a report: --width, --epochs, --batch-size, --weight-decay,
/// --label-smoothing, --augment, --validation, --images.
void add_common_options(CLI::App& command, Config& config);

}  // namespace cifar_conv
