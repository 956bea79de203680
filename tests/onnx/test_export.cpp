#include <xgrad/onnx/export.hpp>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/onnx/serialize.hpp>
#include "onnx/exported.hpp"
#include "support/tensors.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

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

// A small net, with a state that no module starts with.
template <class T>
Sequential<T> small_net(Rng& rng) {
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

// One that has the name of another kind.
struct FalseLinear final : Module<float> {
    std::string kind() const override { return "Linear"; }
    void visit(StateVisitor<float>&) override {}
    std::unique_ptr<Module<float>> clone() const override { return std::make_unique<FalseLinear>(); }
    Tensor<> forward(const Tensor<>& x) override { return x; }
};

}  // namespace

TEST_CASE_TEMPLATE("export_onnx: the graph is the net's chain of modules, with its state under its names", T,
                   float, double) {
    Rng rng(1);
    const auto net = small_net<T>(rng);
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
    const onnx::ModelProto model = exported(small_net<float>(rng));
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

TEST_CASE(
    "export_onnx: the shape of the input is the given one, or the smallest that the first module which fixes it takes") {
    CHECK(shape_of(exported(BatchNorm1d(7)).graph().input(0)) == "input FLOAT batch 7");
    CHECK(shape_of(exported(BatchNorm1d(7), {.input_shape = {7}}).graph().input(0)) == "input FLOAT batch 7");
    CHECK(shape_of(exported(LayerNorm({2, 3})).graph().input(0)) == "input FLOAT batch 2 3");
    CHECK(shape_of(exported(RMSNorm({5})).graph().input(0)) == "input FLOAT batch 5");
    CHECK(shape_of(exported(GroupNorm(2, 6)).graph().input(0)) == "input FLOAT batch 6");
    Rng rng(1);
    const Sequential net{Tanh(), Residual(Sequential{Dropout(0.5, rng), Linear(3, 3, rng)}), Flatten()};
    CHECK(shape_of(exported(net).graph().input(0)) == "input FLOAT batch 3");
    const onnx::ModelProto model = exported(net, {.input_shape = {2, 3}});
    CHECK(shape_of(model.graph().input(0)) == "input FLOAT batch 2 3");
    CHECK(shape_of(model.graph().output(0)) == "output FLOAT batch 6");
    CHECK(shape_of(exported(ReLU(), {.input_shape = {4}}).graph().output(0)) == "output FLOAT batch 4");
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
    auto net = small_net<float>(rng);
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
    const auto check = [&]<class E>(E, const auto& net, const std::string& message,
                                    const OnnxOptions& options = {}) {
        CHECK_THROWS_WITH_AS(export_onnx(path, net, options), ("export_onnx: " + message).c_str(), E);
    };
    const ShapeError shape("");
    const ValueError value("");

    const std::string no_translation =
        ": a function or module of your own cannot be translated to ONNX: put modules that docs/onnx.md lists in "
        "its place, or export the modules before and after it, and compute it in between";
    Sequential net{Linear(4, 3, rng), Sequential{ReLU(), Doubled()}};
    check(value, net, "1.1.Doubled" + no_translation);
    check(value, Sequential{Linear(4, 3, rng), Lambda([](const Tensor<>& x) { return x; })},
          "1.Lambda" + no_translation);
    check(value, FalseLinear(), "Linear" + no_translation, {.input_shape = {3}});
    net.set_name("encoder");
    check(value, net, "encoder.1.1.Doubled" + no_translation);
    net.set_name("\xc3");
    check(value, net, "the net's name \"\\xc3\" is not UTF-8");
    check(value, ReLU(), "the doc_string \"\\xff\" is not UTF-8", {.input_shape = {1}, .doc_string = "\xff"});
    for (const Sequential<>& empty : {Sequential<>(), Sequential{Sequential<>(), Sequential<>()}})
        check(value, empty, "the net has no modules: there is nothing to export", {.input_shape = {3}});
    check(value, Sequential{Embedding(4, 3, rng)},
          "0.Embedding: it takes Indices, and so is no part of a Sequential", {.input_shape = {3}});

    const std::string unknown = "no module fixes the shape of the input: give it in OnnxOptions::input_shape";
    check(value, Sequential<>(), unknown);
    check(value, ReLU(), unknown);
    check(value, Sequential{Flatten(), Linear(4, 3, rng)}, unknown);
    check(shape, ReLU(), "the input_shape (3, 0) has no elements", {.input_shape = {3, 0}});

    check(shape, Linear(4, 3, rng), "Linear: expected (batch, ..., 4), got (batch, 6): 4 != 6",
          {.input_shape = {6}});
    check(shape, Sequential{Flatten(0), Linear(4, 3, rng)},
          "1.Linear: expected (batch, ..., 4), got (4 batch)", {.input_shape = {4}});
    check(shape, Sequential{Linear(4, 3, rng), ReLU(), BatchNorm1d(5)},
          "2.BatchNorm1d: expected (batch, 5), got (batch, 3): 5 != 3");
    check(shape, BatchNorm1d(5), "BatchNorm1d: expected (batch, 5), got (batch, 5, 2, 2)",
          {.input_shape = {5, 2, 2}});
    check(shape, BatchNorm1d(5), "BatchNorm1d: expected (batch, 5, length), got (batch, 4, 2): 5 != 4",
          {.input_shape = {4, 2}});
    check(shape, BatchNorm2d(5), "BatchNorm2d: expected (batch, 5, rows, columns), got (batch, 5)",
          {.input_shape = {5}});
    check(shape, Sequential{ReLU(), Conv2d(3, 4, 3, rng)},
          "1.Conv2d: conv2d: expected 3 channels, got 4: x is (1, 4, 8, 8)", {.input_shape = {4, 8, 8}});
    check(shape, MaxPool2d(2),
          "MaxPool2d: max_pool2d: expected x (batch, channels, rows, columns), got (1, 8, 8)",
          {.input_shape = {8, 8}});
    check(value, Sequential{Conv2d(3, 4, 3, rng), Flatten(), Linear(4, 3, rng)}, unknown);
    check(shape, LayerNorm({2, 3}), "LayerNorm: expected (batch, ..., 2, 3), got (batch, 4, 3): 2 != 4",
          {.input_shape = {4, 3}});
    check(shape, LayerNorm({2, 3}), "LayerNorm: expected (batch, ..., 2, 3), got (batch, 3)",
          {.input_shape = {3}});
    check(shape, RMSNorm({3}), "RMSNorm: expected (batch, ..., 3), got (batch, 3, 2): 3 != 2",
          {.input_shape = {3, 2}});
    check(shape, GroupNorm(2, 6), "GroupNorm: expected (batch, 6, ...), got (batch, 4, 5): 6 != 4",
          {.input_shape = {4, 5}});
    check(shape, Sequential{Flatten(0), GroupNorm(2, 6)},
          "1.GroupNorm: expected (batch, 6, ...), got (6 batch)", {.input_shape = {6}});
    check(shape, Flatten(1, 2), "Flatten: flatten: axis 2 is out of range for an array with 2 axes",
          {.input_shape = {3}});
    check(shape, Residual(Linear(4, 3, rng)), "Residual: x has shape (batch, 4), but f(x) has (batch, 3)");
    check(shape, Residual(Linear(4, 3, rng), Linear(4, 2, rng)),
          "Residual: g(x) has shape (batch, 2), but f(x) has (batch, 3)");

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
