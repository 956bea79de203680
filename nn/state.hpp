#pragma once

#include <filesystem>
#include <map>
#include <string>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// A copy of all parameters and buffers of a module, under PyTorch's names and in its layouts: `0.weight`
/// (out, in), `1.running_var`. Counters are I64 of shape ().
/// @throws StateError  `visit` lists a name twice.
template <class T>
NamedArrays state_arrays(const Module<T>& module);

/// Replaces all parameters and buffers of a module, or none if there is an error; see load_state_dict(). F32
/// and F64 load into either scalar type: F64 is rounded to float, and values beyond float's range become
/// infinite. I64 of shape
/// () loads into counters.
/// @throws StateError  lists all missing, unexpected and misshapen entries.
template <class T>
Skipped load_state_arrays(Module<T>& module, NamedArrays arrays, const LoadOptions& options = {});

/// Writes a module's state_arrays().
/// @param metadata  free text; PyTorch's own writers put {"format": "pt"}.
/// @throws StateError  `visit` lists a name twice. @throws ValueError, DataError  as for write_safetensors().
template <class T>
void save_state(const std::filesystem::path& path, const Module<T>& module,
                const std::map<std::string, std::string>& metadata = {});

/// Replaces a module's state by that of a file, as load_state_arrays() does.
/// @throws DataError  as for read_safetensors().  @throws StateError  as for load_state_arrays().
template <class T>
Skipped load_state(const std::filesystem::path& path, Module<T>& module, const LoadOptions& options = {});

}  // namespace xgrad
