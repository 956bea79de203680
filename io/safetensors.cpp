#include <xgrad/io/safetensors.hpp>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/io/safetensors_header.hpp>
#include <xgrad/io/text.hpp>
#include <xgrad/io/write_file.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

using NamedArray = std::pair<const std::string, AnyArray>;

const Shape& shape_of(const AnyArray& array) {
    return std::visit([](const auto& values) -> const Shape& { return values.shape(); }, array);
}

std::string_view bytes_of(const AnyArray& array) {
    return std::visit(
        [](const auto& values) {
            return std::string_view(reinterpret_cast<const char*>(values.data()),
                                    values.size() * sizeof(*values.data()));
        },
        array);
}

const detail::Dtype& dtype_of(const AnyArray& array) { return detail::dtypes[array.index()]; }

void check_text(std::string_view text) {
    if (utf8_prefix(text) < text.size())
        fail<ValueError>("write_safetensors", fmt::format("{} is not UTF-8", shown(text)));
}

void check_writable(const Safetensors& contents) {
    for (const auto& [name, array] : contents.arrays) {
        check_text(name);
        if (name == detail::metadata_name)
            fail<ValueError>("write_safetensors",
                             fmt::format("an array cannot be named {}", detail::metadata_name));
        if (shape_of(array).size() > detail::most_axes)
            fail<ValueError>("write_safetensors",
                             fmt::format("{}: expected at most {} axes, got {}", shown(name),
                                         detail::most_axes, shape_of(array).size()));
    }
    for (const auto& [key, text] : contents.metadata) {
        check_text(key);
        check_text(text);
    }
}

std::string header_of(const Safetensors& contents, const std::vector<const NamedArray*>& in_file) {
    std::vector<std::string> entries;
    if (!contents.metadata.empty())
        entries.push_back(
            fmt::format(R"("{}":{})", detail::metadata_name, nlohmann::json(contents.metadata).dump()));
    std::size_t begin = 0;
    for (const NamedArray* entry : in_file) {
        const auto& [name, array] = *entry;
        const Shape& shape = shape_of(array);
        const std::size_t end = begin + bytes_of(array).size();
        entries.push_back(fmt::format(R"({}:{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})",
                                      nlohmann::json(name).dump(), dtype_of(array).name, joined(shape, ","),
                                      begin, end));
        begin = end;
    }
    std::string header = fmt::format("{{{}}}", joined(entries, ","));
    header.resize((header.size() + 7) / 8 * 8, ' ');
    if (header.size() > detail::most_header_bytes)
        fail<ValueError>("write_safetensors", fmt::format("expected a header of at most {} bytes, got {}",
                                                          detail::most_header_bytes, header.size()));
    return header;
}

}  // namespace

std::string described(const AnyArray& array) {
    return fmt::format("{} of shape {}", dtype_of(array).name, to_string(shape_of(array)));
}

std::string safetensors_bytes(const Safetensors& contents) {
    check_writable(contents);
    std::vector<const NamedArray*> in_file;
    for (const NamedArray& entry : contents.arrays) in_file.push_back(&entry);
    std::stable_sort(in_file.begin(), in_file.end(), [](const NamedArray* a, const NamedArray* b) {
        return dtype_of(a->second).bytes > dtype_of(b->second).bytes;
    });
    const std::string header = header_of(contents, in_file);
    const std::uint64_t header_bytes = header.size();
    std::string file(reinterpret_cast<const char*>(&header_bytes), sizeof(header_bytes));
    file += header;
    for (const NamedArray* entry : in_file) file += bytes_of(entry->second);
    return file;
}

void write_safetensors(const fs::path& path, const Safetensors& contents) {
    write_file(path, safetensors_bytes(contents));
}

}  // namespace xgrad
