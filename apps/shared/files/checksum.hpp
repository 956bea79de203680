#pragma once

#include <filesystem>
#include <string>

namespace apps {

/// The SHA-256 of a file, as sha256sum prints it. @throws xgrad::DataError  the file cannot be read.
std::string sha256(const std::filesystem::path& file);

}  // namespace apps
