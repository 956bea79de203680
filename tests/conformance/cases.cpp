#include "conformance/cases.hpp"

#include <fmt/format.h>

#include <xgrad/io/byte_reader.hpp>
#include <xgrad/io/safetensors.hpp>
#include "support/temp_dir.hpp"

namespace xgrad::conformance {
namespace {

Safetensors read_gzipped(const std::filesystem::path& file) {
    ByteReader reader("read_cases", file, Gzip::detect);
    test::Bytes bytes, block(1 << 20);
    for (std::size_t count = block.size(); count == block.size();) {
        count = reader.read(block);
        bytes.insert(bytes.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count));
    }
    const test::TempDir dir;
    return read_safetensors(dir.write("cases", bytes));
}

}  // namespace

template <class T>
std::vector<Case<T>> read_cases(const std::filesystem::path& file) {
    const Safetensors contents = read_gzipped(file);
    std::vector<Case<T>> cases;
    std::size_t number = 0;
    for (const nlohmann::json& entry : nlohmann::json::parse(contents.metadata.at("cases"))) {
        const auto has = [&](const std::string& name) {
            return std::holds_alternative<Array<T>>(contents.arrays.at(fmt::format("{}.{}", number, name)));
        };
        const auto array = [&](const std::string& name) {
            return std::get<Array<T>>(contents.arrays.at(fmt::format("{}.{}", number, name)));
        };
        const auto numbered = [&](const char* name) {
            std::vector<Array<T>> found;
            for (std::size_t i = 0; i < entry.at("inputs"); ++i)
                found.push_back(array(fmt::format("{}{}", name, i)));
            return found;
        };
        if (has("y")) {
            Results<T> torch{array("y"), numbered("g"), numbered("h")};
            torch.second.push_back(array("hdy"));
            cases.push_back(
                {entry.at("op"), entry.at("options"), numbered("x"), array("dy"), std::move(torch)});
        }
        ++number;
    }
    return cases;
}

template <class T>
Results<T> run(const Case<T>& c) {
    Tensors<T> x;
    for (const Array<T>& value : c.x) x.emplace_back(value, RequiresGrad::yes);
    const Tensor<T> dy(c.dy, RequiresGrad::yes);
    const Tape<T> tape;
    const Tensor<T> y = call_of<T>(c.op)(x, c.options);
    const Tensors<T> gradients = grad(sum(dy * y), x, {.create_graph = true});
    Tensor<T> total = zeros<T>({});
    for (std::size_t i = 0; i < gradients.size(); ++i)
        total = total + static_cast<double>(i + 1) * sum(gradients[i]);

    Results<T> results{y.value(), {}, {}};
    for (const Tensor<T>& gradient : gradients) results.gradients.push_back(gradient.value());
    Tensors<T> leaves = x;
    leaves.push_back(dy);
    for (const Tensor<T>& leaf : leaves)
        results.second.push_back(total.requires_grad()
                                     ? grad(total, {leaf}, {.retain_graph = true})[0].value()
                                     : Array<T>(leaf.shape(), 0));
    return results;
}

template std::vector<Case<float>> read_cases(const std::filesystem::path&);
template std::vector<Case<double>> read_cases(const std::filesystem::path&);
template Results<float> run(const Case<float>&);
template Results<double> run(const Case<double>&);

}  // namespace xgrad::conformance
