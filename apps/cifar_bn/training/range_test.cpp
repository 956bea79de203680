#include "cifar_bn/training/range_test.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "cifar_bn/training/network.hpp"
#include "shared/jobs/options.hpp"
#include "shared/processes/train_step.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/evaluate.hpp>

namespace cifar_bn {
namespace {

constexpr std::uint64_t accuracies = 50;

template <class T>
RangeTestRecord range_test_of(const TrainConfig& config, const RateRange& range, const apps::Split& data) {
    xgrad::Rng rng(config.seed), shuffle = rng.split();
    xgrad::ImageBatches<T> batches(data.train, data.normalizer, config.batch_size, xgrad::LastBatch::drop);
    xgrad::Sequential<T> net =
        make_network<T>(data.train.features(), config.hidden, data.train.classes().size(), config.batch_norm,
                        config.initializer(), rng);
    xgrad::SGD<T> sgd(net.parameters(), {.weight_decay = 2 * config.lambda});
    RangeTestRecord record;
    const std::uint64_t every = std::max<std::uint64_t>(1, range.steps / accuracies);
    std::uint64_t step = 0;
    const auto growth = range.linear ? xgrad::RateGrowth::linear : xgrad::RateGrowth::exponential;
    record.test = lr_range_test(
        net, sgd, {.min = range.from, .max = range.to, .steps = range.steps, .growth = growth}, [&] {
            const double loss = apps::train_step(net, batches.next(shuffle), sgd);
            if ((++step == 1 || step % every == 0) && std::isfinite(loss))
                record.accuracies.push_back(
                    {step, sgd.learning_rate(), evaluate(net, data.validation, data.normalizer).accuracy()});
            return loss;
        });
    return record;
}

}  // namespace

void check_rate_range(const RateRange& range) {
    apps::expect(range.from > 0 && std::isfinite(range.from), "--from",
                 fmt::format("a positive number, got {}", range.from));
    apps::expect(range.to > range.from && std::isfinite(range.to), "--to",
                 fmt::format("a number above --from ({}), got {}", range.from, range.to));
    apps::expect(range.steps >= 2 && range.steps <= 1'000'000, "--steps",
                 fmt::format("2 to 1000000, got {}", range.steps));
}

RangeTestRecord range_test(const TrainConfig& config, const RateRange& range, const apps::Split& data) {
    check_config(config);
    check_rate_range(range);
    return config.is_double() ? range_test_of<double>(config, range, data)
                              : range_test_of<float>(config, range, data);
}

std::string to_csv(const RangeTestRecord& record) {
    std::string csv = "step,learning_rate,loss,smoothed_loss,validation_accuracy\n";
    auto evaluated = record.accuracies.begin();
    for (std::uint64_t step = 1; const auto& [rate, loss, smoothed] : record.test.points) {
        csv += fmt::format("{},{},{},{},", step, rate, loss, smoothed);
        if (evaluated != record.accuracies.end() && evaluated->step == step)
            csv += fmt::format("{}", (evaluated++)->accuracy);
        csv += "\n";
        ++step;
    }
    return csv;
}

}  // namespace cifar_bn
