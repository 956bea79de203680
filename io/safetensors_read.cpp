#include <algorithm>
#include <bit>
#include <cerrno>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/io/safetensors_header.hpp>
#include <xgrad/io/text.hpp>

namespace fs = std::filesystem;

namespace xgrad {
namespace {

using detail::fail_at;
using detail::fail_in;
using detail::header_start;
using detail::SafetensorsHeader;
using detail::StoredArray;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

void read_bytes(const fs::path& path, std::ifstream& in, void* out, std::size_t bytes) {
    if (!in.read(static_cast<char*>(out), static_cast<std::streamsize>(bytes)))
        fail_in(path, "while reading", fmt::format("{} more bytes", bytes),
                in.bad() ? "an error" : fmt::to_string(in.gcount()));
}

// The bytes of an array. They, and xtensor's strides, are counted in 63 bits.
std::optional<std::uint64_t> byte_count(const Shape& shape, std::size_t element_bytes) {
    auto bytes = static_cast<std::ptrdiff_t>(element_bytes);
    bool empty = false;
    for (const std::size_t extent : shape) {
        if (extent == 0) empty = true;
        if (extent != 0 && __builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
    }
    return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

void check_array(const fs::path& path, const std::string& name, const StoredArray& array) {
    const auto [dtype_name, element_bytes] = detail::dtypes[array.dtype];
    if (array.begin > array.end)
        fail_in(path, shown(name), "data_offsets [begin, end] with begin <= end",
                fmt::format("[{}, {}]", array.begin, array.end));
    const std::optional<std::uint64_t> bytes = byte_count(array.shape, element_bytes);
    if (!bytes) fail_in(path, shown(name), "a shape of less than 2^63 bytes", to_string(array.shape));
    if (array.end - array.begin != *bytes)
        fail_in(path, shown(name),
                fmt::format("{} bytes for {} of shape {}", *bytes, dtype_name, to_string(array.shape)),
                fmt::to_string(array.end - array.begin));
}

// Every byte of the data belongs to exactly one array.
void check_layout(const fs::path& path, const std::map<std::string, StoredArray>& arrays,
                  std::uint64_t data_start, std::uint64_t data_bytes) {
    std::vector<const std::pair<const std::string, StoredArray>*> in_file;
    in_file.reserve(arrays.size());
    for (const auto& entry : arrays) in_file.push_back(&entry);
    std::sort(in_file.begin(), in_file.end(), [](const auto* a, const auto* b) {
        return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
    });
    std::uint64_t end = 0;
    for (const auto* entry : in_file) {
        const auto& [name, array] = *entry;
        if (array.begin != end)
            fail_in(path, shown(name), fmt::format("data_offsets that begin at {}", end),
                    fmt::format("{} ({})", array.begin, array.begin < end ? "an overlap" : "a hole"));
        end = array.end;
    }
    if (end > data_bytes)
        fail_at(path, data_start, fmt::format("{} bytes of data", end), fmt::to_string(data_bytes));
    if (end < data_bytes)
        fail_at(path, data_start + end, "the end of the file",
                fmt::format("{} more bytes", data_bytes - end));
}

SafetensorsHeader read_header(const fs::path& path, std::ifstream& in, std::uint64_t file_bytes) {
    if (file_bytes < header_start)
        fail_at(path, 0, "8 bytes, the length of the header", fmt::to_string(file_bytes));
    std::uint64_t header_bytes = 0;
    read_bytes(path, in, &header_bytes, header_start);
    if (header_bytes > detail::most_header_bytes)
        fail_at(path, 0, fmt::format("a header of at most {} bytes", detail::most_header_bytes),
                fmt::to_string(header_bytes));
    if (header_bytes > file_bytes - header_start)
        fail_at(path, 0,
                fmt::format("a header of at most {} bytes in a file of this size", file_bytes - header_start),
                fmt::to_string(header_bytes));
    std::string text(header_bytes, '\0');
    read_bytes(path, in, text.data(), text.size());

    SafetensorsHeader header = detail::parse_safetensors_header(path, text);
    for (const auto& [name, array] : header.arrays) check_array(path, name, array);
    const std::uint64_t data_start = header_start + header_bytes;
    check_layout(path, header.arrays, data_start, file_bytes - data_start);
    for (auto& [name, array] : header.arrays) {
        array.begin += data_start;
        array.end += data_start;
    }
    return header;
}

template <class V>
Array<V> read_array(const fs::path& path, std::ifstream& in, const StoredArray& stored) {
    Array<V> values(stored.shape);
    in.seekg(static_cast<std::streamoff>(stored.begin));
    read_bytes(path, in, values.data(), values.size() * sizeof(V));
    return values;
}

AnyArray read_any_array(const fs::path& path, std::ifstream& in, const StoredArray& stored) {
    if (stored.dtype == 0) return read_array<float>(path, in, stored);
    if (stored.dtype == 1) return read_array<double>(path, in, stored);
    return read_array<std::int64_t>(path, in, stored);
}

}  // namespace

Safetensors read_safetensors(const fs::path& path) {
    std::error_code error;
    const std::uint64_t file_bytes = fs::file_size(path, error);  // an error for whatever is no regular file
    std::ifstream in;
    if (!error) {
        in.open(path, std::ios::binary);
        if (!in) error = std::error_code(errno, std::generic_category());
    }
    if (error)
        fail<DataError>("read_safetensors",
                        fmt::format("{}: expected a readable file: {}", path.string(), error.message()));

    SafetensorsHeader header = read_header(path, in, file_bytes);
    Safetensors contents;
    contents.metadata = std::move(header.metadata);
    while (!header.arrays.empty()) {
        auto stored = header.arrays.extract(header.arrays.begin());
        contents.arrays.emplace_hint(contents.arrays.end(), std::move(stored.key()),
                                     read_any_array(path, in, stored.mapped()));
    }
    return contents;
}

}  // namespace xgrad
