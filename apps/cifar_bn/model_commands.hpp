#pragma once

#include <CLI/CLI.hpp>

namespace cifar_bn {

/// Adds `cifar_bn evaluate`: how well a saved model does on a test set or on a file in the format of
/// CIFAR-10.
void add_evaluate(CLI::App& app);
/// Adds `cifar_bn predict`: what a saved model takes pictures for.
void add_predict(CLI::App& app);

}  // namespace cifar_bn
