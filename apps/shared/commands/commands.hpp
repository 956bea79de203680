#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "shared/models/saved_model.hpp"

namespace CLI {
class App;
}

namespace apps {

/// Opens the model that a program's `train` has left in a folder.
using OpenModel = std::function<SavedModel(const std::filesystem::path& folder)>;

/// Adds `evaluate`: evaluates a saved model on a test set or on a file in the CIFAR-10 format.
/// @param folder  where the program's `train` leaves its model unless it is told otherwise.
void add_evaluate(CLI::App& app, const OpenModel& open, const std::filesystem::path& folder);

/// Adds `predict`: classifies pictures with a saved model. The arguments are those of add_evaluate().
void add_predict(CLI::App& app, const OpenModel& open, const std::filesystem::path& folder);

/// Runs the subcommand that the arguments name. Writes help and what is wrong with the arguments to the
/// standard streams. @returns the exit status.
int run_command(CLI::App& app, std::vector<std::string> arguments);

/// A program's main(): its exit status, after a message if run() throws.
int program_main(const char* program, int (*run)(std::vector<std::string>), int argc, char** argv);

}  // namespace apps
