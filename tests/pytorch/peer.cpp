// Usage: xgrad_pytorch_peer apply|train|optimize float|double DESCRIPTION FOLDER
// xgrad's side of round_trip.py, on the module that torch_modules.py or nets.py describes. All files are in
// FOLDER.
// apply: loads state.safetensors, and writes the state to state_back.safetensors.
// train: trains the module for some steps, so that it makes "target" of "x" in data.safetensors, and writes
// its state.safetensors. Then both write what it makes of "x" in evaluation mode, "y", to
// outputs.safetensors.
// optimize: xgrad's side of optimizer_round_trip.py. Takes the steps of data.safetensors ("w.gradients" for
// each parameter w, one after the other) from the parameters there and the optimizer's state in
// state.safetensors, which may be empty; writes the parameters to outputs.safetensors and the state to
// state_back.safetensors.
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>
#include "support/conformance/modules.hpp"

using namespace xgrad;

namespace {

constexpr int steps = 100;

// An Embedding whose weight is also that of a linear layer behind it.
template <class T>
class TiedModel final : public Module<T> {
public:
    TiedModel(std::size_t classes, std::size_t features, Rng& rng)
        : words_(classes, features, rng), weight_(words_.weight()) {}
    Tensor<T> operator()(const Indices& words) { return linear(words_(words), weight_); }
    std::string kind() const override { return "TiedModel"; }
    void visit(StateVisitor<T>& state) override {
        state.child("words", words_);
        state.parameter("out.weight", weight_);
    }
    std::unique_ptr<Module<T>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, TiedModel(weight_.shape()[0], weight_.shape()[1], rng));
    }

private:
    Embedding<T> words_;
    Tensor<T> weight_;
};

template <class T>
std::unique_ptr<Module<T>> make(const nlohmann::json& description) {
    if (description["kind"] != "TiedModel") return conformance::make_module<T>(description);
    Rng rng(1);
    return std::make_unique<TiedModel<T>>(description["num_embeddings"], description["embedding_dim"], rng);
}

template <class T>
Tensor<T> call(Module<T>& net, const AnyArray& x) {
    if (const auto* values = std::get_if<Array<T>>(&x)) return net(Tensor<T>(*values));
    const auto& numbers = std::get<Array<std::int64_t>>(x);
    const Indices index(numbers.shape(), {numbers.begin(), numbers.end()});
    if (auto* embedding = dynamic_cast<Embedding<T>*>(&net)) return (*embedding)(index);
    return dynamic_cast<TiedModel<T>&>(net)(index);
}

template <class T>
void train(Module<T>& net, const NamedArrays& data) {
    const Tensor<T> target(std::get<Array<T>>(data.at("target")));
    SGD<T> sgd(net.parameters(), {.learning_rate = 0.1});
    for (int step = 0; step < steps; ++step) {
        net.zero_grad();
        const Tape<T> tape;
        mse_loss(call(net, data.at("x")), target).backward();
        sgd.step();
    }
}

template <class T>
std::unique_ptr<Optimizer<T>> make_optimizer(const std::string& kind,
                                             const std::vector<Parameter<T>>& parameters) {
    if (kind == "SGD")
        return std::make_unique<SGD<T>>(parameters, SgdOptions{.learning_rate = 0.01, .momentum = 0.9});
    if (kind == "Adam") return std::make_unique<Adam<T>>(parameters);
    if (kind == "AdamW") return std::make_unique<AdamW<T>>(parameters);
    if (kind == "NAdam") return std::make_unique<NAdam<T>>(parameters);
    if (kind == "RMSprop")
        return std::make_unique<RMSprop<T>>(parameters, RMSpropOptions{.momentum = 0.9, .centered = true});
    if (kind == "Adagrad") return std::make_unique<Adagrad<T>>(parameters);
    if (kind == "Lion") return std::make_unique<Lion<T>>(parameters);
    fail<ValueError>("unknown optimizer " + kind);
}

template <class T>
void optimize(const std::string& kind, const std::filesystem::path& folder) {
    const NamedArrays data = read_safetensors(folder / "data.safetensors").arrays;
    std::vector<Parameter<T>> parameters;
    std::vector<Tensor<T>> gradients;  // (steps, shape of the parameter...)
    for (const auto& [name, array] : data) {
        if (!data.contains(name + ".gradients")) continue;
        parameters.push_back({name, Tensor<T>(std::get<Array<T>>(array), RequiresGrad::yes)});
        gradients.emplace_back(std::get<Array<T>>(data.at(name + ".gradients")));
    }
    const auto optimizer = make_optimizer(kind, parameters);
    NamedArrays state = read_safetensors(folder / "state.safetensors").arrays;
    state.emplace("learning_rate", Array<double>(Shape{}, optimizer->learning_rate()));
    optimizer->load_state_arrays(std::move(state));
    const auto count = static_cast<std::ptrdiff_t>(gradients[0].shape()[0]);
    for (std::ptrdiff_t step = 0; step < count; ++step) {
        for (std::size_t i = 0; i < parameters.size(); ++i) {
            Tensor<T>& w = parameters[i].tensor;
            w.zero_grad();
            const Tape<T> tape;
            (w * 1.0).backward(reshape(slice(gradients[i], 0, step, step + 1), w.shape()));
        }
        optimizer->step();
    }
    NamedArrays values;
    for (const auto& parameter : parameters) values.emplace(parameter.name, parameter.tensor.value());
    write_safetensors(folder / "outputs.safetensors", {std::move(values), {}});
    write_safetensors(folder / "state_back.safetensors", {optimizer->state_arrays(), {}});
}

template <class T>
void run(const std::string& action, const nlohmann::json& description, const std::filesystem::path& folder) {
    if (action == "optimize") return optimize<T>(description.at("kind"), folder);
    const NamedArrays data = read_safetensors(folder / "data.safetensors").arrays;
    const auto net = make<T>(description);
    if (action == "apply") {
        load_state(folder / "state.safetensors", *net);
        save_state(folder / "state_back.safetensors", *net);
    } else {
        train(*net, data);
        save_state(folder / "state.safetensors", *net);
    }
    net->eval();
    write_safetensors(folder / "outputs.safetensors", {{{"y", call(*net, data.at("x")).value()}}, {}});
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const nlohmann::json description = nlohmann::json::parse(arguments.at(2));
    if (arguments.at(1) == "float")
        run<float>(arguments.at(0), description, arguments.at(3));
    else
        run<double>(arguments.at(0), description, arguments.at(3));
} catch (const std::exception& error) {
    std::cerr << "xgrad_pytorch_peer: " << error.what() << "\n";
    return 1;
}
