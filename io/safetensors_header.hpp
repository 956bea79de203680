#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <xgrad/core/shape.hpp>
#include <xgrad/io/byte_reader.hpp>

// The header of a safetensors file: 8 bytes little-endian length N, then N bytes of JSON,
// {name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {string: string}}. The arrays' bytes
// follow without gaps.
namespace xgrad::detail {

struct Dtype {
    std::string_view name;
    std::size_t bytes;  ///< Of an element.
};
/// In the order of the alternatives of `AnyArray`.
inline constexpr std::array<Dtype, 3> dtypes{{{"F32", 4}, {"F64", 8}, {"I64", 8}}};

inline constexpr std::string_view metadata_name = "__metadata__";
inline constexpr std::uint64_t header_start = 8;
inline constexpr std::uint64_t most_header_bytes = 100'000'000;  // as in the reference implementation
inline constexpr std::size_t most_axes = 64;  // as in PyTorch and NumPy; bounds the memory of a shape

struct StoredArray {
    std::size_t dtype;  ///< Index into `dtypes`.
    Shape shape;
    std::uint64_t begin, end;  ///< In the data, which follow the header.
};

struct SafetensorsHeader {
    std::map<std::string, StoredArray> arrays;
    std::map<std::string, std::string> metadata;
};

/// Takes the header's JSON apart. What it says is not yet compared with itself or with the file's size.
/// @param file  in whose name errors are thrown.
/// @throws DataError  not UTF-8, not JSON, or not the object described above, without repeated keys.
SafetensorsHeader parse_safetensors_header(const ByteReader& file, std::string_view text);

}  // namespace xgrad::detail
