#include <xgrad/onnx/export.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <doctest/doctest.h>
#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/onnx/serialize.hpp>
#include "support/temp_dir.hpp"
#include "support/tensors.hpp"

using namespace xgrad;
using test::TempDir;

namespace {

std::string exported_bytes(const auto& net, const OnnxOptions& options = {}) {
    const TempDir dir;
    export_onnx(dir.file("net.onnx"), net, options);
    return test::read_file(dir.file("net.onnx"));
}

// The model, after ONNX's own checks of it: of its form, its ops, and the shapes that follow from them.
onnx::ModelProto exported(const auto& net, const OnnxOptions& options = {}) {
    onnx::ModelProto model;
    REQUIRE(model.ParseFromString(exported_bytes(net, options)));
    onnx::checker::check_model(model);
    onnx::ModelProto inferred = model;
    onnx::shape_inference::InferShapes(inferred, onnx::OpSchemaRegistry::Instance(), {true, 1, false});
    return model;
}

// A node in one line: name: op(inputs) -> output.
std::string to_text(const onnx::NodeProto& node) {
    std::string inputs;
    for (const std::string& input : node.input()) inputs += (inputs.empty() ? "" : ", ") + input;
    return node.name() + ": " + node.op_type() + "(" + inputs + ") -> " + node.output(0);
}

std::vector<std::string> nodes(const onnx::ModelProto& model) {
    std::vector<std::string> lines;
    for (const onnx::NodeProto& node : model.graph().node()) lines.push_back(to_text(node));
    return lines;
}

const onnx::AttributeProto& attribute(const onnx::NodeProto& node, const std::string& name) {
    for (const onnx::AttributeProto& candidate : node.attribute())
        if (candidate.name() == name) return candidate;
    FAIL("no attribute " << name);
    throw;
}

// All initializers as the arrays that they store.
template <class T>
StateDict<T> initializers(const onnx::ModelProto& model) {
    StateDict<T> arrays;
    for (const onnx::TensorProto& tensor : model.graph().initializer()) {
        constexpr bool single = std::is_same_v<T, float>;
        CHECK(tensor.data_type() == (single ? onnx::TensorProto::FLOAT : onnx::TensorProto::DOUBLE));
        Array<T> values(Shape(tensor.dims().begin(), tensor.dims().end()));
        REQUIRE(values.size() ==
                static_cast<std::size_t>(single ? tensor.float_data_size() : tensor.double_data_size()));
        if constexpr (single)
            std::copy(tensor.float_data().begin(), tensor.float_data().end(), values.data());
        else
            std::copy(tensor.double_data().begin(), tensor.double_data().end(), values.data());
        CHECK(arrays.emplace(tensor.name(), std::move(values)).second);
    }
    return arrays;
}

std::string shape_of(const onnx::ValueInfoProto& value) {
    const auto& type = value.type().tensor_type();
    std::string shape = value.name() + (type.elem_type() == onnx::TensorProto::FLOAT ? " FLOAT" : " DOUBLE");
    for (const auto& dim : type.shape().dim())
        shape += " " + (dim.has_dim_param() ? dim.dim_param() : std::to_string(dim.dim_value()));
    return shape;
}

// Small, of every kind of module, and with a state that no module starts with.
template <class T>
Sequential<T> every_module(Rng& rng) {
    Sequential<T> net{Linear<T>(5, 4, rng), BatchNorm1d<T>(4, {.epsilon = 1e-3, .momentum = 0.25}), ReLU<T>(),
                      Linear<T>(4, 3, rng)};
    StateDict<T> state = net.state_dict();
    for (auto& [name, value] : state)
        if (auto* array = std::get_if<Array<T>>(&value))
            for (std::size_t i = 0; i < array->size(); ++i)
                array->data()[i] = static_cast<T>(rng.uniform(0.5, 2));
    net.load_state_dict(state);
    return net;
}

// A module of a user's.
struct Doubled final : Module<float> {
    std::string kind() const override { return "Doubled"; }
    void visit(StateVisitor<float>&) override {}
    std::unique_ptr<Module<float>> clone() const override { return std::make_unique<Doubled>(); }
    Tensor<> forward(const Tensor<>& x) override { return x + x; }
};

}  // namespace

TEST_CASE_TEMPLATE("export_onnx: the graph is the net's chain of modules, with its state under its names", T,
                   float, double) {
    Rng rng(1);
    const auto net = every_module<T>(rng);
    const onnx::ModelProto model = exported(net);
    CHECK(
        nodes(model) ==
        std::vector<std::string>{
            "0.Linear: Gemm(input, 0.weight, 0.bias) -> 0.Linear",
            "1.BatchNorm1d: BatchNormalization(0.Linear, 1.weight, 1.bias, 1.running_mean, 1.running_var) -> 1.BatchNorm1d",
            "2.ReLU: Relu(1.BatchNorm1d) -> 2.ReLU",
            "3.Linear: Gemm(2.ReLU, 3.weight, 3.bias) -> output",
        });
    StateDict<T> state = net.state_dict();
    state.erase("1.num_batches_tracked");
    CHECK(initializers<T>(model) == state);

    const std::string type = std::is_same_v<T, float> ? " FLOAT" : " DOUBLE";
    REQUIRE(model.graph().input_size() == 1);
    REQUIRE(model.graph().output_size() == 1);
    CHECK(shape_of(model.graph().input(0)) == "input" + type + " batch 5");
    CHECK(shape_of(model.graph().output(0)) == "output" + type + " batch 3");
}

TEST_CASE("export_onnx: attributes are in ONNX's conventions") {
    Rng rng(1);
    const onnx::ModelProto model = exported(every_module<float>(rng));
    const auto& gemm = model.graph().node(0);
    CHECK(gemm.attribute_size() == 1);  // alpha and beta are 1 where nothing is said
    CHECK(attribute(gemm, "transB").i() == 1);
    const auto& norm = model.graph().node(1);
    CHECK(norm.attribute_size() == 2);
    CHECK(attribute(norm, "epsilon").f() == 1e-3F);
    CHECK(attribute(norm, "momentum").f() == 0.75F);  // weight of the old value: 1 - ours
    CHECK(model.graph().node(2).attribute_size() == 0);
}

TEST_CASE("export_onnx: without bias, and batch norm without gamma and beta") {
    Rng rng(1);
    const Sequential net{Linear(3, 2, rng, {.bias = false}), BatchNorm1d(2, {.affine = false})};
    const onnx::ModelProto model = exported(net);
    CHECK(
        nodes(model) ==
        std::vector<std::string>{
            "0.Linear: Gemm(input, 0.weight) -> 0.Linear",
            "1.BatchNorm1d: BatchNormalization(0.Linear, 1.weight, 1.bias, 1.running_mean, 1.running_var) -> output",
        });
    const StateDict<> arrays = initializers<float>(model);
    CHECK(std::get<Array<float>>(arrays.at("1.weight")) == Array<float>{1, 1});
    CHECK(std::get<Array<float>>(arrays.at("1.bias")) == Array<float>{0, 0});
}

TEST_CASE("export_onnx: a Sequential inside another is a part of the chain") {
    Rng rng(1);
    const Sequential net{Sequential<>(), Sequential{ReLU(), Sequential{Linear(3, 2, rng), ReLU()}},
                         Sequential<>(), ReLU()};
    const onnx::ModelProto model = exported(net);
    CHECK(nodes(model) == std::vector<std::string>{
                              "1.0.ReLU: Relu(input) -> 1.0.ReLU",
                              "1.1.0.Linear: Gemm(1.0.ReLU, 1.1.0.weight, 1.1.0.bias) -> 1.1.0.Linear",
                              "1.1.1.ReLU: Relu(1.1.0.Linear) -> 1.1.1.ReLU",
                              "3.ReLU: Relu(1.1.1.ReLU) -> output",
                          });
    CHECK(shape_of(model.graph().input(0)) == "input FLOAT batch 3");
}

TEST_CASE("export_onnx: a single module is a net too") {
    Rng rng(1);
    CHECK(nodes(exported(Linear(3, 2, rng))) ==
          std::vector<std::string>{"Linear: Gemm(input, weight, bias) -> output"});
}

TEST_CASE("export_onnx: the width of the input is the first one that is known") {
    CHECK(shape_of(exported(BatchNorm1d(7)).graph().input(0)) == "input FLOAT batch 7");
    CHECK(shape_of(exported(BatchNorm1d(7), {.features = 7}).graph().input(0)) == "input FLOAT batch 7");
    const onnx::ModelProto model = exported(ReLU(), {.features = 4});
    CHECK(shape_of(model.graph().input(0)) == "input FLOAT batch 4");
    CHECK(shape_of(model.graph().output(0)) == "output FLOAT batch 4");
}

TEST_CASE("export_onnx: says what wrote the model, and what for") {
    Sequential net{BatchNorm1d(2)};
    const onnx::ModelProto plain = exported(net);
    CHECK(plain.producer_name() == "xgrad");
    CHECK(plain.producer_version() == XGRAD_VERSION);
    CHECK(plain.ir_version() == 7);
    CHECK(plain.opset_import_size() == 1);
    CHECK(plain.opset_import(0).version() == 13);
    CHECK(!plain.has_doc_string());
    CHECK(plain.graph().name() == "Sequential");
    net.set_name("classifier");
    const onnx::ModelProto named = exported(net, {.doc_string = "Übung"});
    CHECK(named.doc_string() == "Übung");
    CHECK(named.graph().name() == "classifier");
}

TEST_CASE("export_onnx: in either mode the bytes are the same, and the mode stays as it was") {
    Rng rng(1);
    auto net = every_module<float>(rng);
    const std::string in_training = exported_bytes(net);
    CHECK(net.is_training());
    CHECK(net[1].is_training());
    net.eval();
    CHECK(exported_bytes(net) == in_training);
    CHECK(!net.is_training());
}

TEST_CASE("export_onnx: what cannot be exported is named, and the old file stays") {
    Rng rng(1);
    const TempDir dir;
    const std::string path = dir.write("net.onnx", "the old file");
    Sequential net{Linear(4, 3, rng), Sequential{ReLU(), Doubled()}};
    CHECK_THROWS_WITH_AS(
        export_onnx(path, net),
        "export_onnx: 1.1.Doubled: this kind of module has no translation to ONNX (docs/onnx.md lists those that have one)",
        ValueError);
    net.set_name("encoder");
    CHECK_THROWS_WITH_AS(
        export_onnx(path, net),
        "export_onnx: encoder.1.1.Doubled: this kind of module has no translation to ONNX (docs/onnx.md lists those that have one)",
        ValueError);
    const Sequential unfit{Linear(4, 3, rng), ReLU(), BatchNorm1d(5)};
    CHECK_THROWS_WITH_AS(export_onnx(path, unfit),
                         "export_onnx: 2.BatchNorm1d: expected (batch, 5), got (batch, 3): 5 != 3",
                         ShapeError);
    const Sequential fit{Linear(4, 3, rng), Linear(3, 2, rng)};
    CHECK_THROWS_WITH_AS(export_onnx(path, fit, {.features = 6}),
                         "export_onnx: 0.Linear: expected (batch, 4), got (batch, 6): 4 != 6", ShapeError);
    for (const Sequential<>& empty : {Sequential<>(), Sequential{Sequential<>(), Sequential<>()}})
        CHECK_THROWS_WITH_AS(export_onnx(path, empty),
                             "export_onnx: the net has no modules: there is nothing to export", ValueError);
    CHECK_THROWS_WITH_AS(
        export_onnx(path, ReLU()),
        "export_onnx: no module fixes the width of the input: give it in OnnxOptions::features", ValueError);
    CHECK_THROWS_WITH_AS(export_onnx(path, fit, {.doc_string = "\xff"}),
                         "export_onnx: the doc_string \"\\xff\" is not UTF-8", ValueError);
    net.set_name("\xc3");
    CHECK_THROWS_WITH_AS(export_onnx(path, net), "export_onnx: the net's name \"\\xc3\" is not UTF-8",
                         ValueError);
    CHECK(test::read_file(path) == "the old file");
    CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 1);
}

TEST_CASE("export_onnx: a file that cannot be written") {
    CHECK_THROWS_WITH_AS(
        export_onnx("/nowhere/net.onnx", BatchNorm1d(2)),
        "write_file: /nowhere/net.onnx: cannot create a file beside it: No such file or directory",
        DataError);
}

TEST_CASE("export_onnx: a model that is too large for protobuf") {
    onnx::ModelProto model;
    model.set_doc_string("12345678");
    CHECK(detail::serialize(model, 10).size() == 10);
    CHECK_THROWS_WITH_AS(
        detail::serialize(model, 9),
        "export_onnx: expected a model of at most 9 bytes, which is all that an ONNX file can hold, got 10",
        ValueError);
    CHECK(detail::most_onnx_bytes == 2'147'483'647);
}
