#pragma once

#include <filesystem>
#include <string_view>

namespace xgrad {

/// Writes a file completely or not at all: to a temporary file in the same folder, which then replaces the
/// old file and takes over its mode. After the return, the new contents survive a crash; before it, either
/// the old or the new contents do.
/// @throws DataError  names the file, the step that failed and the cause. The old file is unchanged, unless
/// the failed step is the last one, "sync the folder": then the new file is in place, but a crash may bring
/// back the old one.
void write_file(const std::filesystem::path& path, std::string_view contents);

/// Removes the temporary files left in `folder` by programs that were killed in write_file(). No other
/// process may be writing there.
void remove_leftovers(const std::filesystem::path& folder);

}  // namespace xgrad
