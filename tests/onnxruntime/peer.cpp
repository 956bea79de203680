// Usage: xgrad_onnxruntime_peer FOLDER [CASES]
// xgrad's side of compare.mjs: exports the modules of PyTorch's random cases (of a file of
// tests/pytorch/conformance.py, by default that of the tree) as 0.onnx, 1.onnx ... in FOLDER, and writes
// their inputs 0.x, 1.x ... and outputs 0.y, 1.y ... to FOLDER/arrays.safetensors, whose metadata list the
// kinds of all modules and describe the models.
#include <exception>
#include <iostream>

#include <fmt/format.h>

#include <xgrad/io/safetensors.hpp>
#include "onnx/module_cases.hpp"

using namespace xgrad;
using namespace xgrad::conformance;

namespace {

template <class T>
void add_models(const std::filesystem::path& folder, const std::filesystem::path& cases, Safetensors& file,
                nlohmann::json& models) {
    for (ModuleCase<T>& m : module_cases<T>(cases)) {
        const std::string number = std::to_string(models.size());
        export_onnx(folder / (number + ".onnx"), *m.module, m.options);
        if (m.kind == "Embedding")
            file.arrays[number + ".x"] = Array<std::int64_t>(m.index.values());
        else
            file.arrays[number + ".x"] = std::move(m.x);
        file.arrays[number + ".y"] = std::move(m.y);
        models.push_back({{"kind", m.kind}, {"description", m.description}});
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 2) throw std::invalid_argument("expected a folder");
    const std::filesystem::path folder = argv[1], cases = argc > 2 ? argv[2] : tree_cases;
    Safetensors file;
    nlohmann::json models = nlohmann::json::array();
    add_models<float>(folder, cases, file, models);
    add_models<double>(folder, cases, file, models);
    file.metadata = {{"kinds", nlohmann::json(module_kinds()).dump()}, {"models", models.dump()}};
    write_safetensors(folder / "arrays.safetensors", file);
} catch (const std::exception& error) {
    std::cerr << "xgrad_onnxruntime_peer: " << error.what() << "\n";
    return 1;
}
