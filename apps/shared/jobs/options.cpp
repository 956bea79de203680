#include "shared/jobs/options.hpp"

#include <optional>

#include "shared/files/json.hpp"
#include "shared/jobs/receipt.hpp"

#include <xgrad/core/error.hpp>

namespace apps {

void expect(bool condition, const char* option, const std::string& expected) {
    if (!condition) xgrad::fail<xgrad::ValueError>(option, "expected " + expected);
}

void expect_count(const char* option, int value) {
    expect(value >= 1 && value <= 1000, option, fmt::format("1 to 1000, got {}", value));
}

void expect_shards(std::size_t shards, std::size_t batch_size) {
    expect(shards <= batch_size, "--shards",
           fmt::format("at most the batch size, {}, got {}", batch_size, shards));
}

}  // namespace apps

namespace apps::detail {

void refuse_options(const std::filesystem::path& file, const std::string& what) {
    xgrad::fail<xgrad::ValueError>("--config", fmt::format("{}: {}", file.string(), what));
}

nlohmann::json options_in(const std::filesystem::path& file) {
    const std::optional<std::string> text = read_text(file);
    if (!text) refuse_options(file, "cannot be read");
    nlohmann::json json;
    try {
        json = parse_json(*text);
    } catch (const xgrad::DataError& error) {
        refuse_options(file, error.what());
    } catch (const nlohmann::json::exception&) {
        refuse_options(file, "is not JSON");
    }
    if (!json.is_object() || !json.contains(options_key) || !json[options_key].is_object())
        refuse_options(file, fmt::format("has no object \"{}\"", options_key));
    return json[options_key];
}

}  // namespace apps::detail
