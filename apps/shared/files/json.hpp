#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace apps {

/// The contents of a file, or nothing if it cannot be opened.
std::optional<std::string> read_text(const std::filesystem::path& file);

/// Parses JSON of at most 10 levels. nlohmann-json processes values recursively, so deep nesting could
/// overflow the stack; the program itself writes fewer levels.
/// @throws nlohmann::json::exception  the text is not JSON.
/// @throws xgrad::DataError  it has more levels.
nlohmann::json parse_json(const std::string& text);
/// The same with NaN for each null: that is how nlohmann-json writes it, as JSON has none.
nlohmann::json parse_json_with_nan(const std::string& text);

}  // namespace apps
