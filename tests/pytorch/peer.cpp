// Usage: xgrad_pytorch_peer apply|train float|double WIDTH,WIDTH,... FOLDER
// xgrad's side of round_trip.py, on nets of cifar_bn with batch norm and 10 classes. All files are in FOLDER.
// apply: loads state.safetensors, applies the net to "x" of data.safetensors, and writes "y" to
// outputs.safetensors and the state to
//        state_back.safetensors.
// train: trains a net for some steps, and writes its state.safetensors, "x" to data.safetensors and "y" to
// outputs.safetensors.
#include <exception>
#include <filesystem>
#include <iostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/sgd.hpp>
#include "cifar_bn/training/network.hpp"

using namespace xgrad;

namespace {

constexpr std::size_t classes = 10;

template <class T>
Sequential<T> make_net(std::size_t features, const std::vector<std::size_t>& hidden, Rng& rng) {
    return cifar_bn::make_network<T>(features, hidden, classes, true, init::he_normal(), rng);
}

template <class T>
void write_outputs(const std::filesystem::path& folder, Sequential<T>& net, const Tensor<T>& x) {
    net.eval();
    write_safetensors(folder / "outputs.safetensors", {{{"y", net(x).value()}}, {}});
}

template <class T>
void apply(const std::vector<std::size_t>& hidden, const std::filesystem::path& folder) {
    const Tensor<T> x(std::get<Array<T>>(read_safetensors(folder / "data.safetensors").arrays.at("x")));
    Rng rng(1);
    Sequential<T> net = make_net<T>(x.shape()[1], hidden, rng);
    load_state(folder / "state.safetensors", net);
    write_outputs(folder, net, x);
    save_state(folder / "state_back.safetensors", net);
}

// Noisy points around a center for each class.
template <class T>
Tensor<T> points(const Array<T>& centers, const std::vector<std::int32_t>& labels, Rng& rng) {
    Array<T> x = randn<T>({labels.size(), centers.shape()[1]}, rng).value();
    for (std::size_t i = 0; i < labels.size(); ++i)
        for (std::size_t j = 0; j < centers.shape()[1]; ++j)
            x(i, j) += centers(static_cast<std::size_t>(labels[i]), j);
    return Tensor<T>(std::move(x));
}

template <class T>
void train(const std::vector<std::size_t>& hidden, const std::filesystem::path& folder) {
    constexpr std::size_t features = 3072, batch = 100, steps = 100;
    Rng rng(1);
    Sequential<T> net = make_net<T>(features, hidden, rng);
    SGD<T> sgd(net.parameters(), {.learning_rate = 0.1});
    const Array<T> centers = randn<T>({classes, features}, rng).value();
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < batch; ++i) labels.push_back(static_cast<std::int32_t>(i % classes));
    for (std::size_t step = 0; step < steps; ++step) {
        net.zero_grad();
        Tape<T> tape;
        cross_entropy(net(points(centers, labels, rng)), labels).backward();
        sgd.step();
    }
    save_state(folder / "state.safetensors", net);
    const Tensor<T> x = points(centers, labels, rng);
    write_safetensors(folder / "data.safetensors", {{{"x", x.value()}}, {}});
    write_outputs(folder, net, x);
}

}  // namespace

int main(int argc, char** argv) try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    std::vector<std::size_t> hidden;
    std::istringstream widths(arguments.at(2));
    for (std::string width; std::getline(widths, width, ',');) hidden.push_back(std::stoul(width));
    const bool is_float = arguments.at(1) == "float";
    if (arguments.at(0) == "apply")
        is_float ? apply<float>(hidden, arguments.at(3)) : apply<double>(hidden, arguments.at(3));
    else
        is_float ? train<float>(hidden, arguments.at(3)) : train<double>(hidden, arguments.at(3));
} catch (const std::exception& error) {
    std::cerr << "xgrad_pytorch_peer: " << error.what() << "\n";
    return 1;
}
