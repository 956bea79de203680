#pragma once

#include <CLI/CLI.hpp>

#include "cifar_bn/experiments/study.hpp"

namespace cifar_bn {

/// Adds the options of the net and its training, except those that an experiment varies itself: lambda, init,
/// seed, threads.
void add_train_options(CLI::App& command, TrainConfig& config);

/// Add --lambda and --init, respectively.
void add_lambda_option(CLI::App& command, TrainConfig& config);
void add_init_option(CLI::App& command, TrainConfig& config);

/// Adds the options of a Spreading, --data, --serve and --out; `out` has its default.
void add_study_options(CLI::App& command, StudyOptions& options);
/// Adds --seeds.
void add_seeds_option(CLI::App& command, StudyOptions& options);

}  // namespace cifar_bn
