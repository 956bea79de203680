#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <xgrad/core/shape.hpp>
#include <xgrad/io/byte_reader.hpp>

// The header of a safetensors file: its length N in 8 bytes, little-endian, then N bytes of JSON,
// {name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {string: string}}. The data of the
// arrays follow without gaps.
namespace xgrad::detail {

struct Dtype {
    std::string_view name;
    std::size_t bytes;  ///< Bytes per element.
};
/// In the order of the alternatives of `AnyArray`.
inline constexpr std::array<Dtype, 3> dtypes{{{"F32", 4}, {"F64", 8}, {"I64", 8}}};

inline constexpr std::string_view metadata_name = "__metadata__";
inline constexpr std::uint64_t header_start = 8;
inline constexpr std::uint64_t most_header_bytes = 100'000'000;  // as in the reference implementation
inline constexpr std::size_t most_axes = 64;  // as in PyTorch and NumPy; limits the memory of a shape

struct StoredArray {
    std::size_t dtype;  ///< Index into `dtypes`.
    Shape shape;
    std::uint64_t begin, end;  ///< Byte offsets into the data, which follow the header.
};

struct SafetensorsHeader {
    std::map<std::string, StoredArray> arrays;
    std::map<std::string, std::string> metadata;
};

/// Parses the header's JSON. Does not yet check its consistency, or compare it with the file's size.
/// @param file  the file that errors name.
/// @throws DataError  the text is not UTF-8, is not JSON, is not the object described above, or repeats a
/// key.
SafetensorsHeader parse_safetensors_header(const ByteReader& file, std::string_view text);

}  // namespace xgrad::detail
