#include "training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "network.hpp"

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/safetensors.hpp>
#include <xgrad/optim/sgd.hpp>

namespace cifar_bn {
namespace {

using namespace xgrad;

template <class T>
double train_step(Module<T>& net, const Batch<T>& batch, SGD<T>& sgd, double learning_rate) {
    net.zero_grad();
    Tape<T> tape;
    const Tensor<T> loss = cross_entropy(net(batch.x), batch.labels);
    loss.backward();
    sgd.set_learning_rate(learning_rate);
    sgd.step();
    return static_cast<double>(loss.item());
}

template <class T>
TrainResult train_as(const TrainConfig& config, const Split& data, const TrainObserver& observer) {
    Rng rng(config.seed);
    Rng shuffle = rng.split();
    Batches<T> batches(data.train, data.normalizer, config.batch_size, LastBatch::drop);
    const auto shared_net = std::make_shared<Sequential<T>>(
        make_network<T>(data.train.features(), config.hidden, data.train.classes().size(), config.batch_norm, config.initializer(), rng));
    Sequential<T>& net = *shared_net;
    observer.on_network(to_string(net));
    const CyclicLR schedule = config.schedule();
    SGD<T> sgd(net.parameters(), {.learning_rate = config.eta_min, .weight_decay = 2 * config.lambda});  // d(lambda w^2)/dw = 2 lambda w

    const auto score = [&](const Dataset& part, double penalty) {
        const Evaluation evaluation = evaluate(net, part, data.normalizer);
        return std::pair(Score{evaluation.loss + penalty, evaluation.accuracy()}, evaluation.confusion);
    };
    const auto layers = [&] {
        if (config.layer_images == 0) return std::vector<LayerStatistics>();
        const Dataset first = data.train.slice(0, std::min(config.layer_images, data.train.size()));
        return layer_statistics(net, Batches<T>(first, data.normalizer, first.size()).next());
    };
    const std::vector<std::uint64_t> snapshots = config.snapshot_steps();
    auto next_snapshot = snapshots.begin();
    TrainResult result{{}, ConfusionMatrix(data.test.classes().size()), 0, [shared_net](const std::filesystem::path& file) {
        save_state(file, *shared_net);
    }};
    std::vector<double> durations;
    for (std::uint64_t step = 1; step <= config.steps(); ++step) {
        const double learning_rate = schedule(step - 1);
        const auto start = std::chrono::steady_clock::now();
        const double batch_loss = train_step(net, batches.next(shuffle), sgd, learning_rate);
        if (durations.size() < 10'000) durations.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        if (!std::isfinite(batch_loss))
            fail<NumericsError>("train",
                                fmt::format("the loss of step {} is {}: try a smaller --eta-max or another --init", step, batch_loss));
        observer.on_step({step, learning_rate, batch_loss});
        if (next_snapshot == snapshots.end() || step != *next_snapshot) continue;
        ++next_snapshot;
        const double penalty = regularization(net, config.lambda);
        const auto [test_score, confusion] = score(data.test, penalty);
        result.last = {step,
                       (step - 1) / (2 * config.half_cycle) + 1,
                       learning_rate,
                       score(data.train, penalty).first,
                       score(data.validation, penalty).first,
                       test_score,
                       layers()};
        result.test_confusion = confusion;
        observer.on_snapshot(result.last);
    }
    std::nth_element(durations.begin(), durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2), durations.end());
    result.seconds_per_step = durations[durations.size() / 2];
    return result;
}

}  // namespace

Split split(const TrainTest& data, std::size_t validation, std::size_t images) {
    const std::size_t all = data.train.size();
    if (validation + 1 >= all)
        fail<ValueError>("--validation", fmt::format("{} of the {} training images leave fewer than 2 to train on", validation, all));
    const std::size_t left = all - validation;
    if (images == 1 || images > left) fail<ValueError>("--images", fmt::format("expected 2 to {}, or 0 for all, got {}", left, images));
    const Dataset train = data.train.slice(0, images == 0 ? left : images);
    return {train, data.train.slice(left, validation), data.test, Normalizer(train)};
}

TrainResult train(const TrainConfig& config, const Split& data, const TrainObserver& observer) {
    check(config);
    return config.scalar == "float" ? train_as<float>(config, data, observer) : train_as<double>(config, data, observer);
}

}  // namespace cifar_bn
