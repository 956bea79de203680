#include "support/conformance/cases.hpp"

#include <fmt/format.h>

#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/safetensors.hpp>
#include "support/temp_dir.hpp"

namespace xgrad::conformance {
namespace {

Safetensors read_gzipped(const std::filesystem::path& file) {
    ByteReader reader("read_cases", file, Gzip::detect);
    test::Bytes bytes, block(1 << 20);
    for (std::size_t count = block.size(); count == block.size();) {
        count = reader.read(block);
        bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
    }
    const test::TempDir dir;
    return read_safetensors(dir.write("cases", bytes));
}

}  // namespace

template <class T>
std::vector<Case<T>> read_cases(const std::filesystem::path& file) {
    const Safetensors contents = read_gzipped(file);
    std::vector<Case<T>> cases;
    std::size_t number = 0;
    for (const nlohmann::json& entry : nlohmann::json::parse(contents.metadata.at("cases"))) {
        const auto has = [&](const std::string& name) {
            return std::holds_alternative<Array<T>>(contents.arrays.at(fmt::format("{}.{}", number, name)));
        };
        const auto array = [&](const std::string& name) {
            return std::get<Array<T>>(contents.arrays.at(fmt::format("{}.{}", number, name)));
        };
        const auto numbered = [&](const char* name) {
            std::vector<Array<T>> found;
            for (std::size_t i = 0; i < entry.at("inputs"); ++i)
                found.push_back(array(fmt::format("{}{}", name, i)));
            return found;
        };
        if (has("y")) {
            Results<T> torch{array("y"), numbered("g"), numbered("h")};
            torch.second.push_back(array("hdy"));
            cases.push_back(
                {entry.at("op"), entry.at("options"), numbered("x"), array("dy"), std::move(torch)});
        }
        ++number;
    }
    return cases;
}

template std::vector<Case<float>> read_cases(const std::filesystem::path&);
template std::vector<Case<double>> read_cases(const std::filesystem::path&);

}  // namespace xgrad::conformance
