#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>

#include <xgrad/core/array.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// An array of one of the dtypes F32, F64 and I64.
using AnyArray = std::variant<Array<float>, Array<double>, Array<std::int64_t>>;
/// Arrays by name.
using NamedArrays = std::map<std::string, AnyArray>;

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

/// A copy of all parameters and buffers of a module, under PyTorch's names and in its layouts: `0.weight`
/// (out, in), `1.running_var`; counters are I64 of shape ().
/// @throws StateError  `visit` lists a name twice.
template <class T>
NamedArrays state_arrays(const Module<T>& module);

/// Replaces all parameters and buffers of a module, or (on an error) none. F32 and F64 load into either
/// scalar type (F64 is rounded to float; what float cannot hold becomes infinite), I64 of shape () into
/// counters.
/// @throws StateError  lists every missing, unexpected or misshapen entry at once.
template <class T>
void load_state_arrays(Module<T>& module, NamedArrays arrays);

/// Writes a module's state_arrays().
/// @param metadata  free text; PyTorch's own writers put {"format": "pt"}.
/// @throws StateError  `visit` lists a name twice.  @throws ValueError, DataError  as write_safetensors().
template <class T>
void save_state(const std::filesystem::path& path, const Module<T>& module,
                const std::map<std::string, std::string>& metadata = {});

/// Replaces a module's state by a file's, as load_state_arrays().
/// @throws DataError  as read_safetensors().  @throws StateError  as load_state_arrays().
template <class T>
void load_state(const std::filesystem::path& path, Module<T>& module);

}  // namespace xgrad
