#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <xgrad/onnx/export.hpp>
#include "support/conformance/cases.hpp"
#include "support/conformance/modules.hpp"

// The modules of PyTorch's random cases, to be exported.
namespace xgrad::conformance {

/// A module in evaluation mode, with random state and options; an input, or indices; and what it makes of it.
template <class T>
struct ModuleCase {
    std::string kind, description;
    std::unique_ptr<Module<T>> module;
    Array<T> x;  ///< Empty for an Embedding.
    Indices index;  ///< For an Embedding.
    Array<T> y;
    OnnxOptions options;  ///< With the shape of an example.

    Shape input_shape() const { return kind == "Embedding" ? index.shape() : x.shape(); }
};

/// Those whose input is not empty and has the axes of a batch.
template <class T>
std::vector<ModuleCase<T>> module_cases(const std::filesystem::path& file) {
    std::vector<ModuleCase<T>> found;
    for (const Case<T>& c : read_cases<T>(file)) {
        if (!c.is_module()) continue;
        const Tensors<T> inputs(c.x.begin(), c.x.end());
        ModuleCase<T> m{c.op, c.options["module"].dump(), module_of(inputs, c.options), {}, {}, {}, {}};
        m.module->eval();
        if (c.op == "Embedding")
            m.index = indices(c.options["index"]);
        else
            m.x = c.x[0];
        const Shape shape = m.input_shape();
        if (size_of(shape) == 0 || shape.size() < (c.op == "Embedding" ? 1 : 2)) continue;
        m.options.input_shape.assign(shape.begin() + 1, shape.end());
        m.y = call_module(*m.module, inputs, c.options).value();
        found.push_back(std::move(m));
    }
    return found;
}

/// The cases in the tree.
inline const std::filesystem::path tree_cases =
    XGRAD_SOURCE_DIR "/tests/conformance/data/random_cases.safetensors.gz";

}  // namespace xgrad::conformance
