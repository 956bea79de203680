#include <xgrad/onnx/export.hpp>

#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/io/text.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/onnx/modules.hpp>
#include <xgrad/onnx/serialize.hpp>

namespace xgrad {
namespace {

constexpr char op[] = "export_onnx";

// ONNX 1.8 (2020): old enough for every runtime in use. Later opsets change batch norm only in training.
constexpr std::int64_t ir_version = 7, opset = 13;

void set_value(onnx::ValueInfoProto& info, const char* name, onnx::TensorProto::DataType type,
               const Shape& shape) {
    info.set_name(name);
    auto& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    for (const std::size_t extent : shape) {
        auto& dim = *tensor.mutable_shape()->add_dim();
        if (tensor.shape().dim_size() > 1)
            dim.set_dim_value(static_cast<std::int64_t>(extent));
        else
            dim.set_dim_param(detail::batch_axis(extent));
    }
}

// Nothing if the module takes any shape, and empty if what it takes says nothing of those before it.
template <class T>
std::optional<Shape> expected_input(const Module<T>& module) {
    if (const auto* linear = dynamic_cast<const Linear<T>*>(&module))
        return Shape{linear->weight().shape()[1]};
    if (const auto* norm = dynamic_cast<const BatchNorm1d<T>*>(&module)) return norm->running_mean().shape();
    if (const auto* norm = dynamic_cast<const LayerNorm<T>*>(&module)) return norm->normalized();
    if (const auto* norm = dynamic_cast<const RMSNorm<T>*>(&module)) return norm->normalized();
    if (const auto* norm = dynamic_cast<const GroupNorm<T>*>(&module)) return Shape{norm->channels()};
    if (const auto* residual = dynamic_cast<const Residual<T>*>(&module))
        return expected_input(residual->body());
    if (const auto* sequential = dynamic_cast<const Sequential<T>*>(&module))
        for (std::size_t i = 0; i < sequential->size(); ++i)
            if (auto shape = expected_input((*sequential)[i])) return shape;
    // Of images and signals the module fixes the channels, at most.
    static const std::set<std::string> of_any_extent{
        "Flatten",   "Unflatten",         "Conv1d",   "Conv2d",     "ConvTranspose2d", "MaxPool2d",
        "AvgPool2d", "AdaptiveAvgPool2d", "Upsample", "BatchNorm2d"};
    if (of_any_extent.contains(module.kind())) return Shape{};
    return {};
}

template <class T>
onnx::GraphProto graph_of(const Module<T>& net, Shape example) {
    detail::OnnxGraph graph;
    graph.root = net.name();
    graph.takes_indices = dynamic_cast<const Embedding<T>*>(&net) != nullptr;
    graph.proto.set_name(net.name().empty() ? net.kind() : net.name());
    if (example.empty()) example = expected_input(net).value_or(Shape{});
    if (example.empty() && !graph.takes_indices)
        fail<ValueError>(op, "no module fixes the shape of the input: give it in OnnxOptions::input_shape");
    if (size_of(example) == 0)
        fail<ShapeError>(op, fmt::format("the input_shape {} has no elements", to_string(example)));
    Shape shape{1};
    shape.insert(shape.end(), example.begin(), example.end());
    const detail::OnnxValue output = detail::translate(graph, "", net, {"input", shape});
    if (graph.proto.node().empty())
        fail<ValueError>(op, "the net has no modules: there is nothing to export");
    graph.proto.mutable_node()->rbegin()->set_output(0, "output");
    set_value(*graph.proto.add_input(), "input",
              graph.takes_indices ? onnx::TensorProto::INT64 : detail::onnx_type<T>, shape);
    set_value(*graph.proto.add_output(), "output", detail::onnx_type<T>, output.shape);
    return std::move(graph.proto);
}

void check_text(const char* what, const std::string& text) {
    if (utf8_prefix(text) < text.size())
        fail<ValueError>(op, fmt::format("{} {} is not UTF-8", what, shown(text)));
}

}  // namespace

std::string detail::serialize(const onnx::ModelProto& model, std::size_t most_bytes) {
    const std::size_t bytes = model.ByteSizeLong();
    if (bytes > most_bytes)
        fail<ValueError>(
            op, fmt::format(
                    "expected a model of at most {} bytes, which is all that an ONNX file can hold, got {}",
                    most_bytes, bytes));
    return model.SerializeAsString();
}

template <class T>
void export_onnx(const std::filesystem::path& path, const Module<T>& net, const OnnxOptions& options) {
    check_text("the net's name", net.name());
    check_text("the doc_string", options.doc_string);
    onnx::ModelProto model;
    model.set_ir_version(ir_version);
    model.add_opset_import()->set_version(opset);
    model.set_producer_name("xgrad");
    model.set_producer_version(XGRAD_VERSION);
    if (!options.doc_string.empty()) model.set_doc_string(options.doc_string);
    *model.mutable_graph() = graph_of(net, options.input_shape);
    write_file(path, detail::serialize(model));
}

template void export_onnx(const std::filesystem::path&, const Module<float>&, const OnnxOptions&);
template void export_onnx(const std::filesystem::path&, const Module<double>&, const OnnxOptions&);

}  // namespace xgrad
