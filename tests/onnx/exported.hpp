#pragma once

#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <xgrad/onnx/export.hpp>
#include "support/temp_dir.hpp"

// Exported models, read by ONNX's own library.
namespace xgrad::test {

inline std::string exported_bytes(const auto& net, const OnnxOptions& options = {}) {
    const TempDir dir;
    export_onnx(dir.file("net.onnx"), net, options);
    return test::read_file(dir.file("net.onnx"));
}

/// The model, after ONNX's own checks of it: of its form, its ops, and the shapes that follow from them.
inline onnx::ModelProto exported(const auto& net, const OnnxOptions& options = {}) {
    onnx::ModelProto model;
    REQUIRE(model.ParseFromString(exported_bytes(net, options)));
    onnx::checker::check_model(model);
    onnx::ModelProto inferred = model;
    onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(), {true, 1, false});
    return model;
}

/// A node in one line: name: op(inputs) -> output.
inline std::string to_text(const onnx::NodeProto& node) {
    std::string inputs;
    for (const std::string& input : node.input()) inputs += (inputs.empty() ? "" : ", ") + input;
    return node.name() + ": " + node.op_type() + "(" + inputs + ") -> " + node.output(0);
}

inline std::vector<std::string> nodes(const onnx::ModelProto& model) {
    std::vector<std::string> lines;
    for (const onnx::NodeProto& node : model.graph().node()) lines.push_back(to_text(node));
    return lines;
}

/// A value in one line: name, type and extents.
inline std::string shape_of(const onnx::ValueInfoProto& value) {
    const auto& type = value.type().tensor_type();
    std::string text =
        value.name() + " " + onnx::TensorProto::DataType_Name(onnx::TensorProto::DataType(type.elem_type()));
    for (const auto& dim : type.shape().dim())
        text += " " + (dim.has_dim_param() ? dim.dim_param() : std::to_string(dim.dim_value()));
    return text;
}

}  // namespace xgrad::test
