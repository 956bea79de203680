#pragma once

#include <CLI/CLI.hpp>

namespace cifar_bn {

/// Adds `cifar_bn report`: everything that the published report has.
void add_report(CLI::App& app);

/// Adds `cifar_bn train`: one training, with its metrics and its configuration written to a folder.
void add_train(CLI::App& app);

/// Adds `cifar_bn evaluate`: how well a saved model does on a test set or on a file in the format of
/// CIFAR-10.
void add_evaluate(CLI::App& app);

/// Adds `cifar_bn predict`: what a saved model takes pictures for.
void add_predict(CLI::App& app);

/// Adds `cifar_bn search`: tries values of lambda.
void add_search(CLI::App& app);

/// Adds `cifar_bn sensitivity`: trains from weights of several sizes, without and with batch norm.
void add_sensitivity(CLI::App& app);

/// Adds `cifar_bn gradcheck`: every entry of a net's gradient, against hand-derived and numerical ones. Where
/// a bar is not kept, it throws CLI::RuntimeError(1), the exit status.
void add_gradcheck(CLI::App& app);

}  // namespace cifar_bn
