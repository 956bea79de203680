#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cifar_conv {

/// Runs `cifar_conv ARGUMENTS`. Writes help and what is wrong with the arguments to the standard streams.
/// @returns the exit status: not 0 if an argument is wrong.
/// @throws xgrad::Error  as the command.
int run(std::vector<std::string> arguments);

/// Adds `cifar_conv report`: both nets without and with batch norm, and a page about what it adds.
void add_report(CLI::App& app);

/// Adds `cifar_conv train`: one training; writes its metrics and configuration to a folder.
void add_train(CLI::App& app);

}  // namespace cifar_conv
