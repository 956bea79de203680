#include "cifar_bn/training/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "cifar_bn/training/network.hpp"
#include "shared/models/kept_record.hpp"
#include "shared/processes/train_step.hpp"

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/evaluate.hpp>

namespace cifar_bn {
namespace {

using namespace xgrad;

constexpr std::size_t most_durations = 10'000;  // enough for a median

// A training of one net, starting at its first step or at a checkpoint.
template <class T>
class Training {
public:
    Training(const TrainConfig& config, const apps::Split& data, const TrainObserver& observer,
             Checkpointing checkpointing, const apps::World& world)
        : config_(config),
          data_(data),
          observer_(observer),
          processes_(world.processes()),
          loop_(config.steps(), apps::TrainStep<T>::shared(checkpointing, world, step_)),
          rng_(config.seed),
          shuffle_(rng_.split()),
          batches_(data.train, data.normalizer, config.batch_size, LastBatch::drop),
          net_(std::make_shared<Sequential<T>>(make_network<T>(data.train.features(), config.hidden,
                                                               data.train.classes().size(), config.batch_norm,
                                                               config.initializer(), rng_))),
          // d(lambda w^2)/dw = 2 lambda w
          sgd_(net_->parameters(), {.learning_rate = config.eta_min, .weight_decay = 2 * config.lambda}),
          step_(world, *net_, batches_,
                {.shards = config.shards,
                 .seed = config.seed,
                 .stop_requested = checkpointing.stop_requested}) {
        loop_.state()
            .add("net", *net_)
            .add("sgd", sgd_)
            .add("batches", batches_)
            .add("shuffle", shuffle_)
            .add("record", record_text_);
        loop_.schedule(sgd_, schedule_);
        observer.on_network(to_string(*net_));
    }

    TrainResult run() {
        if (const auto checkpoint = loop_.resume(observer_.on_warning)) load_record(*checkpoint);
        observer_.on_start(loop_.step());
        for (const Snapshot& snapshot : record_.snapshots) observer_.on_snapshot(snapshot);
        if (record_.diverged_at == 0) loop_.run([this](std::uint64_t step) { return make_step(step); });
        return {std::move(record_), median(durations_),
                [net = net_](const std::filesystem::path& file) { save_state(file, *net); }};
    }

private:
    // Returns whether the training continues.
    bool make_step(std::uint64_t step) {
        const auto start = std::chrono::steady_clock::now();
        const double batch_loss = step_(step, batches_, shuffle_, sgd_);
        if (durations_.size() < most_durations)
            durations_.push_back(
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        const std::uint64_t made = step + 1;
        observer_.on_step({made, sgd_.learning_rate(), batch_loss});
        if (!std::isfinite(batch_loss)) record_.diverged_at = made;
        if (made == snapshot_steps_[record_.snapshots.size()] || record_.diverged_at != 0)
            take_snapshots(made);
        return record_.diverged_at == 0;
    }

    // Takes one snapshot. If the training has diverged, takes all remaining ones.
    void take_snapshots(std::uint64_t made) {
        Snapshot now = evaluate_parts();
        if (!std::isfinite(now.train.cost)) record_.diverged_at = made;
        do {
            now.step = snapshot_steps_[record_.snapshots.size()];
            now.cycle = (now.step - 1) / (2 * config_.half_cycle) + 1;
            now.learning_rate = schedule_(now.step - 1);
            record_.snapshots.push_back(now);
            observer_.on_snapshot(now);
        } while (record_.diverged_at != 0 && record_.snapshots.size() < snapshot_steps_.size());
        record_text_ = to_text(record_);
    }

    Snapshot evaluate_parts() {
        const double penalty = regularization(*net_, config_.lambda);
        const auto score = [&](const Dataset& part) {
            const Evaluation evaluation =
                evaluate(*net_, part, data_.normalizer, evaluation_batch, processes_);
            record_.test_confusion = evaluation.confusion;  // the last call is for the test images
            return Score{evaluation.loss + penalty, evaluation.accuracy()};
        };
        Snapshot now{};
        now.train = score(data_.train);
        now.validation = score(data_.validation);
        now.test = score(data_.test);
        if (config_.layer_images == 0) return now;
        std::optional<Unsplit> unsplit;  // no number depends on the threads
        if (config_.shards > 0) unsplit.emplace();
        const Dataset first = data_.train.slice(0, std::min(config_.layer_images, data_.train.size()));
        now.layers = layer_statistics(*net_, ImageBatches<T>(first, data_.normalizer, first.size()).next());
        return now;
    }

    void load_record(const std::filesystem::path& file) {
        record_ = apps::kept_record(
            file, record_text_, record_.test_confusion.classes(), parse_record, [&](const TrainRecord& kept) {
                const auto later =
                    std::upper_bound(snapshot_steps_.begin(), snapshot_steps_.end(), loop_.step());
                return kept.snapshots.size() ==
                       static_cast<std::size_t>((kept.diverged_at == 0 ? later : snapshot_steps_.end()) -
                                                snapshot_steps_.begin());
            });
    }

    static double median(std::vector<double>& values) {
        if (values.empty()) return 0;
        std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                         values.end());
        return values[values.size() / 2];
    }

    const TrainConfig& config_;
    const apps::Split& data_;
    const TrainObserver& observer_;
    const Processes processes_;
    const LrSchedule schedule_ = config_.schedule();
    const std::vector<std::uint64_t> snapshot_steps_ = config_.snapshot_steps();
    TrainingLoop loop_;
    Rng rng_, shuffle_;
    ImageBatches<T> batches_;
    std::shared_ptr<Sequential<T>> net_;
    SGD<T> sgd_;
    apps::TrainStep<T> step_;
    TrainRecord record_{{}, ConfusionMatrix(data_.test.classes().size())};
    std::string record_text_ = to_text(record_);  // stored in checkpoints; always in sync with record_
    std::vector<double> durations_;
};

}  // namespace

TrainResult train(const TrainConfig& config, const apps::Split& data, const TrainObserver& observer,
                  const Checkpointing& checkpointing, const apps::World& world) {
    check_config(config);
    if (!config.is_double()) return Training<float>(config, data, observer, checkpointing, world).run();
    return Training<double>(config, data, observer, checkpointing, world).run();
}

}  // namespace cifar_bn
