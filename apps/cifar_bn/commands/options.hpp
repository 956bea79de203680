#pragma once

#include <CLI/CLI.hpp>

#include "cifar_bn/experiments/study.hpp"

namespace cifar_bn {

/// The options that decide what net is trained and how, but for those that an experiment varies itself:
/// lambda, init, seed, threads.
void add_train_options(CLI::App& command, TrainConfig& config);

/// --lambda and --init.
void add_lambda_option(CLI::App& command, TrainConfig& config);
void add_init_option(CLI::App& command, TrainConfig& config);

/// --data: a folder, for data_folder().
void add_data_option(CLI::App& command, std::string& data);

/// --jobs, --data and --out; `out` has its default.
void add_study_options(CLI::App& command, StudyOptions& options);
/// --seeds
void add_seeds_option(CLI::App& command, StudyOptions& options);

}  // namespace cifar_bn
