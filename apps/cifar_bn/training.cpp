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

    TrainResult result{{}, ConfusionMatrix(data.test.classes().size()), 0, 0, [shared_net](const std::filesystem::path& file) {
        save_state(file, *shared_net);
    }};
    const auto evaluate_parts = [&] {
        const double penalty = regularization(net, config.lambda);
        const auto score = [&](const Dataset& part) {
            const Evaluation evaluation = evaluate(net, part, data.normalizer);
            result.test_confusion = evaluation.confusion;  // the test images are the last part
            return Score{evaluation.loss + penalty, evaluation.accuracy()};
        };
        result.last.train = score(data.train);
        result.last.validation = score(data.validation);
        result.last.test = score(data.test);
        if (config.layer_images == 0) return;
        const Dataset first = data.train.slice(0, std::min(config.layer_images, data.train.size()));
        result.last.layers = layer_statistics(net, Batches<T>(first, data.normalizer, first.size()).next());
    };
    std::vector<double> durations;
    const std::vector<std::uint64_t> snapshots = config.snapshot_steps();
    auto next_snapshot = snapshots.begin();
    for (std::uint64_t step = 1; step <= config.steps() && result.diverged_at == 0; ++step) {
        const double learning_rate = schedule(step - 1);
        const auto start = std::chrono::steady_clock::now();
        const double batch_loss = train_step(net, batches.next(shuffle), sgd, learning_rate);
        if (durations.size() < 10'000) durations.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        observer.on_step({step, learning_rate, batch_loss});
        if (!std::isfinite(batch_loss)) result.diverged_at = step;
        if (step != *next_snapshot && result.diverged_at == 0) continue;
        evaluate_parts();
        if (!std::isfinite(result.last.train.cost)) result.diverged_at = step;
        do {  // one snapshot, but all that are left of a training that has diverged
            result.last.step = *next_snapshot++;
            result.last.cycle = (result.last.step - 1) / (2 * config.half_cycle) + 1;
            result.last.learning_rate = schedule(result.last.step - 1);
            observer.on_snapshot(result.last);
        } while (result.diverged_at != 0 && next_snapshot != snapshots.end());
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
