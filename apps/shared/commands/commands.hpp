#pragma once

#include <filesystem>
#include <functional>

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

}  // namespace apps
