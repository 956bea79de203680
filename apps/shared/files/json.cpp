#include "shared/files/json.hpp"

#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {

std::optional<std::string> read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return std::nullopt;
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

nlohmann::json parse_json(const std::string& text) {
    static constexpr int most_levels = 10;
    return nlohmann::json::parse(text, [](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) {
        if (depth >= most_levels)
            xgrad::fail<xgrad::DataError>("json", fmt::format("is nested more than {} deep", most_levels));
        return true;
    });
}

}  // namespace apps
