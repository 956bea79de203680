#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include <xgrad/core/array.hpp>

namespace xgrad {

/// An array of one of the dtypes F32, F64 and I64.
using AnyArray = std::variant<Array<float>, Array<double>, Array<std::int64_t>>;
/// Arrays by name.
using NamedArrays = std::map<std::string, AnyArray>;

/// The dtype and shape, for messages: `F32 of shape (2, 3)`.
std::string described(const AnyArray& array);

/// The contents of a safetensors file.
struct Safetensors {
    NamedArrays arrays;  ///< Arrays by name.
    std::map<std::string, std::string> metadata;  ///< Free text by key.

    /// Whether both have equal contents; a NaN is not equal to itself.
    bool operator==(const Safetensors&) const = default;
};

/// Reads a file in the safetensors format (https://github.com/huggingface/safetensors). The file is not
/// trusted: no array is allocated before the header has been found consistent with the file's size.
/// @throws DataError  the file cannot be read, is not in this format, or has a dtype other than F32, F64 and
/// I64. The message names the file, the place (an offset or an array), what was expected there and what was
/// found.
Safetensors read_safetensors(const std::filesystem::path& path);

/// The same of the bytes of such a file. @param name  for messages, in place of the file's.
/// @throws DataError  as for the form above.
Safetensors parse_safetensors(std::string_view bytes, const std::string& name);

/// Where an array is in a safetensors file.
struct ArrayPlace {
    std::size_t dtype;     ///< The index of its type among those of `AnyArray`: F32, F64, I64.
    Shape shape;           ///< Its extents.
    std::uint64_t offset;  ///< Of its first byte in the file. Elements are little-endian, in row-major order.
};

/// The places of all arrays of a safetensors file, by name, without reading them.
/// @throws DataError  as for read_safetensors().
std::map<std::string, ArrayPlace> read_safetensors_places(const std::filesystem::path& path);

/// The bytes of a safetensors file. Equal contents give equal bytes: arrays are sorted by element size, the
/// largest first, then by name.
/// @throws ValueError  what a reader would reject: a name or text that is not UTF-8, an array named
/// `__metadata__`, an array with more than 64 axes, or a header of more than 100 MB.
std::string safetensors_bytes(const Safetensors& contents);

/// Writes a safetensors file, completely or not at all.
/// @throws ValueError  as for safetensors_bytes().
/// @throws DataError  the file cannot be written; the old file is unchanged.
void write_safetensors(const std::filesystem::path& path, const Safetensors& contents);

}  // namespace xgrad
