#include <xgrad/onnx/export.hpp>

#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/io/text.hpp>
#include <xgrad/io/write_file.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/onnx/serialize.hpp>

namespace xgrad {
namespace {

constexpr char op[] = "export_onnx";

// ONNX 1.8 (2020): old enough for every runtime in use. Later opsets change batch norm only in training.
constexpr std::int64_t ir_version = 7, opset = 13;

// The graph of a net is a chain: each node takes the output of the previous one. A node and its output share
// a name, such as `0.Linear`.
template <class T>
class GraphBuilder {
public:
    GraphBuilder(const Module<T>& net, std::size_t features)
        : root_(net.name()), input_features_(features), features_(features) {
        graph_.set_name(root_.empty() ? net.kind() : root_);
        add("", net);
    }

    onnx::GraphProto finished() && {
        if (graph_.node().empty()) fail<ValueError>(op, "the net has no modules: there is nothing to export");
        if (features_ == 0)
            fail<ValueError>(op, "no module fixes the width of the input: give it in OnnxOptions::features");
        graph_.mutable_node()->rbegin()->set_output(0, "output");
        set_value(*graph_.add_input(), "input", input_features_);
        set_value(*graph_.add_output(), "output", features_);
        return std::move(graph_);
    }

private:
    static constexpr int data_type =
        std::is_same_v<T, float> ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE;

    // Translates every kind of module that can be exported. `prefix` precedes the names of its state.
    void add(const std::string& prefix, const Module<T>& module) {
        const std::string name = prefix + module.kind();
        if (const auto* sequential = dynamic_cast<const Sequential<T>*>(&module)) {
            for (std::size_t i = 0; i < sequential->size(); ++i)
                add(fmt::format("{}{}.", prefix, i), (*sequential)[i]);
        } else if (const auto* linear = dynamic_cast<const Linear<T>*>(&module)) {
            const Shape& shape = linear->weight().shape();
            expect_features(name, shape[1]);
            auto& node = add_node(name, "Gemm");
            add_parameter(node, prefix + "weight", linear->weight().value());
            if (linear->bias().defined()) add_parameter(node, prefix + "bias", linear->bias().value());
            add_attribute(node, "transB", std::int64_t{1});
            features_ = shape[0];
        } else if (const auto* norm = dynamic_cast<const BatchNorm1d<T>*>(&module)) {
            const Shape& shape = norm->running_mean().shape();
            expect_features(name, shape[0]);
            const auto [epsilon, momentum, affine] = norm->options();
            auto& node = add_node(name, "BatchNormalization");
            add_parameter(node, prefix + "weight", affine ? norm->weight().value() : Array<T>(shape, T{1}));
            add_parameter(node, prefix + "bias", affine ? norm->bias().value() : Array<T>(shape, T{0}));
            add_parameter(node, prefix + "running_mean", norm->running_mean().value());
            add_parameter(node, prefix + "running_var", norm->running_variance().value());
            add_attribute(node, "epsilon", static_cast<float>(epsilon));
            add_attribute(node, "momentum", static_cast<float>(1 - momentum));
        } else if (dynamic_cast<const Lambda<T>*>(&module) && module.kind() == "ReLU") {
            add_node(name, "Relu");
        } else {
            fail<ValueError>(
                op,
                fmt::format(
                    "{}: this kind of module has no translation to ONNX (docs/onnx.md lists those that have one)",
                    located_in_root(name)));
        }
    }

    void expect_features(const std::string& name, std::size_t expected) {
        if (features_ == 0) input_features_ = features_ = expected;
        if (features_ != expected)
            fail<ShapeError>(
                op, fmt::format("{}: expected (batch, {}), got (batch, {}): {} != {}", located_in_root(name),
                                expected, features_, expected, features_));
    }

    onnx::NodeProto& add_node(const std::string& name, const char* op_type) {
        onnx::NodeProto& node = *graph_.add_node();
        node.set_name(name);
        node.set_op_type(op_type);
        node.add_input(std::exchange(value_, name));
        node.add_output(name);
        return node;
    }

    void add_parameter(onnx::NodeProto& node, const std::string& name, const Array<T>& values) {
        node.add_input(name);
        onnx::TensorProto& tensor = *graph_.add_initializer();
        tensor.set_name(name);
        tensor.set_data_type(data_type);
        for (const std::size_t extent : values.shape()) tensor.add_dims(static_cast<std::int64_t>(extent));
        if constexpr (std::is_same_v<T, float>)  // not raw_data: OpenCV 4.6 reads no doubles from it
            tensor.mutable_float_data()->Add(values.data(), values.data() + values.size());
        else
            tensor.mutable_double_data()->Add(values.data(), values.data() + values.size());
    }

    static void add_attribute(onnx::NodeProto& node, const char* name, std::int64_t value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(value);
    }
    static void add_attribute(onnx::NodeProto& node, const char* name, float value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::FLOAT);
        attribute.set_f(value);
    }

    static void set_value(onnx::ValueInfoProto& value, const char* name, std::size_t features) {
        value.set_name(name);
        onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(data_type);
        type.mutable_shape()->add_dim()->set_dim_param("batch");
        type.mutable_shape()->add_dim()->set_dim_value(static_cast<std::int64_t>(features));
    }

    std::string located_in_root(const std::string& name) const {
        return root_.empty() ? name : root_ + "." + name;
    }

    onnx::GraphProto graph_;
    std::string root_;
    std::string value_ = "input";  // the next node's input, and its width; 0: not known yet
    std::size_t input_features_, features_;
};

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
    *model.mutable_graph() = GraphBuilder<T>(net, options.features).finished();
    write_file(path, detail::serialize(model));
}

template void export_onnx(const std::filesystem::path&, const Module<float>&, const OnnxOptions&);
template void export_onnx(const std::filesystem::path&, const Module<double>&, const OnnxOptions&);

}  // namespace xgrad
