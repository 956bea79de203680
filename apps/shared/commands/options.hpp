#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "shared/page/page_server.hpp"

#include <xgrad/train/training_loop.hpp>

namespace apps {

/// Adds --data: a folder, for data_folder().
void add_data_option(CLI::App& command, std::string& data);

/// Adds --validation and --images, for split().
void add_split_options(CLI::App& command, std::size_t& validation, std::size_t& images);
/// Adds --config to a `train`: `read` takes the options in a config.json, before other options override them.
void add_config_option(CLI::App& command, const std::function<void(const std::string& file)>& read);
/// Adds --out to a `train`; `out` has its default.
void add_train_out_option(CLI::App& command, std::filesystem::path& out);

/// Adds --seed.
void add_seed_option(CLI::App& command, std::uint64_t& seed);
/// Adds --threads.
void add_threads_option(CLI::App& command, int& threads);

/// Adds --shards and --patience, in seconds, of a training that several processes share.
void add_process_options(CLI::App& command, std::size_t& shards, int& patience);

/// Adds `--serve [PORT]`.
void add_serve_option(CLI::App& command, std::optional<int>& port);

/// The server of a folder, if there is a port; prints its address.
std::unique_ptr<PageServer> server_of(const std::filesystem::path& folder, const std::optional<int>& port);

/// Adds --checkpoint-every, --keep, --resume and --strict.
void add_checkpoint_options(CLI::App& command, xgrad::Checkpointing& checkpointing);
/// @throws xgrad::ValueError  --strict is given without --resume.
void check_checkpoint_options(const xgrad::Checkpointing& checkpointing);

/// The command that makes a `train` with the configuration in its folder again, or goes on with it.
std::string train_command(const std::string& program, const std::filesystem::path& out,
                          const std::string& data);

/// Says how to continue a `train` that a signal has stopped.
void print_stopped(const xgrad::Stopped& stopped, const std::string& program,
                   const std::filesystem::path& out, const std::string& data, std::uint64_t checkpoint_every);
/// Ends the program as one that the signal has ended. @throws CLI::RuntimeError  always: 128 + signal.
[[noreturn]] void end_by_signal();

}  // namespace apps
