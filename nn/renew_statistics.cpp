#include <xgrad/nn/renew_statistics.hpp>

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/nn/layers/batch_norm.hpp>

namespace xgrad {
namespace {

// What renew_statistics() puts back of a layer.
template <class T>
struct Renewed {
    std::string path;
    BatchNorm<T>& layer;
    StateDict<T> state;
    std::optional<double> momentum;
};

template <class T>
std::vector<Renewed<T>> batch_norms(Module<T>& net) {
    std::vector<Renewed<T>> all;
    for (const auto& [path, module] : net.modules())
        if (auto* layer = dynamic_cast<BatchNorm<T>*>(module))
            all.push_back({path, *layer, layer->state_dict(), layer->options().momentum});
    return all;
}

}  // namespace

template <class T>
void renew_statistics(Module<T>& net, const std::function<void()>& run) {
    const std::vector<Renewed<T>> layers = batch_norms(net);
    if (layers.empty()) return;
    const NoGrad<T> no_grad;
    const EvaluationMode<T> modes(net);  // which it puts back in the end
    net.train();
    std::vector<std::pair<Rng*, Rng>> generators;
    for (const auto& [name, generator] : net.generators()) generators.emplace_back(generator, *generator);
    const auto put_back = [&] {
        for (const Renewed<T>& renewed : layers) renewed.layer.set_momentum(renewed.momentum);
        for (const auto& [generator, before] : generators) *generator = before;
    };
    try {
        for (const Renewed<T>& renewed : layers) {
            renewed.layer.set_momentum({});
            renewed.layer.reset_statistics();
        }
        run();
        for (const auto& [path, layer, state, momentum] : layers)
            if (layer.batches_tracked() == 0)
                fail<ValueError>("renew_statistics",
                                 fmt::format("no batch has passed through {}{}{}: call the net in `run`",
                                             layer.kind(), path.empty() ? "" : " ", path));
    } catch (...) {
        for (const Renewed<T>& renewed : layers) renewed.layer.load_state_dict(renewed.state);
        put_back();
        throw;
    }
    put_back();
}

template void renew_statistics(Module<float>&, const std::function<void()>&);
template void renew_statistics(Module<double>&, const std::function<void()>&);

}  // namespace xgrad
