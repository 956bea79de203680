#pragma once

#include <filesystem>
#include <string_view>

namespace xgrad {

/// Writes a file as a whole or not at all: to a temporary file in the same folder, which then takes the
/// file's place, and its mode. After it has returned, the new contents survive a crash; before, the old ones
/// or the new ones do.
/// @throws DataError  names the file, the step that failed and its cause; the old file is as it was, unless
/// that step is the last one, to
///                    "sync the folder": then the new one is in its place, but a crash may bring the old one
///                    back.
void write_file(const std::filesystem::path& path, std::string_view contents);

/// Removes the temporary files that programs which were killed in write_file() have left in `folder`. No
/// other process may be writing there.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace xgrad
