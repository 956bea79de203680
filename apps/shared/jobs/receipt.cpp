#include "shared/jobs/receipt.hpp"

#include <fstream>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "shared/files/checksum.hpp"
#include "shared/files/json.hpp"

#include <xgrad/core/isa.hpp>
#include <xgrad/core/parallel.hpp>

namespace apps {
namespace {

using nlohmann::json;

// Entries whose change may affect only the last bits of the result; the training is the same.
bool concerns_last_bits(const std::string& pointer) {
    static const std::set<std::string> pointers{"/version",
                                                "/binary_sha256",
                                                "/compiler",
                                                "/flags",
                                                "/isa",
                                                "/blas",
                                                fmt::format("/{}/{}", options_key, threads_key)};
    return pointers.contains(pointer);
}

// The entries of a receipt by JSON pointer; none if the text is not a receipt.
json flattened(const std::string& text) {
    try {
        const json receipt = parse_json(text);
        if (receipt.is_object() && !receipt.empty()) return receipt.flatten();
    } catch (const std::exception&) {  // treated as no receipt
    }
    return json::object();
}

}  // namespace

Receipt make_receipt(const std::string& program, const Split& data,
                     const std::map<std::string, std::string>& checksums, json options) {
    const xgrad::ImageShape shape = data.train.image_shape();
    return {program,
            XGRAD_VERSION,
            {data.train.name(),
             data.train.classes(),
             {shape.channels, shape.height, shape.width},
             data.train.size(),
             data.validation.size(),
             data.test.size(),
             checksums},
            sha256("/proc/self/exe"),
            XGRAD_COMPILER,
            XGRAD_FLAGS,
            to_string(xgrad::isa()),
            xgrad::blas_config(),
            std::move(options)};
}

xgrad::ReceiptDifferences receipt_differences(const std::string& written, const std::string& now) {
    const json there = flattened(written), here = flattened(now);
    std::set<std::string> pointers;
    for (const json* receipt : {&there, &here})
        for (const auto& [pointer, value] : receipt->items()) pointers.insert(pointer);
    xgrad::ReceiptDifferences differences;
    for (const std::string& pointer : pointers) {
        const auto value_in = [&](const json& receipt) {
            return receipt.contains(pointer) ? receipt[pointer].dump() : "nothing";
        };
        if (value_in(there) == value_in(here)) continue;
        (concerns_last_bits(pointer) ? differences.last_bits : differences.training)
            .push_back(fmt::format("{} was {}, is {}", pointer.substr(1), value_in(there), value_in(here)));
    }
    return differences;
}

std::string build_of(const json& receipt) {
    const auto entry = [&](const char* name) { return receipt.value(name, "?"); };
    return fmt::format("xgrad {}, {} `{}`, {}, {}, binary `{:.12}`", entry("version"), entry("compiler"),
                       entry("flags"), entry("isa"), entry("blas"), entry("binary_sha256"));
}

std::string processor_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);)
        if (line.starts_with("model name")) return line.substr(line.find(": ") + 2);
    return "unknown";
}

}  // namespace apps
