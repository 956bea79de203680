#include <algorithm>
#include <bit>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/safetensors.hpp>
#include <xgrad/io/safetensors_header.hpp>
#include <xgrad/io/text.hpp>

namespace xgrad {
namespace {

using detail::header_start;
using detail::StoredArray;
using StoredArrays = std::map<std::string, StoredArray>;

static_assert(std::endian::native == std::endian::little, "safetensors files are little-endian");

template <class V>
std::span<std::uint8_t> bytes_at(V* values, std::size_t count) {
    return {reinterpret_cast<std::uint8_t*>(values), count * sizeof(V)};
}

// The number of bytes of an array; none if 63 bits, which also hold xtensor's strides, cannot count them.
std::optional<std::uint64_t> byte_count(const Shape& shape, std::size_t element_bytes) {
    auto bytes = static_cast<std::ptrdiff_t>(element_bytes);
    bool empty = false;
    for (const std::size_t extent : shape) {
        if (extent == 0) empty = true;
        if (extent != 0 && __builtin_mul_overflow(bytes, extent, &bytes)) return std::nullopt;
    }
    return empty ? 0 : static_cast<std::uint64_t>(bytes);
}

void check_array(const ByteReader& file, const std::string& name, const StoredArray& array) {
    const auto [dtype_name, element_bytes] = detail::dtypes[array.dtype];
    if (array.begin > array.end)
        file.fail(shown(name), "data_offsets [begin, end] with begin <= end",
                  fmt::format("[{}, {}]", array.begin, array.end));
    const std::optional<std::uint64_t> bytes = byte_count(array.shape, element_bytes);
    if (!bytes) file.fail(shown(name), "a shape of less than 2^63 bytes", to_string(array.shape));
    if (array.end - array.begin != *bytes)
        file.fail(shown(name),
                  fmt::format("{} bytes for {} of shape {}", *bytes, dtype_name, to_string(array.shape)),
                  fmt::to_string(array.end - array.begin));
}

// The arrays in the order of the file. Checks that every byte of the data belongs to exactly one array.
std::vector<const StoredArrays::value_type*> in_file_order(const ByteReader& file, const StoredArrays& arrays,
                                                           std::uint64_t data_start) {
    std::vector<const StoredArrays::value_type*> in_file;
    in_file.reserve(arrays.size());
    for (const auto& entry : arrays) in_file.push_back(&entry);
    std::sort(in_file.begin(), in_file.end(), [](const auto* a, const auto* b) {
        return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
    });
    const std::uint64_t data_bytes = file.most_bytes() - data_start;
    std::uint64_t end = 0;
    for (const auto* entry : in_file) {
        const auto& [name, array] = *entry;
        if (array.begin != end)
            file.fail(shown(name), fmt::format("data_offsets that begin at {}", end),
                      fmt::format("{} ({})", array.begin, array.begin < end ? "an overlap" : "a hole"));
        end = array.end;
    }
    if (end > data_bytes)
        file.fail(data_start, fmt::format("{} bytes of data", end), fmt::to_string(data_bytes));
    if (end < data_bytes)
        file.fail(data_start + end, "the end of the file", fmt::format("{} more bytes", data_bytes - end));
    return in_file;
}

std::string read_header_text(ByteReader& file) {
    const std::uint64_t file_bytes = file.most_bytes();
    if (file_bytes < header_start)
        file.fail(0, "8 bytes, the length of the header", fmt::to_string(file_bytes));
    std::uint64_t header_bytes = 0;
    file.read_all(bytes_at(&header_bytes, 1), "the length of the header");
    if (header_bytes > detail::most_header_bytes)
        file.fail(0, fmt::format("a header of at most {} bytes", detail::most_header_bytes),
                  fmt::to_string(header_bytes));
    if (header_bytes > file_bytes - header_start)
        file.fail(
            0, fmt::format("a header of at most {} bytes in a file of this size", file_bytes - header_start),
            fmt::to_string(header_bytes));
    std::string text(header_bytes, '\0');
    file.read_all(bytes_at(text.data(), text.size()), "the header");
    return text;
}

template <class V>
Array<V> read_array(ByteReader& file, const std::string& name, const StoredArray& stored) {
    Array<V> values(stored.shape);
    file.read_all(bytes_at(values.data(), values.size()), shown(name));
    return values;
}

AnyArray read_any_array(ByteReader& file, const std::string& name, const StoredArray& stored) {
    if (stored.dtype == 0) return read_array<float>(file, name, stored);
    if (stored.dtype == 1) return read_array<double>(file, name, stored);
    return read_array<std::int64_t>(file, name, stored);
}

// A header that has been found consistent with the size of its file.
struct CheckedHeader {
    detail::SafetensorsHeader header;
    std::uint64_t data_start;
    std::vector<const StoredArrays::value_type*> in_file;  // its arrays in the order of the file
};

CheckedHeader read_header(ByteReader& file) {
    const std::string text = read_header_text(file);
    CheckedHeader checked{detail::parse_safetensors_header(file, text), header_start + text.size(), {}};
    for (const auto& [name, array] : checked.header.arrays) check_array(file, name, array);
    checked.in_file = in_file_order(file, checked.header.arrays, checked.data_start);
    return checked;
}

Safetensors read_contents(ByteReader&& file) {
    auto [header, data_start, in_file] = read_header(file);
    Safetensors contents;
    contents.metadata = std::move(header.metadata);
    for (const auto* entry : in_file) {
        auto stored = header.arrays.extract(entry->first);
        AnyArray array = read_any_array(file, stored.key(), stored.mapped());
        contents.arrays.emplace(std::move(stored.key()), std::move(array));
    }
    return contents;
}

}  // namespace

Safetensors read_safetensors(const std::filesystem::path& path) {
    return read_contents(ByteReader("read_safetensors", path, Gzip::no));
}

Safetensors parse_safetensors(std::string_view bytes, const std::string& name) {
    return read_contents(ByteReader("parse_safetensors", name, bytes));
}

std::map<std::string, ArrayPlace> read_safetensors_places(const std::filesystem::path& path) {
    ByteReader file("read_safetensors_places", path, Gzip::no);
    const CheckedHeader checked = read_header(file);
    std::map<std::string, ArrayPlace> places;
    for (const auto& [name, array] : checked.header.arrays)
        places.emplace(name, ArrayPlace{array.dtype, array.shape, checked.data_start + array.begin});
    return places;
}

}  // namespace xgrad
