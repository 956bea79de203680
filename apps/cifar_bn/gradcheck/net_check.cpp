#include "cifar_bn/gradcheck/net_check.hpp"

#include <algorithm>
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/data/batches.hpp>

#include "cifar_bn/gradcheck/numerical_gradient.hpp"
#include "cifar_bn/gradcheck/table.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"

namespace cifar_bn {
namespace {

using Parameters = std::vector<xgrad::Parameter<double>>;

// What `pick` takes from each parameter, layer by layer: a matrix begins a layer, and one to three vectors
// follow.
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
    xgrad::Tensor<double> cost =
        cross_entropy(net(xgrad::Tensor<double>(std::move(x))), {batch.labels.begin(), batch.labels.end()});
    for (const auto& parameter : net.parameters())
        if (parameter.decay == xgrad::Decay::yes) cost = cost + lambda * sum(square(parameter.tensor));
    cost.backward();
    return by_layer(net.parameters(),
                    [](const auto& tensor) -> const auto& { return tensor.grad().value(); });
}

HandBatch first_images(const xgrad::Dataset& train, const xgrad::Normalizer& normalizer, std::size_t count) {
    xgrad::Batches<double> batches(train.slice(0, count), normalizer, count);
    const auto& batch = batches.next();
    const auto& x = batch.x.value();
    return {count, Values(x.begin(), x.end()), {batch.labels.begin(), batch.labels.end()}};
}

void check(const GradcheckOptions& options, std::size_t available) {
    const auto refuse = [](const std::string& message) {
        xgrad::fail<xgrad::ValueError>("gradcheck", message);
    };
    for (const std::size_t n : options.images)
        if (n == 0 || n > available)
            refuse(fmt::format("--images must be in 1 ... {}, got {}", available, n));
    if (!(options.step > 0)) refuse(fmt::format("--h must be positive, got {}", options.step));
    if (options.threads < 1) refuse(fmt::format("--threads must be at least 1, got {}", options.threads));
}

}  // namespace

xgrad::Sequential<double> make_network(const GradcheckOptions& options, std::size_t features,
                                       std::size_t classes) {
    xgrad::Rng rng(options.seed);
    return make_network<double>(features, options.hidden, classes, options.batch_norm,
                                xgrad::init::xavier_normal(), rng, {.epsilon = options.epsilon});
}

HandNet hand_net(xgrad::Module<double>& net, const GradcheckOptions& options) {
    return {by_layer(net.parameters(), [](const auto& tensor) -> const auto& { return tensor.value(); }),
            options.epsilon, options.lambda};
}

std::vector<Comparison> compare(xgrad::Module<double>& net, const HandBatch& batch,
                                const GradcheckOptions& options) {
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

    std::vector<Comparison> comparisons;
    for (std::size_t l = 0; l < hand.size(); ++l)
        for (const auto& [kind, name, values] : parts) {
            const Values& gradient = hand[l].*values;
            if (gradient.empty()) continue;
            auto numerical = numerical_gradient(in_loops, batch, {l, kind}, options.step,
                                                scale_of(largest_of(gradient), largest), options.threads);
            comparisons.push_back({fmt::format("{}{}", name, l + 1), kind == Kind::weight ? hand[l].in : 1,
                                   autodiff[l].*values, gradient, std::move(numerical.central),
                                   std::move(numerical.extrapolated)});
        }
    return comparisons;
}

GradientCheck check_gradients(const GradcheckOptions& options, const xgrad::Dataset& train,
                              const xgrad::Normalizer& normalizer, std::size_t images) {
    auto net = make_network(options, train.features(), train.classes().size());
    const HandNet in_loops = hand_net(net, options);
    const HandBatch batch = first_images(train, normalizer, images);
    std::vector<Comparison> comparisons = compare(net, batch, options);
    Judgement judgement = judge(comparisons);
    return {images, cost(in_loops, batch), std::move(comparisons), std::move(judgement),
            describe(options, in_loops)};
}

int run_gradcheck(const GradcheckOptions& options, std::FILE* out) {
    const xgrad::Dataset train = open_data(options.data).train;
    check(options, train.size());
    const xgrad::Normalizer normalizer(train);
    bool passed = true;
    for (const std::size_t count : options.images) {
        const auto start = std::chrono::steady_clock::now();
        const GradientCheck check = check_gradients(options, train, normalizer, count);
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

        fmt::print(out, "{}: the first {} training images; {}\n", train.name(), count, check.net);
        fmt::print(out, "cost {:.6f}; {} entries of the gradient, every one checked; {:.1f} s\n\n",
                   check.cost, check.judgement.entries, seconds.count());
        fmt::print(
            out, "{}\n",
            table(check.comparisons, check.judgement, options.step, published_figures(options, count)));
        passed &= check.judgement.failures.empty();
    }
    fmt::print(out, "{}", legend());
    fmt::print(out, "\ngradcheck: {}\n", passed ? "passed" : "FAILED (see above)");
    return passed ? 0 : 1;
}

void add_gradcheck(CLI::App& app) {
    auto options = std::make_shared<GradcheckOptions>();
    CLI::App* command = app.add_subcommand(
        "gradcheck",
        "Check the gradients that training uses: against hand-derived ones and numerical ones, for every weight of a net");
    command->add_option("--hidden", options->hidden, "Widths of the hidden layers, separated by commas")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command
        ->add_option("--images", options->images,
                     "Check on the first so many training images; one check for each number")
        ->delimiter(',')
        ->type_name("N,N,...")
        ->capture_default_str();
    command->add_flag("--batch-norm,!--no-batch-norm", options->batch_norm,
                      "Batch norm after every hidden linear layer (default: on)");
    command->add_option("--bn-eps", options->epsilon, "Epsilon of batch norm")->capture_default_str();
    command->add_option("--lambda", options->lambda, "L2 regularization: adds lambda * sum(W^2) to the cost")
        ->capture_default_str();
    command->add_option("--h", options->step, "Step of the plain central differences")->capture_default_str();
    command->add_option("--seed", options->seed, "Of the weights")->capture_default_str();
    command->add_option("--threads", options->threads, "Threads for the numerical derivatives")
        ->capture_default_str();
    command
        ->add_option(
            "--data", options->data,
            "Folder with CIFAR-10 (binary version) or Fashion-MNIST (default: $CIFAR10_DIR, or downloads/)")
        ->type_name("DIR");
    command->callback([options] {
        if (const int status = run_gradcheck(*options)) throw CLI::RuntimeError(status);
    });
}

}  // namespace cifar_bn
