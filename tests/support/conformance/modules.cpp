#include "support/conformance/modules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/layer_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/layers/pooling.hpp>
#include <xgrad/nn/sequential.hpp>
#include "support/conformance/options.hpp"

namespace xgrad::conformance {
namespace {

LayerNormOptions layer_norm_options(const Options& o) {
    return {o["eps"], o.value("elementwise_affine", true)};
}
std::optional<double> momentum(const Options& o) {
    return o["momentum"].is_null() ? std::nullopt : std::optional(o["momentum"].get<double>());
}
BatchNormOptions batch_norm_options(const Options& o) { return {o["eps"], momentum(o), o["affine"]}; }
LinearOptions bias(const Options& o) { return {.bias = o.value("bias", true)}; }
UpsampleOptions upsample_options(const Options& o) {
    if (o.contains("size")) return {.size = pair(o["size"])};
    return {.scale_factor = pair(o["scale_factor"])};
}
Approximate approximate(const Options& o) {
    return o["approximate"] == "tanh" ? Approximate::tanh : Approximate::none;
}

template <class T>
Sequential<T> sequential(const Options& descriptions) {
    Sequential<T> net;
    for (const Options& description : descriptions) net.add(make_module<T>(description));
    return net;
}

template <class T>
using Make = std::function<std::unique_ptr<Module<T>>(const Options& o, Rng& rng)>;

#define MAKE(Kind, ...)                                                             \
    {#Kind, []([[maybe_unused]] const Options& o, [[maybe_unused]] Rng& rng) {      \
         return std::unique_ptr<Module<T>>(std::make_unique<Kind<T>>(__VA_ARGS__)); \
     }}
template <class T>
const std::map<std::string, Make<T>> makers{
    MAKE(Identity),
    MAKE(Flatten, o["start_dim"], o["end_dim"]),
    MAKE(Unflatten, o["dim"], shape(o["unflattened_size"])),
    MAKE(ReLU),
    MAKE(Tanh),
    MAKE(Sigmoid),
    MAKE(Softmax),
    MAKE(LogSoftmax),
    MAKE(LeakyReLU, o["negative_slope"]),
    MAKE(ELU, o["alpha"]),
    MAKE(GELU, approximate(o)),
    MAKE(SiLU),
    MAKE(Softplus, o["beta"], o["threshold"]),
    MAKE(Dropout, o["p"], rng),
    MAKE(Linear, o["in_features"], o["out_features"], rng, bias(o)),
    MAKE(Conv1d, o["in_channels"], o["out_channels"], o["kernel_size"][0], rng, conv1d_options(o), bias(o)),
    MAKE(Conv2d, o["in_channels"], o["out_channels"], pair(o["kernel_size"]), rng, conv2d_options(o),
         bias(o)),
    MAKE(ConvTranspose2d, o["in_channels"], o["out_channels"], pair(o["kernel_size"]), rng,
         conv_transpose2d_options(o), bias(o)),
    MAKE(MaxPool2d, pair(o["kernel_size"]), max_pool2d_options(o)),
    MAKE(AvgPool2d, pair(o["kernel_size"]), avg_pool2d_options(o)),
    MAKE(AdaptiveAvgPool2d, pair(o["output_size"])),
    MAKE(Upsample, upsample_options(o)),
    MAKE(BatchNorm1d, o["num_features"], batch_norm_options(o)),
    MAKE(BatchNorm2d, o["num_features"], batch_norm_options(o)),
    MAKE(LayerNorm, shape(o["normalized_shape"]), layer_norm_options(o)),
    MAKE(RMSNorm, shape(o["normalized_shape"]), layer_norm_options(o)),
    MAKE(GroupNorm, o["num_groups"], o["num_channels"], LayerNormOptions{o["eps"], o["affine"]}),
    MAKE(Embedding, o["num_embeddings"], o["embedding_dim"], rng),
    MAKE(Sequential, sequential<T>(o["modules"])),
    MAKE(Residual, make_module<T>(o["body"]),
         o.contains("shortcut") ? make_module<T>(o["shortcut"]) : nullptr),
};
#undef MAKE

// Makes Tensors the parameters of a module, in their order.
template <class T>
struct Bind final : StateVisitor<T> {
    const Tensor<T>* next;
    explicit Bind(const Tensor<T>* first) : next(first) {}
    void parameter(std::string_view, Tensor<T>& tensor, Decay) override { tensor = *next++; }
    void buffer(std::string_view, Tensor<T>&) override {}
    void buffer(std::string_view, std::int64_t&) override {}
    void generator(std::string_view, Rng&) override {}
    void child(std::string_view, Module<T>& child) override { child.visit(*this); }
};

}  // namespace

std::vector<std::string> module_kinds() {
    static const std::regex declaration(
        "^class (\\w+) final : public (?:Module|Lambda|BatchNorm|FilterLayer)<T");
    std::vector<std::string> kinds;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(XGRAD_SOURCE_DIR "/nn")) {
        std::ifstream file(entry.path());
        std::smatch match;
        for (std::string line; std::getline(file, line);)
            if (std::regex_search(line, match, declaration)) kinds.push_back(match[1]);
    }
    std::sort(kinds.begin(), kinds.end());
    return kinds;
}

template <class T>
std::unique_ptr<Module<T>> make_module(const nlohmann::json& description) {
    Rng rng(1);
    return makers<T>.at(description.at("kind"))(description, rng);
}

template <class T>
StateDict<T> buffers(const nlohmann::json& lists) {
    StateDict<T> state;
    for (const auto& [name, value] : lists.items()) {
        if (value.is_array()) {
            Array<T> array(Shape{value.size()});
            std::copy(value.begin(), value.end(), array.data());
            state.emplace(name, std::move(array));
        } else {
            state.emplace(name, value.template get<std::int64_t>());
        }
    }
    return state;
}

Indices indices(const nlohmann::json& options) {
    return {shape(options["index_shape"]), options["index"].get<std::vector<std::int32_t>>()};
}

template <class T>
std::unique_ptr<Module<T>> module_of(const std::vector<Tensor<T>>& inputs, const nlohmann::json& call) {
    auto module = make_module<T>(call["module"]);
    module->load_state_dict(buffers<T>(call["buffers"]), {.allow_missing = true});
    Bind<T> bind(inputs.data() + (inputs.size() - module->parameters().size()));
    module->visit(bind);
    call["training"] == true ? module->train() : module->eval();
    return module;
}

template <class T>
Tensor<T> call_module(Module<T>& module, const std::vector<Tensor<T>>& inputs, const nlohmann::json& call) {
    if (auto* embedding = dynamic_cast<Embedding<T>*>(&module)) return (*embedding)(indices(call["index"]));
    return module(inputs[0]);
}

#define INSTANTIATE(T)                                                                                   \
    template std::unique_ptr<Module<T>> make_module(const nlohmann::json&);                              \
    template std::unique_ptr<Module<T>> module_of(const std::vector<Tensor<T>>&, const nlohmann::json&); \
    template Tensor<T> call_module(Module<T>&, const std::vector<Tensor<T>>&, const nlohmann::json&);    \
    template StateDict<T> buffers(const nlohmann::json&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad::conformance
