#pragma once

#include <filesystem>

#include "shared/models/saved_model.hpp"

namespace cifar_conv {

/// The net that `cifar_conv train` has left in a folder.
/// @throws xgrad::DataError, xgrad::StateError, xgrad::ValueError  a file is missing or damaged, or the files
/// do not fit together.
apps::SavedModel open_model(const std::filesystem::path& folder);

}  // namespace cifar_conv
