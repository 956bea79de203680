#pragma once

#include <memory>
#include <optional>

#include <CLI/CLI.hpp>

#include "cifar_bn/experiments/study.hpp"
#include "shared/page/page_server.hpp"

namespace cifar_bn {

/// Adds the options of the net and its training, except those that an experiment varies itself: lambda, init,
/// seed, threads.
void add_train_options(CLI::App& command, TrainConfig& config);

/// Add --lambda, --init, --seed and --threads, respectively.
void add_lambda_option(CLI::App& command, TrainConfig& config);
void add_init_option(CLI::App& command, TrainConfig& config);
void add_seed_option(CLI::App& command, TrainConfig& config);
void add_threads_option(CLI::App& command, TrainConfig& config);

/// Adds --data: a folder, for data_folder().
void add_data_option(CLI::App& command, std::string& data);

/// Adds --jobs, --data and --out; `out` has its default.
void add_study_options(CLI::App& command, StudyOptions& options);
/// Adds --seeds.
void add_seeds_option(CLI::App& command, StudyOptions& options);

/// Adds `--serve [PORT]`.
void add_serve_option(CLI::App& command, std::optional<int>& port);

/// The server of a folder, if there is a port; prints its address.
std::unique_ptr<apps::PageServer> server_of(const std::filesystem::path& folder,
                                            const std::optional<int>& port);

}  // namespace cifar_bn
