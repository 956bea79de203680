#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace cifar_bn {

/// Runs `cifar_bn ARGUMENTS`. Writes help and what is wrong with the arguments to the standard streams.
/// @returns the exit status: not 0 if an argument is wrong or a check has failed.
/// @throws xgrad::Error  as the command.
int run(std::vector<std::string> arguments);

/// Adds `cifar_bn report`: reproduces everything in the published report.
void add_report(CLI::App& app);

/// Adds `cifar_bn train`: one training; writes its metrics and configuration to a folder.
void add_train(CLI::App& app);

/// Adds `cifar_bn search`: trains with many values of lambda.
void add_search(CLI::App& app);

/// Adds `cifar_bn sensitivity`: trains from initial weights of several scales, without and with batch norm.
void add_sensitivity(CLI::App& app);

/// Adds `cifar_bn range-test`: a learning-rate range test.
void add_range_test(CLI::App& app);

/// Adds `cifar_bn beyond`: a better net than the report's, and what each of its ingredients adds.
void add_beyond(CLI::App& app);

/// Adds `cifar_bn gradcheck`: compares every entry of a net's gradient with the hand-derived and the
/// numerical one. If a bar is exceeded, it throws CLI::RuntimeError(1), the exit status.
void add_gradcheck(CLI::App& app);

}  // namespace cifar_bn
