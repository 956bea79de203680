#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include <xgrad/core/array.hpp>

namespace xgrad {

/// An array of one of the dtypes F32, F64 and I64.
using AnyArray = std::variant<Array<float>, Array<double>, Array<std::int64_t>>;
/// Arrays by name.
using NamedArrays = std::map<std::string, AnyArray>;

/// Its dtype and shape, for a message: `F32 of shape (2, 3)`.
std::string described(const AnyArray& array);

/// What a safetensors file holds: arrays by name, and free text by key.
struct Safetensors {
    NamedArrays arrays;  ///< By name.
    std::map<std::string, std::string> metadata;  ///< Free text by key.

    /// Whether both hold the same; a NaN is not equal to itself.
    bool operator==(const Safetensors&) const = default;
};

/// Reads a file in the safetensors format (https://github.com/huggingface/safetensors). Nothing in the file
/// is trusted: no array is allocated before the header has proven consistent with the file's size.
/// @throws DataError  no readable file, or not such a file, or a dtype other than F32, F64 and I64; names the
/// file, the place (an offset
///                    or an array), what is expected there and what was found.
Safetensors read_safetensors(const std::filesystem::path& path);

/// The bytes of such a file. The same contents give the same bytes: arrays of large elements first, then by
/// name.
/// @throws ValueError  what a reader would refuse: a name or text that is not UTF-8, an array named
/// `__metadata__` or with more than 64
///                     axes, a header above 100 MB.
std::string safetensors_bytes(const Safetensors& contents);

/// Writes such a file, as a whole or not at all.
/// @throws ValueError  as safetensors_bytes().  @throws DataError  the file cannot be written; the old one is
/// as it was.
void write_safetensors(const std::filesystem::path& path, const Safetensors& contents);

}  // namespace xgrad
