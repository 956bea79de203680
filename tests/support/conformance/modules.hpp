#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <xgrad/nn/module.hpp>

// Modules by the descriptions that tests/pytorch/torch_modules.py makes PyTorch's of.
namespace xgrad::conformance {

/// The kinds of all modules: the final classes in the headers of nn/.
std::vector<std::string> module_kinds();

/// A module by its kind and the options of PyTorch's constructor: `{"kind": "ELU", "alpha": 0.5}`. A
/// Sequential has `modules`, a Residual a `body` and maybe a `shortcut`.
/// @throws std::out_of_range  the kind is not in the table.
template <class T>
std::unique_ptr<Module<T>> make_module(const nlohmann::json& description);

/// The module of a call in tests/pytorch/random_modules.py, with its buffers and mode. Its parameters are
/// handles of the last inputs.
template <class T>
std::unique_ptr<Module<T>> module_of(const std::vector<Tensor<T>>& inputs, const nlohmann::json& call);

/// Calls that module, with the first input, or, as an Embedding is, with the call's indices.
template <class T>
Tensor<T> call_module(Module<T>& module, const std::vector<Tensor<T>>& inputs, const nlohmann::json& call);

/// Buffers by name from lists and numbers.
template <class T>
StateDict<T> buffers(const nlohmann::json& lists);

/// Indices from `index`, in row-major order, and `index_shape`.
Indices indices(const nlohmann::json& options);

}  // namespace xgrad::conformance
