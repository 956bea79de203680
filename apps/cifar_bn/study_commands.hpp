#pragma once

#include <CLI/CLI.hpp>

namespace cifar_bn {

/// Adds `cifar_bn search`: tries values of lambda.
void add_search(CLI::App& app);

/// Adds `cifar_bn sensitivity`: trains from weights of several sizes, without and with batch norm.
void add_sensitivity(CLI::App& app);

/// Adds `cifar_bn report`: everything that the published report has.
void add_report(CLI::App& app);

}  // namespace cifar_bn
