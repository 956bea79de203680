// cifar_bn's read_config, check_config and to_json.
#include <nlohmann/json.hpp>

#include "cifar_bn/training/config.hpp"

#include "fuzz.hpp"

using namespace cifar_bn;
using namespace xgrad;

int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string file = fuzz::folder().write("config.json", test::Bytes(bytes, bytes + size));
    const auto config = fuzz::accepted<ValueError>(file, [&] { return read_config(file); });
    if (!config) return 0;
    const nlohmann::json options = to_json(*config);
    const std::string again = fuzz::folder().write("again.json", nlohmann::json{{"options", options}}.dump());
    fuzz::require(to_json(read_config(again)) == options,
                  "reading returns something other than what was written");
    try {
        check_config(*config);
    } catch (const ValueError&) {
        return 0;
    }
    config->schedule();
    config->initializer();
    return 0;
}
