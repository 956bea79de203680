#pragma once

#include <CLI/CLI.hpp>

namespace cifar_bn {

/// Adds `cifar_bn train`: one training, with its metrics and its configuration written to a folder.
void add_train(CLI::App& app);

}  // namespace cifar_bn
