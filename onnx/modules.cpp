#include <xgrad/onnx/modules.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numbers>

#include <fmt/format.h>

#include <xgrad/core/joined.hpp>
#include <xgrad/core/shape.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/onnx/image_modules.hpp>

namespace xgrad::detail {
namespace {

using Value = OnnxValue;

// The value of an option that such a module has.
template <class T>
double option(const Lambda<T>& module, std::string_view name) {
    const auto& options = module.options();
    return std::find_if(options.begin(), options.end(), [&](const auto& o) { return o.first == name; })
        ->second;
}

// Checks one extent of x, which should have the given shape.
void expect(const std::string& shape, const Value& x, bool rank_fits, std::size_t axis, std::size_t extent) {
    const std::string text = fmt::format("expected {}, got {}", shape, to_string(x));
    if (!rank_fits) fail<ShapeError>(text);
    if (x.shape[axis] != extent) fail<ShapeError>(fmt::format("{}: {} != {}", text, extent, x.shape[axis]));
}

void expect_end(const Value& x, const Shape& end) {
    const std::size_t rank = x.shape.size();
    for (std::size_t i = 1; i <= end.size(); ++i)
        expect(fmt::format("(batch, ..., {})", joined(end, ", ")), x, rank > end.size(), rank - i,
               end[end.size() - i]);
}

// x / sqrt(mean(x^2) + epsilon), with the mean over the last `count` axes.
template <class T>
Value over_rms(ModuleNodes<T>& g, const Value& x, std::size_t count, double epsilon) {
    const Value mean = g.mean(g.node("Pow", {x, g.number(2)}), count);
    return g.node("Div", {x, g.node("Sqrt", {g.node("Add", {mean, g.number(epsilon)})})});
}

template <class T>
Value centered(ModuleNodes<T>& g, const Value& x, std::size_t count) {
    return g.node("Sub", {x, g.mean(x, count)});
}

// gamma x + beta, as far as these are defined; x has so many axes behind theirs.
template <class T>
Value scaled(ModuleNodes<T>& g, Value x, const Tensor<T>& gamma, const Tensor<T>& beta,
             std::size_t later_axes = 0) {
    const auto parameter = [&](const char* name, const Tensor<T>& tensor) {
        Shape shape(tensor.dim() + later_axes, 1);
        std::copy(tensor.shape().begin(), tensor.shape().end(), shape.begin());
        const Value value = g.parameter(name, tensor.value());
        return later_axes == 0 ? value : g.reshape(value, shape);
    };
    if (gamma.defined()) x = g.node("Mul", {x, parameter("weight", gamma)});
    if (beta.defined()) x = g.node("Add", {x, parameter("bias", beta)});
    return x;
}

template <class T>
Value linear(ModuleNodes<T>& g, const Linear<T>& m, const Value& x) {
    const std::size_t out = m.weight().shape()[0], in = m.weight().shape()[1], rows = size_of(x.shape) / in;
    expect_end(x, {in});
    Shape shape = x.shape;
    shape.back() = out;
    const bool is_matrix = shape.size() == 2;
    std::vector<Value> inputs{is_matrix ? x : g.reshape(x, {rows, in}),
                              g.parameter("weight", m.weight().value())};
    if (m.bias().defined()) inputs.push_back(g.parameter("bias", m.bias().value()));
    const Value y = g.node("Gemm", inputs, {{"transB", std::int64_t{1}}}, {rows, out});
    return is_matrix ? y : g.reshape(y, shape);
}

template <class T>
Value batch_norm(ModuleNodes<T>& g, const BatchNorm<T>& m, const Value& x) {
    const Shape& features = m.running_mean().shape();
    const std::size_t rank = x.shape.size();
    if (m.kind() == "BatchNorm2d")
        expect(fmt::format("(batch, {}, rows, columns)", features[0]), x, rank == 4, 1, features[0]);
    else
        expect(fmt::format("(batch, {}{})", features[0], rank == 3 ? ", length" : ""), x,
               rank == 2 || rank == 3, 1, features[0]);
    const auto [epsilon, momentum, affine] = m.options();
    return g.node("BatchNormalization",
                  {x, g.parameter("weight", affine ? m.weight().value() : Array<T>(features, T{1})),
                   g.parameter("bias", affine ? m.bias().value() : Array<T>(features, T{0})),
                   g.parameter("running_mean", m.running_mean().value()),
                   g.parameter("running_var", m.running_variance().value())},
                  {{"epsilon", static_cast<float>(epsilon)},
                   {"momentum", static_cast<float>(1 - momentum.value_or(0.1))}},
                  x.shape);
}

template <class T>
Value group_norm(ModuleNodes<T>& g, const GroupNorm<T>& m, const Value& x) {
    const std::size_t rank = x.shape.size();
    expect(fmt::format("(batch, {}, ...)", m.channels()), x, rank >= 2, 1, m.channels());
    const Shape example(x.shape.begin() + 1, x.shape.end());
    const Value grouped = g.reshape(x, {x.shape[0], m.groups(), size_of(example) / m.groups()});
    const Value y = over_rms(g, centered(g, grouped, 1), 1, m.options().epsilon);
    return scaled(g, g.reshape(y, x.shape), m.weight(), m.bias(), rank - 2);
}

// x Phi(x), see `gelu`.
template <class T>
Value gelu(ModuleNodes<T>& g, const Lambda<T>& m, const Value& x) {
    if (option(m, "approximate") == static_cast<double>(Approximate::none)) {
        const Value erf = g.node("Erf", {g.node("Div", {x, g.number(std::numbers::sqrt2)})});
        return g.node("Mul", {g.node("Mul", {x, g.node("Add", {erf, g.number(1)})}), g.number(0.5)});
    }
    // not by Pow, which OpenCV 4.6 cannot apply to negative numbers
    const Value cubic = g.node("Mul", {g.node("Mul", {g.node("Mul", {x, x}), x}), g.number(0.044715)});
    const double slope = std::sqrt(2 / std::numbers::pi);
    const Value tanh = g.node("Tanh", {g.node("Mul", {g.node("Add", {x, cubic}), g.number(slope)})});
    return g.node("Mul", {g.node("Mul", {x, g.node("Add", {tanh, g.number(1)})}), g.number(0.5)});
}

// log(1 + e^(beta x)) / beta, and x itself where beta x is beyond the threshold, unless that is the same
// number.
template <class T>
Value softplus(ModuleNodes<T>& g, const Lambda<T>& m, const Value& x) {
    const double beta = option(m, "beta"), threshold = option(m, "threshold");
    const Value z = beta == 1 ? x : g.node("Mul", {x, g.number(beta)});
    const Value smooth = g.node("Softplus", {z});
    Value y = beta == 1 ? smooth : g.node("Div", {smooth, g.number(beta)});
    if (std::exp(-threshold) < threshold * std::numeric_limits<T>::epsilon() / 2) return y;
    return g.node("Where", {g.node("Greater", {z, g.number(threshold)}), x, y});
}

[[noreturn]] void fail_without_translation() {
    fail<ValueError>(
        "a function or module of your own cannot be translated to ONNX: put modules that docs/onnx.md lists in its "
        "place, or export the modules before and after it, and compute it in between");
}

template <class T>
using Translation = std::function<Value(ModuleNodes<T>&, const Module<T>&, const Value&)>;

// That of a class of modules by `f`. An activation is a Lambda: so is its clone, which has no class of its
// own.
template <class M, class F>
Translation<typename M::value_type> of(F f) {
    using T = typename M::value_type;
    return [f](ModuleNodes<T>& g, const Module<T>& module, const Value& x) {
        const auto* m = dynamic_cast<const M*>(&module);
        if (!m) fail_without_translation();
        return f(g, *m, x);
    };
}
// That of a Lambda as a node of one input.
template <class T>
Translation<T> node(const char* op, const OnnxAttributes& attributes = {}) {
    return of<Lambda<T>>([=](auto& g, const auto&, const Value& x) { return g.node(op, {x}, attributes); });
}

template <class T>
const std::map<std::string, Translation<T>> translations{
    {"Identity", node<T>("Identity")},
    {"ReLU", node<T>("Relu")},
    {"Tanh", node<T>("Tanh")},
    {"Sigmoid", node<T>("Sigmoid")},
    {"Softmax", node<T>("Softmax", {{"axis", std::int64_t{-1}}})},
    {"LogSoftmax", node<T>("LogSoftmax", {{"axis", std::int64_t{-1}}})},
    {"LeakyReLU", of<Lambda<T>>([](auto& g, const auto& m, const Value& x) {
         return g.node("LeakyRelu", {x}, {{"alpha", static_cast<float>(option(m, "negative_slope"))}});
     })},
    {"ELU", of<Lambda<T>>([](auto& g, const auto& m, const Value& x) {
         return g.node("Elu", {x}, {{"alpha", static_cast<float>(option(m, "alpha"))}});
     })},
    {"SiLU", of<Lambda<T>>([](auto& g, const auto&, const Value& x) {
         return g.node("Mul", {x, g.node("Sigmoid", {x})});
     })},
    {"GELU", of<Lambda<T>>(gelu<T>)},
    {"Softplus", of<Lambda<T>>(softplus<T>)},
    {"Flatten", of<Lambda<T>>([](auto& g, const auto& m, const Value& x) {
         const auto axis = [&](const char* name) { return static_cast<std::ptrdiff_t>(option(m, name)); };
         return g.reshape(x, flattened_shape("flatten", x.shape, axis("start_dim"), axis("end_dim")));
     })},
    {"Unflatten", of<Unflatten<T>>([](auto& g, const auto& m, const Value& x) {
         return g.reshape(x, m.result(x.shape));
     })},
    {"Dropout", of<Dropout<T>>([](auto& g, const auto&, const Value& x) { return g.node("Identity", {x}); })},
    {"Linear", of<Linear<T>>(linear<T>)},
    {"BatchNorm1d", of<BatchNorm<T>>(batch_norm<T>)},
    {"BatchNorm2d", of<BatchNorm<T>>(batch_norm<T>)},
    {"Conv1d", of<Conv1d<T>>(conv1d_nodes<T>)},
    {"Conv2d", of<Conv2d<T>>(conv2d_nodes<T>)},
    {"ConvTranspose2d", of<ConvTranspose2d<T>>(conv_transpose2d_nodes<T>)},
    {"MaxPool2d", of<MaxPool2d<T>>(max_pool_nodes<T>)},
    {"AvgPool2d", of<AvgPool2d<T>>(avg_pool_nodes<T>)},
    {"AdaptiveAvgPool2d", of<AdaptiveAvgPool2d<T>>(adaptive_avg_pool_nodes<T>)},
    {"Upsample", of<Upsample<T>>(upsample_nodes<T>)},
    {"LayerNorm", of<LayerNorm<T>>([](auto& g, const auto& m, const Value& x) {
         expect_end(x, m.normalized());
         const std::size_t axes = m.normalized().size();
         return scaled(g, over_rms(g, centered(g, x, axes), axes, m.options().epsilon), m.weight(), m.bias());
     })},
    {"RMSNorm", of<RMSNorm<T>>([](auto& g, const auto& m, const Value& x) {
         expect_end(x, m.normalized());
         return scaled(g, over_rms(g, x, m.normalized().size(), m.options().epsilon), m.weight(), {});
     })},
    {"GroupNorm", of<GroupNorm<T>>(group_norm<T>)},
    {"Embedding", of<Embedding<T>>([](auto& g, const auto& m, const Value& x) {
         if (!g.graph().takes_indices)
             fail<ValueError>("it takes Indices, and so is no part of a Sequential");
         Shape shape = x.shape;
         shape.push_back(m.weight().shape()[1]);
         return g.node("Gather", {g.parameter("weight", m.weight().value()), x}, {}, shape);
     })},
};

}  // namespace

template <class T>
OnnxValue translate(OnnxGraph& graph, const std::string& prefix, const Module<T>& module,
                    const OnnxValue& x) {
    if (const auto* sequential = dynamic_cast<const Sequential<T>*>(&module)) {
        Value y = x;
        for (std::size_t i = 0; i < sequential->size(); ++i)
            y = translate(graph, fmt::format("{}{}.", prefix, i), (*sequential)[i], y);
        return y;
    }
    if (const auto* residual = dynamic_cast<const Residual<T>*>(&module)) {
        const Value y = translate(graph, prefix + "body.", residual->body(), x);
        const Module<T>* shortcut = residual->shortcut();
        const Value added = shortcut ? translate(graph, prefix + "shortcut.", *shortcut, x) : x;
        ModuleNodes<T> nodes(graph, prefix, module.kind());
        if (y.shape != added.shape)
            fail<ShapeError>(fmt::format("{} has shape {}, but f(x) has {}", shortcut ? "g(x)" : "x",
                                         to_string(added), to_string(y)));
        return nodes.result(nodes.node("Add", {added, y}));
    }
    ModuleNodes<T> nodes(graph, prefix, module.kind());
    const auto found = translations<T>.find(module.kind());
    if (found == translations<T>.end()) fail_without_translation();
    return nodes.result(found->second(nodes, module, x));
}

template OnnxValue translate(OnnxGraph&, const std::string&, const Module<float>&, const OnnxValue&);
template OnnxValue translate(OnnxGraph&, const std::string&, const Module<double>&, const OnnxValue&);

}  // namespace xgrad::detail
