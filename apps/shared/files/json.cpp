#include "shared/files/json.hpp"

#include <fstream>
#include <limits>
#include <sstream>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace apps {
namespace {

void restore_nan(nlohmann::json& value) {
    if (value.is_null()) value = std::numeric_limits<double>::quiet_NaN();
    if (value.is_structured())
        for (nlohmann::json& part : value) restore_nan(part);
}

}  // namespace

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

nlohmann::json parse_json_with_nan(const std::string& text) {
    nlohmann::json value = parse_json(text);
    restore_nan(value);
    return value;
}

}  // namespace apps
