#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace cifar_bn {

/// Parses JSON of at most 10 levels, since all that is done with a value recurses; the program itself writes fewer.
/// @throws nlohmann::json::exception  it is none.  @throws xgrad::DataError  it has more levels.
nlohmann::json parse_json(const std::string& text);

}  // namespace cifar_bn
