#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <string>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "shared/jobs/receipt.hpp"

// A program's options in JSON, as receipts have them. The options are a struct for which a function
// `for_each_option(config, each)` calls each("name", member) for every one.
namespace apps {

/// Throws an xgrad::ValueError `OPTION: expected EXPECTED` unless the condition holds.
void expect(bool condition, const char* option, const std::string& expected);
/// The same for a number from 1 to 1000: of seeds, or of trainings at once.
void expect_count(const char* option, int value);
/// The same for --shards: 0, or each has an image.
void expect_shards(std::size_t shards, std::size_t batch_size);

namespace detail {

// The object under options_key in a receipt. @throws xgrad::ValueError  there is none.
nlohmann::json options_in(const std::filesystem::path& file);
[[noreturn]] void refuse_options(const std::filesystem::path& file, const std::string& what);

// nlohmann-json silently converts fractions to integers, and negative numbers to counts; this check rejects
// them.
template <class V>
bool has_type_of(const nlohmann::json& value, const V&) {
    if constexpr (std::is_same_v<V, bool>) return value.is_boolean();
    if constexpr (std::is_same_v<V, std::string>) return value.is_string();
    if constexpr (std::is_same_v<V, double>) return value.is_number();
    if constexpr (std::is_same_v<V, int>)
        return value.is_number_integer() && std::abs(value.get<double>()) < 1e6;
    if constexpr (std::is_same_v<V, std::vector<std::size_t>>)
        return value.is_array() &&
               std::all_of(value.begin(), value.end(), [](const auto& x) { return x.is_number_unsigned(); });
    return value.is_number_unsigned();
}

template <class Config>
nlohmann::json all_options_json(const Config& config) {
    nlohmann::json json;
    for_each_option(config, [&](const char* name, const auto& value) { json[name] = value; });
    return json;
}

}  // namespace detail

/// The options as an object, as far as the result depends on them: without the shards if there are none, else
/// without the threads.
template <class Config>
nlohmann::json options_json(const Config& config) {
    nlohmann::json json = detail::all_options_json(config);
    json.erase(config.shards == 0 ? shards_key : threads_key);
    return json;
}

/// The configuration with these options; those that it has not keep their defaults.
/// @param file  where they are from, for the message.
/// @throws xgrad::ValueError  they are invalid; the message names the file and the problem.
template <class Config>
Config parse_options(const nlohmann::json& options, const std::filesystem::path& file) {
    Config config;
    const nlohmann::json known = detail::all_options_json(config);
    for (const auto& [name, value] : options.items())
        if (!known.contains(name)) detail::refuse_options(file, fmt::format("\"{}\" is no option", name));
    for_each_option(config, [&]<class V>(const char* name, V& value) {
        if (!options.contains(name)) return;
        if (!detail::has_type_of(options[name], value))
            detail::refuse_options(file, fmt::format("\"{}\" cannot be {}", name, options[name].dump()));
        value = options[name].template get<V>();
    });
    return config;
}

/// The same with the options under `options_key` in a config.json.
template <class Config>
Config read_options(const std::filesystem::path& file) {
    return parse_options<Config>(detail::options_in(file), file);
}

}  // namespace apps
