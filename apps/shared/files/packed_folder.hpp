#pragma once

#include <filesystem>
#include <string>

namespace apps {

/// The files of a folder, but not of the folders in it, as bytes.
std::string packed(const std::filesystem::path& folder);

/// Replaces a folder by one with these files. The one called `last` is written last.
/// @throws xgrad::DataError  the bytes are not from packed(), or a file cannot be written.
void unpack(const std::string& bytes, const std::filesystem::path& folder, const std::string& last);

}  // namespace apps
