#include "json.hpp"

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace cifar_bn {

nlohmann::json parse_json(const std::string& text) {
    static constexpr int most_levels = 10;
    return nlohmann::json::parse(text, [](int depth, nlohmann::json::parse_event_t, const nlohmann::json&) {
        if (depth >= most_levels) xgrad::fail<xgrad::DataError>("", fmt::format("is nested more than {} deep", most_levels));
        return true;
    });
}

}  // namespace cifar_bn
