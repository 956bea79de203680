#include "cifar_bn/training/recipe.hpp"

#include <chrono>
#include <memory>

#include "shared/processes/train_step.hpp"

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/renew_statistics.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/optim/weight_average.hpp>
#include <xgrad/train/evaluate.hpp>

namespace cifar_bn {
namespace {

using namespace xgrad;

constexpr std::size_t hidden_layers = 3;
constexpr std::uint64_t evaluations = 10;
constexpr double adamw_rate = 2e-3, adamw_decay = 0.05, sgd_rate = 0.05, sgd_decay = 5e-4;
constexpr double memory = 0.02;  // of the average of the weights, as a part of the training
constexpr double grey = 120;  // what a crop shows beyond the border: about the mean of all pixels

Sequential<float> make_net(const Recipe& recipe, const apps::Split& data, Rng& rng) {
    Sequential<float> net;
    std::size_t in = data.train.features();
    for (std::size_t layer = 0; layer < hidden_layers; ++layer) {
        net.add(Linear(in, recipe.width, rng)).add(BatchNorm1d(recipe.width)).add(GELU());
        if (recipe.dropout > 0) net.add(Dropout(recipe.dropout, rng));
        in = recipe.width;
    }
    net.add(Linear(in, data.train.classes().size(), rng));
    return net;
}

std::unique_ptr<Optimizer<float>> make_optimizer(const Recipe& recipe, Sequential<float>& net) {
    if (!recipe.adamw)
        return std::make_unique<SGD<float>>(
            net.parameters(),
            SgdOptions{.learning_rate = sgd_rate, .momentum = 0.9, .weight_decay = sgd_decay});
    auto adamw = std::make_unique<AdamW<float>>(net.parameters(), AdamWOptions{.weight_decay = adamw_decay});
    adamw->set_options([](const Parameter<float>& p) { return p.tensor.dim() < 2; }, {.weight_decay = 0});
    return adamw;
}

BatchOptions<> batch_options(const Recipe& recipe, const apps::Split& data) {
    BatchOptions<> options{.last_batch = LastBatch::drop};
    if (recipe.flips_and_crops) options.transforms = {RandomCrop(4, grey), RandomHorizontalFlip()};
    options.transforms.emplace_back(Normalize(data.normalizer));
    return options;
}

}  // namespace

const std::vector<Ingredient>& ingredients() {
    static const std::vector<Ingredient> all{
        {"width", "50 units in each hidden layer, not 1,024", [](Recipe& recipe) { recipe.width = 50; }},
        {"adamw", "SGD with momentum 0.9, not AdamW", [](Recipe& recipe) { recipe.adamw = false; }},
        {"one-cycle", "a constant rate, half of the highest, not one cycle",
         [](Recipe& recipe) { recipe.one_cycle = false; }},
        {"smoothing", "no label smoothing", [](Recipe& recipe) { recipe.label_smoothing = 0; }},
        {"dropout", "no dropout", [](Recipe& recipe) { recipe.dropout = 0; }},
        {"augmentation", "no random flips and crops", [](Recipe& recipe) { recipe.flips_and_crops = false; }},
        {"average", "the last weights, not their average", [](Recipe& recipe) { recipe.average = false; }},
    };
    return all;
}

std::uint64_t steps_of(const Recipe& recipe, const apps::Split& data) {
    return recipe.epochs * (data.train.size() / recipe.batch_size);
}

RecipeResult train_recipe(const Recipe& recipe, const apps::Split& data,
                          const std::function<void(std::uint64_t)>& on_step) {
    const auto start = std::chrono::steady_clock::now();
    Rng rng(recipe.seed);
    Sequential<float> net = make_net(recipe, data, rng);
    const auto optimizer = make_optimizer(recipe, net);
    Batches batches(data.train, recipe.batch_size, batch_options(recipe, data));
    Batches plain(data.train, data.normalizer, recipe.batch_size, LastBatch::drop);
    const std::uint64_t steps = steps_of(recipe, data);
    Ema<float> ema(net, {.decay = 1 - 1 / (1 + memory * static_cast<double>(steps))});
    const double rate = recipe.adamw ? adamw_rate : sgd_rate;
    const LrSchedule schedule =
        recipe.one_cycle ? lr::one_cycle({.max = rate, .steps = steps, .rise = 0.2}) : lr::constant(rate / 2);

    RecipeResult result;
    // The statistics of batch norm are those of the last weights: the average needs its own.
    const auto evaluate_on = [&](const Dataset& part) {
        if (!recipe.average) return evaluate(net, part, data.normalizer);
        renew_statistics(ema.net(), [&] {
            const NoGrad<float> no_grad;
            for (std::size_t i = 0; i < std::min<std::size_t>(plain.per_epoch(), 40); ++i)
                ema.net()(plain.next().x);
        });
        return evaluate(ema.net(), part, data.normalizer);
    };
    for (std::uint64_t step = 0; step < steps; ++step) {
        const Batch<>& batch = batches.next(rng);
        optimizer->set_learning_rate(schedule(step));
        apps::train_step(net, batch, *optimizer, recipe.label_smoothing);
        if (recipe.average) ema.update();
        if ((step + 1) * evaluations / steps > step * evaluations / steps) {
            const Evaluation now = evaluate_on(data.validation);
            result.validation.push_back(now.accuracy());
            result.loss = now.loss;
        }
        on_step(step + 1);
    }
    result.test = evaluate_on(data.test).accuracy();
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace cifar_bn
