#include "shared/files/packed_folder.hpp"

#include <cstdint>
#include <map>
#include <vector>

#include <nlohmann/json.hpp>

#include "shared/files/json.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/io/write_file.hpp>

namespace apps {

std::string packed(const std::filesystem::path& folder) {
    nlohmann::json files = nlohmann::json::object();
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        const std::string text = read_text(entry.path()).value_or("");
        files[entry.path().filename().string()] =
            nlohmann::json::binary(std::vector<std::uint8_t>(text.begin(), text.end()));
    }
    std::string bytes;
    nlohmann::json::to_cbor(files, bytes);
    return bytes;
}

void unpack(const std::string& bytes, const std::filesystem::path& folder, const std::string& last) {
    std::map<std::string, std::string> files;
    try {
        const auto packed = nlohmann::json::from_cbor(bytes).get<nlohmann::json::object_t>();
        for (const auto& [name, file] : packed) {
            const auto& content = file.get_binary();
            files.emplace(name, std::string(content.begin(), content.end()));
        }
    } catch (const nlohmann::json::exception& error) {
        xgrad::fail<xgrad::DataError>("unpack", error.what());
    }
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    for (const auto& [name, text] : files)
        if (name != last) xgrad::write_file(folder / name, text);
    if (const auto found = files.find(last); found != files.end())
        xgrad::write_file(folder / last, found->second);
}

}  // namespace apps
