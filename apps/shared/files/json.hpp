#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace apps {

/// The contents of a file; nothing if it cannot be opened.
std::optional<std::string> read_text(const std::filesystem::path& file);

/// Parses JSON of at most 10 levels, since all that is done with a value recurses; the program itself writes
/// fewer.
/// @throws nlohmann::json::exception  it is none.  @throws xgrad::DataError  it has more levels.
nlohmann::json parse_json(const std::string& text);

}  // namespace apps
