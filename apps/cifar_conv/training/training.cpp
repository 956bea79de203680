#include "cifar_conv/training/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "cifar_conv/training/network.hpp"
#include "shared/models/kept_record.hpp"
#include "shared/processes/train_step.hpp"

#include <xgrad/data/batches.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/evaluate.hpp>

namespace cifar_conv {
namespace {

using namespace xgrad;

constexpr double momentum = 0.9;
constexpr std::size_t padding = 4;  // black, of the images' border

BatchOptions<> batch_options(const Config& config, const apps::Split& data) {
    BatchOptions<> options{.last_batch = LastBatch::drop};
    if (config.augment) options.transforms = {RandomCrop(padding), RandomHorizontalFlip()};
    options.transforms.emplace_back(Normalize(data.normalizer));
    return options;
}

class Training {
public:
    Training(const Config& config, const apps::Split& data, const TrainObserver& observer,
             const Checkpointing& checkpointing, const apps::World& world)
        : data_(data),
          observer_(observer),
          processes_(world.processes()),
          per_epoch_(steps_per_epoch(config, data)),
          epochs_(config.epochs),
          loop_(per_epoch_ * epochs_, apps::TrainStep<float>::shared(checkpointing, world, step_)),
          rng_(config.seed),
          net_(make_network(config, data.train.image_shape(), data.train.classes().size(), rng_)),
          batches_(data.train, config.batch_size, batch_options(config, data)),
          sgd_(net_.parameters(),
               {.momentum = momentum, .nesterov = true, .weight_decay = config.weight_decay}),
          step_(world, net_, batches_,
                {.label_smoothing = config.label_smoothing,
                 .shards = config.shards,
                 .seed = config.seed,
                 .stop_requested = checkpointing.stop_requested}),
          record_{{}, {}, ConfusionMatrix(data.test.classes().size())},
          record_text_(to_text(record_)) {
        loop_.state()
            .add("net", net_)
            .add("sgd", sgd_)
            .add("batches", batches_)
            .add("rng", rng_)
            .add("record", record_text_)
            .add("milliseconds", milliseconds_);
        loop_.schedule(sgd_, lr::one_cycle({.max = config.learning_rate,
                                            .steps = std::max<std::uint64_t>(2, per_epoch_ * epochs_)}));
        observer.on_network(to_string(net_));
    }

    TrainResult run() {
        if (const auto checkpoint = loop_.resume(observer_.on_warning)) load_record(*checkpoint);
        before_ = milliseconds_;
        observer_.on_start(loop_.step());
        if (!record_.epochs.empty()) observer_.on_epoch(record_);
        loop_.run([this](std::uint64_t step) { return make_step(step); });
        const Evaluation test = evaluate(net_, data_.test, data_.normalizer, evaluation_batch, processes_);
        record_.test = {test.loss, test.accuracy()};
        record_.test_confusion = test.confusion;
        note_time();
        return {std::move(record_), std::move(net_), static_cast<double>(milliseconds_) / 1000};
    }

private:
    // Returns whether the training continues.
    bool make_step(std::uint64_t step) {
        const double loss = step_(step, batches_, rng_, sgd_);
        const std::uint64_t made = step + 1;
        observer_.on_step(made, loss, sgd_.learning_rate());
        if (!std::isfinite(loss)) record_.diverged_at = made;
        if (made % per_epoch_ == 0 || record_.diverged_at != 0) end_epoch();
        note_time();
        return record_.diverged_at == 0;
    }

    void end_epoch() {
        const auto score = [&](const Dataset& part) {
            const Evaluation evaluation =
                evaluate(net_, part, data_.normalizer, evaluation_batch, processes_);
            return apps::Score{evaluation.loss, evaluation.accuracy()};
        };
        const Dataset first = data_.train.slice(0, std::min(data_.train.size(), data_.validation.size()));
        const Epoch now{score(first), score(data_.validation)};
        if (!std::isfinite(now.train.cost)) record_.diverged_at = loop_.step() + 1;
        do {
            record_.epochs.push_back(now);
        } while (record_.diverged_at != 0 && record_.epochs.size() < epochs_);
        record_text_ = to_text(record_);
        observer_.on_epoch(record_);
    }

    void note_time() {
        milliseconds_ =
            before_ + static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                                     std::chrono::steady_clock::now() - start_)
                                                     .count());
    }

    void load_record(const std::filesystem::path& file) {
        record_ = apps::kept_record(
            file, record_text_, record_.test_confusion.classes(), parse_record, [&](const Record& kept) {
                return kept.epochs.size() == (kept.diverged_at == 0 ? loop_.step() / per_epoch_ : epochs_);
            });
    }

    const apps::Split& data_;
    const TrainObserver& observer_;
    const Processes processes_;
    const std::uint64_t per_epoch_, epochs_;
    TrainingLoop loop_;
    Rng rng_;
    Sequential<float> net_;
    Batches<> batches_;
    SGD<float> sgd_;
    apps::TrainStep<float> step_;
    Record record_;
    std::string record_text_;  // stored in checkpoints; always in sync with record_
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint64_t milliseconds_ = 0, before_ = 0;  // of all runs; of earlier ones
};

}  // namespace

TrainResult train(const Config& config, const apps::Split& data, const TrainObserver& observer,
                  const Checkpointing& checkpointing, const apps::World& world) {
    check_config(config);
    return Training(config, data, observer, checkpointing, world).run();
}

}  // namespace cifar_conv
