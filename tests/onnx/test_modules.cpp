// The nodes that modules become. Their outputs are compared in test_opencv.cpp and by
// scripts/check-onnxruntime.
#include <xgrad/onnx/modules.hpp>

#include <map>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/sequential.hpp>
#include "onnx/exported.hpp"
#include "onnx/module_cases.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

using Lines = std::vector<std::string>;

Lines nodes_of(const auto& net, const Shape& input_shape = {}) {
    return nodes(exported(net, {.input_shape = input_shape, .doc_string = {}}));
}

// The shape that ONNX infers for the output, with 0 for the batch axis.
Shape inferred_output(onnx::ModelProto model) {
    model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type()->clear_shape();
    onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(), {true, 1, true});
    Shape shape;
    for (const auto& dim : model.graph().output(0).type().tensor_type().shape().dim())
        shape.push_back(static_cast<std::size_t>(dim.dim_value()));
    return shape;
}

}  // namespace

TEST_CASE_TEMPLATE(
    "export_onnx: every kind of module becomes a model that ONNX accepts, with the output's shape", T, float,
    double) {
    std::map<std::string, int> count;
    for (const auto& m : conformance::module_cases<T>(conformance::tree_cases)) {
        CAPTURE(m.description);
        ++count[m.kind];
        const onnx::ModelProto model = exported(*m.module, m.options);
        Shape expected = m.y.shape();
        expected[0] = 0;
        CHECK(inferred_output(model) == expected);
        CHECK(exported_bytes(*m.module, m.options) == exported_bytes(*m.module->clone(), m.options));
    }
    for (const std::string& kind : conformance::module_kinds()) CHECK_MESSAGE(count[kind] >= 2, kind);
}

TEST_CASE("export_onnx: activations are nodes of their names, or composed") {
    Rng rng(1);
    const auto net = [&](auto... modules) {
        return nodes_of(Sequential<float>{std::move(modules)..., Identity()}, {4});
    };
    CHECK(net(ReLU(), Tanh(), Sigmoid(), Softmax(), LogSoftmax(), LeakyReLU(), ELU(), Softplus(),
              Dropout(0.5, rng)) == Lines{
                                        "0.ReLU: Relu(input) -> 0.ReLU",
                                        "1.Tanh: Tanh(0.ReLU) -> 1.Tanh",
                                        "2.Sigmoid: Sigmoid(1.Tanh) -> 2.Sigmoid",
                                        "3.Softmax: Softmax(2.Sigmoid) -> 3.Softmax",
                                        "4.LogSoftmax: LogSoftmax(3.Softmax) -> 4.LogSoftmax",
                                        "5.LeakyReLU: LeakyRelu(4.LogSoftmax) -> 5.LeakyReLU",
                                        "6.ELU: Elu(5.LeakyReLU) -> 6.ELU",
                                        "7.Softplus: Softplus(6.ELU) -> 7.Softplus",
                                        "8.Dropout: Identity(7.Softplus) -> 8.Dropout",
                                        "9.Identity: Identity(8.Dropout) -> output",
                                    });
    CHECK(nodes_of(SiLU(), {4}) == Lines{
                                       "SiLU/Sigmoid: Sigmoid(input) -> SiLU/Sigmoid",
                                       "SiLU: Mul(input, SiLU/Sigmoid) -> output",
                                   });
    CHECK(nodes_of(GELU(), {4}) == Lines{
                                       "GELU/Div: Div(input, 1.4142135) -> GELU/Div",
                                       "GELU/Erf: Erf(GELU/Div) -> GELU/Erf",
                                       "GELU/Add: Add(GELU/Erf, 1) -> GELU/Add",
                                       "GELU/Mul: Mul(input, GELU/Add) -> GELU/Mul",
                                       "GELU: Mul(GELU/Mul, 0.5) -> output",
                                   });
    CHECK(nodes_of(GELU(Approximate::tanh), {4}) == Lines{
                                                        "GELU/Mul: Mul(input, input) -> GELU/Mul",
                                                        "GELU/Mul_2: Mul(GELU/Mul, input) -> GELU/Mul_2",
                                                        "GELU/Mul_3: Mul(GELU/Mul_2, 0.044715) -> GELU/Mul_3",
                                                        "GELU/Add: Add(input, GELU/Mul_3) -> GELU/Add",
                                                        "GELU/Mul_4: Mul(GELU/Add, 0.7978846) -> GELU/Mul_4",
                                                        "GELU/Tanh: Tanh(GELU/Mul_4) -> GELU/Tanh",
                                                        "GELU/Add_2: Add(GELU/Tanh, 1) -> GELU/Add_2",
                                                        "GELU/Mul_5: Mul(input, GELU/Add_2) -> GELU/Mul_5",
                                                        "GELU: Mul(GELU/Mul_5, 0.5) -> output",
                                                    });
}

TEST_CASE("export_onnx: Softplus has a threshold only where the type can tell") {
    CHECK(nodes_of(Softplus(2), {4}) == Lines{
                                            "Softplus/Mul: Mul(input, 2) -> Softplus/Mul",
                                            "Softplus/Softplus: Softplus(Softplus/Mul) -> Softplus/Softplus",
                                            "Softplus: Div(Softplus/Softplus, 2) -> output",
                                        });
    const Lines with_threshold{
        "Softplus/Softplus: Softplus(input) -> Softplus/Softplus",
        "Softplus/Greater: Greater(input, 20) -> Softplus/Greater",
        "Softplus: Where(Softplus/Greater, input, Softplus/Softplus) -> output",
    };
    CHECK(nodes_of(Softplus<double>(), {4}) == with_threshold);
    CHECK(nodes_of(Softplus<float>(1, 20), {4}).size() == 1);
    CHECK(nodes_of(Softplus<float>(1, 10), {4}).size() == 3);
    CHECK(nodes_of(Softplus<double>(1, 40), {4}).size() == 1);
}

TEST_CASE("export_onnx: shapes of more than two axes") {
    Rng rng(1);
    CHECK(nodes_of(Linear(3, 2, rng), {5, 3}) ==
          Lines{
              "Linear/Reshape: Reshape(input, [-1, 3]) -> Linear/Reshape",
              "Linear/Gemm: Gemm(Linear/Reshape, weight, bias) -> Linear/Gemm",
              "Linear: Reshape(Linear/Gemm, [-1, 5, 2]) -> output",
          });
    CHECK(nodes_of(Sequential{Flatten(2), Flatten(), Flatten(0)}, {2, 3, 4}) ==
          Lines{
              "0.Flatten: Reshape(input, [0, 2, 12]) -> 0.Flatten",
              "1.Flatten: Reshape(0.Flatten, [0, 24]) -> 1.Flatten",
              "2.Flatten: Reshape(1.Flatten, [-1]) -> output",
          });
    const onnx::ModelProto joined = exported(Flatten(0, 1), {.input_shape = {2, 3}});
    CHECK(shape_of(joined.graph().output(0)) == "output FLOAT 2 batch 3");
}

TEST_CASE("export_onnx: normalizations are composed, and broadcast gamma and beta") {
    CHECK(nodes_of(LayerNorm({2, 3})) ==
          Lines{
              "LayerNorm/ReduceMean: ReduceMean(input) -> LayerNorm/ReduceMean",
              "LayerNorm/Sub: Sub(input, LayerNorm/ReduceMean) -> LayerNorm/Sub",
              "LayerNorm/Pow: Pow(LayerNorm/Sub, 2) -> LayerNorm/Pow",
              "LayerNorm/ReduceMean_2: ReduceMean(LayerNorm/Pow) -> LayerNorm/ReduceMean_2",
              "LayerNorm/Add: Add(LayerNorm/ReduceMean_2, 1e-05) -> LayerNorm/Add",
              "LayerNorm/Sqrt: Sqrt(LayerNorm/Add) -> LayerNorm/Sqrt",
              "LayerNorm/Div: Div(LayerNorm/Sub, LayerNorm/Sqrt) -> LayerNorm/Div",
              "LayerNorm/Mul: Mul(LayerNorm/Div, weight) -> LayerNorm/Mul",
              "LayerNorm: Add(LayerNorm/Mul, bias) -> output",
          });
    CHECK(nodes_of(RMSNorm({3}, {.affine = false})) ==
          Lines{
              "RMSNorm/Pow: Pow(input, 2) -> RMSNorm/Pow",
              "RMSNorm/ReduceMean: ReduceMean(RMSNorm/Pow) -> RMSNorm/ReduceMean",
              "RMSNorm/Add: Add(RMSNorm/ReduceMean, 1e-05) -> RMSNorm/Add",
              "RMSNorm/Sqrt: Sqrt(RMSNorm/Add) -> RMSNorm/Sqrt",
              "RMSNorm: Div(input, RMSNorm/Sqrt) -> output",
          });
    const Lines group = nodes_of(GroupNorm(2, 6), {6, 4});
    CHECK(group.front() == "GroupNorm/Reshape: Reshape(input, [0, 2, 12]) -> GroupNorm/Reshape");
    CHECK(Lines(group.end() - 5, group.end()) ==
          Lines{
              "GroupNorm/Reshape_2: Reshape(GroupNorm/Div, [0, 6, 4]) -> GroupNorm/Reshape_2",
              "GroupNorm/Reshape_3: Reshape(weight, [0, 1]) -> GroupNorm/Reshape_3",
              "GroupNorm/Mul: Mul(GroupNorm/Reshape_2, GroupNorm/Reshape_3) -> GroupNorm/Mul",
              "GroupNorm/Reshape_4: Reshape(bias, [0, 1]) -> GroupNorm/Reshape_4",
              "GroupNorm: Add(GroupNorm/Mul, GroupNorm/Reshape_4) -> output",
          });
    CHECK(nodes_of(GroupNorm(2, 6)).back() == "GroupNorm: Add(GroupNorm/Mul, bias) -> output");
}

TEST_CASE("export_onnx: Residual adds its input") {
    Rng rng(1);
    CHECK(nodes_of(Sequential{Residual(Sequential{Linear(3, 3, rng), Tanh()}), ReLU()}) ==
          Lines{
              "0.body.0.Linear: Gemm(input, 0.body.0.weight, 0.body.0.bias) -> 0.body.0.Linear",
              "0.body.1.Tanh: Tanh(0.body.0.Linear) -> 0.body.1.Tanh",
              "0.Residual: Add(input, 0.body.1.Tanh) -> 0.Residual",
              "1.ReLU: Relu(0.Residual) -> output",
          });
}

TEST_CASE("export_onnx: a residual block of images, with a shortcut") {
    Rng rng(1);
    const Sequential net{
        Conv2d(3, 4, 3, rng, {.padding = 1}, {.bias = false}),
        BatchNorm2d(4),
        MaxPool2d(2),
        Residual(Conv2d(4, 8, 3, rng, {.stride = 2, .padding = 1}), Conv2d(4, 8, 1, rng, {.stride = 2})),
        AdaptiveAvgPool2d(1),
        Flatten()};
    CHECK(
        nodes_of(net, {3, 8, 8}) ==
        Lines{
            "0.Conv2d: Conv(input, 0.weight) -> 0.Conv2d",
            "1.BatchNorm2d: BatchNormalization(0.Conv2d, 1.weight, 1.bias, 1.running_mean, 1.running_var) -> 1.BatchNorm2d",
            "2.MaxPool2d: MaxPool(1.BatchNorm2d) -> 2.MaxPool2d",
            "3.body.Conv2d: Conv(2.MaxPool2d, 3.body.weight, 3.body.bias) -> 3.body.Conv2d",
            "3.shortcut.Conv2d: Conv(2.MaxPool2d, 3.shortcut.weight, 3.shortcut.bias) -> 3.shortcut.Conv2d",
            "3.Residual: Add(3.shortcut.Conv2d, 3.body.Conv2d) -> 3.Residual",
            "4.AdaptiveAvgPool2d: GlobalAveragePool(3.Residual) -> 4.AdaptiveAvgPool2d",
            "5.Flatten: Reshape(4.AdaptiveAvgPool2d, [0, 8]) -> output",
        });
}

TEST_CASE("export_onnx: windows that reach beyond an image, and parts that are not equal") {
    CHECK(nodes_of(MaxPool2d(2, {.stride = 3, .dilation = 4, .ceil_mode = true}), {1, 9, 9}) ==
          Lines{
              "MaxPool2d/Pad: Pad(input, [0, 0, 0, 0, 0, 0, 2, 2], -inf) -> MaxPool2d/Pad",
              "MaxPool2d: MaxPool(MaxPool2d/Pad) -> output",
          });
    CHECK(nodes_of(MaxPool2d(3, {.stride = 2, .padding = 1, .ceil_mode = true}), {1, 8, 8}).size() == 1);
    CHECK(nodes_of(AvgPool2d(3, {.stride = 2, .padding = 1}), {1, 8, 8}) ==
          Lines{
              "AvgPool2d/Pad: Pad(input, [0, 0, 1, 1, 0, 0, 1, 1], 0) -> AvgPool2d/Pad",
              "AvgPool2d: AveragePool(AvgPool2d/Pad) -> output",
          });
    CHECK(nodes_of(AvgPool2d(2), {1, 8, 8}).size() == 1);
    CHECK(nodes_of(AdaptiveAvgPool2d({4, 2}), {1, 8, 8}) ==
          Lines{"AdaptiveAvgPool2d: AveragePool(input) -> output"});
    CHECK(nodes_of(AdaptiveAvgPool2d(3), {1, 8, 8}) ==
          Lines{
              "AdaptiveAvgPool2d/MatMul: MatMul(input, column_weights) -> AdaptiveAvgPool2d/MatMul",
              "AdaptiveAvgPool2d: MatMul(row_weights, AdaptiveAvgPool2d/MatMul) -> output",
          });
    CHECK(nodes_of(Upsample({.scale_factor = 2}), {1, 3, 3}) ==
          Lines{"Upsample: Resize(input, , x[1, 1, 2, 2]) -> output"});
    CHECK(nodes_of(Upsample({.size = 5}), {1, 3, 3}) ==
          Lines{
              "Upsample/Gather: Gather(input, [0, 0, 1, 1, 2]) -> Upsample/Gather",
              "Upsample: Gather(Upsample/Gather, [0, 0, 1, 1, 2]) -> output",
          });
}

TEST_CASE("export_onnx: Embedding takes integers, by default one for each example") {
    Rng rng(1);
    const Embedding words(5, 3, rng);
    const onnx::ModelProto model = exported(words);
    CHECK(nodes(model) == Lines{"Embedding: Gather(weight, input) -> output"});
    CHECK(shape_of(model.graph().input(0)) == "input INT64 batch");
    CHECK(shape_of(model.graph().output(0)) == "output FLOAT batch 3");
    const onnx::ModelProto texts = exported(words, {.input_shape = {7}});
    CHECK(shape_of(texts.graph().input(0)) == "input INT64 batch 7");
    CHECK(shape_of(texts.graph().output(0)) == "output FLOAT batch 7 3");
}
