#include "cifar_bn/gradcheck/net_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/data/batches.hpp>

#include "cifar_bn/gradcheck/numerical_gradient.hpp"
#include "cifar_bn/training/network.hpp"

namespace cifar_bn {
namespace {

using Parameters = std::vector<xgrad::Parameter<double>>;

// Groups the values that `pick` takes from the parameters by layer: a matrix begins a layer, and one to three
// vectors follow.
template <class Pick>
std::vector<HandLayer> by_layer(const Parameters& parameters, Pick pick) {
    std::vector<HandLayer> layers;
    for (const auto& parameter : parameters) {
        const xgrad::Array<double>& array = pick(parameter.tensor);
        const Values values(array.begin(), array.end());
        if (array.dimension() == 2) {
            layers.push_back({array.shape()[1], array.shape()[0], values, {}, {}, {}});
            continue;
        }
        HandLayer& layer = layers.back();
        (layer.bias.empty() ? layer.bias : layer.gamma.empty() ? layer.gamma : layer.beta) = values;
    }
    return layers;
}

std::vector<HandLayer> autodiff_gradients(xgrad::Module<double>& net, const HandBatch& batch, double lambda) {
    xgrad::Array<double> x(xgrad::Shape{batch.size, batch.x.size() / batch.size});
    std::copy(batch.x.begin(), batch.x.end(), x.begin());
    net.zero_grad();
    const xgrad::Tape<double> tape;
    xgrad::Tensor<double> cost = cross_entropy(net(xgrad::Tensor<double>(std::move(x))), batch.labels);
    for (const auto& parameter : net.parameters())
        if (parameter.decay == xgrad::Decay::yes) cost = cost + lambda * sum(square(parameter.tensor));
    cost.backward();
    return by_layer(net.parameters(),
                    [](const auto& tensor) -> const auto& { return tensor.grad().value(); });
}

HandBatch first_images(const xgrad::Dataset& train, const xgrad::Normalizer& normalizer, std::size_t count) {
    xgrad::ImageBatches<double> batches(train.slice(0, count), normalizer, count);
    const auto& batch = batches.next();
    const auto& x = batch.x.value();
    return {count, Values(x.begin(), x.end()), {batch.labels.begin(), batch.labels.end()}};
}

// A one-line description: `3072-50-50-10 with batch norm (epsilon 2.2e-16), lambda 0, seed 1`.
std::string describe(const NetCheckOptions& options, const HandNet& net) {
    std::string text = fmt::format("{}", net.layers.front().in);
    for (const HandLayer& layer : net.layers) text += fmt::format("-{}", layer.out);
    text += options.batch_norm ? fmt::format(" with batch norm (epsilon {})", options.epsilon)
                               : " without batch norm";
    return text + fmt::format(", lambda {}, seed {}", options.lambda, options.seed);
}

}  // namespace

xgrad::Sequential<double> make_network(const NetCheckOptions& options, std::size_t features,
                                       std::size_t classes) {
    xgrad::Rng rng(options.seed);
    return make_network<double>(features, options.hidden, classes, options.batch_norm,
                                xgrad::init::xavier_normal(), rng, {.epsilon = options.epsilon});
}

HandNet hand_net(xgrad::Module<double>& net, const NetCheckOptions& options) {
    return {by_layer(net.parameters(), [](const auto& tensor) -> const auto& { return tensor.value(); }),
            options.epsilon, options.lambda};
}

std::vector<ParameterGradients> parameter_gradients(xgrad::Module<double>& net, const HandBatch& batch,
                                                    const NetCheckOptions& options) {
    const HandNet in_loops = hand_net(net, options);
    const std::vector<HandLayer> autodiff = autodiff_gradients(net, batch, options.lambda);
    const std::vector<HandLayer> hand = gradients(in_loops, batch);
    struct Part {
        Kind kind;
        const char* name;
        Values HandLayer::* values;
    };
    const std::vector<Part> parts{{Kind::weight, "W", &HandLayer::weight},
                                  {Kind::bias, "b", &HandLayer::bias},
                                  {Kind::gamma, "gamma", &HandLayer::gamma},
                                  {Kind::beta, "beta", &HandLayer::beta}};
    double largest = 0;
    for (const HandLayer& layer : hand)
        for (const Part& part : parts) largest = std::max(largest, largest_of(layer.*part.values));

    std::vector<ParameterGradients> all;
    for (std::size_t l = 0; l < hand.size(); ++l)
        for (const auto& [kind, name, values] : parts) {
            const Values& gradient = hand[l].*values;
            if (gradient.empty()) continue;
            auto numerical = numerical_gradient(in_loops, batch, {l, kind}, options.step,
                                                scale_of(largest_of(gradient), largest), options.threads);
            all.push_back({fmt::format("{}{}", name, l + 1), kind == Kind::weight ? hand[l].in : 1,
                           autodiff[l].*values, gradient, std::move(numerical.central),
                           std::move(numerical.extrapolated)});
        }
    return all;
}

NetCheck check_net(const NetCheckOptions& options, const xgrad::Dataset& train,
                   const xgrad::Normalizer& normalizer, std::size_t images) {
    auto net = make_network(options, train.features(), train.classes().size());
    const HandNet in_loops = hand_net(net, options);
    const HandBatch batch = first_images(train, normalizer, images);
    std::vector<ParameterGradients> all = parameter_gradients(net, batch, options);
    Judgement judgement = judge(all);
    return {images, cost(in_loops, batch), std::move(all), std::move(judgement), describe(options, in_loops)};
}

}  // namespace cifar_bn
