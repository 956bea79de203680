#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "shared/jobs/receipt.hpp"

namespace apps {

/// Rows of a table, name and value, of what a receipt says of the program and its kernels; and, unless it has
/// run all trainings, of those that have.
/// @param builds  how many trainings each has run, by its build_of().
std::vector<std::vector<std::string>> receipt_rows(const Receipt& receipt,
                                                   const std::map<std::string, std::size_t>& builds);

/// An absolute path as a word of a shell command.
std::string absolute_quoted(const std::filesystem::path& path);

/// The checksums of the data's files.
xgrad::page::Table checksums_table(const Receipt& receipt);

}  // namespace apps
