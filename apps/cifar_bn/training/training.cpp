#include "cifar_bn/training/training.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <fmt/format.h>

#include "cifar_bn/training/network.hpp"

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/checkpoint.hpp>
#include <xgrad/train/training_state.hpp>

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

// A training of one net, from its first step or from a checkpoint on.
template <class T>
class Training {
public:
    Training(const TrainConfig& config, const Split& data, const TrainObserver& observer,
             const Checkpointing& checkpointing)
        : config_(config),
          data_(data),
          observer_(observer),
          checkpointing_(checkpointing),
          checkpoints_(checkpointing.folder, checkpointing.keep),
          rng_(config.seed),
          shuffle_(rng_.split()),
          batches_(data.train, data.normalizer, config.batch_size, LastBatch::drop),
          net_(std::make_shared<Sequential<T>>(make_network<T>(data.train.features(), config.hidden,
                                                               data.train.classes().size(), config.batch_norm,
                                                               config.initializer(), rng_))),
          // d(lambda w^2)/dw = 2 lambda w
          sgd_(net_->parameters(), {.learning_rate = config.eta_min, .weight_decay = 2 * config.lambda}),
          receipt_(checkpointing.receipt) {
        state_.add("net", *net_)
            .add("sgd", sgd_)
            .add("batches", batches_)
            .add("shuffle", shuffle_)
            .add("step", step_);
        state_.add("record", record_text_).add("receipt", receipt_);
        observer.on_network(to_string(*net_));
    }

    TrainResult run() {
        if (checkpointing_.resume) resume();
        observer_.on_start(step_);
        for (const Snapshot& snapshot : record_.snapshots) observer_.on_snapshot(snapshot);
        while (step_ < config_.steps() && record_.diverged_at == 0) {
            step();
            const bool stop = checkpointing_.stop_requested();
            if (stop || (checkpointing_.every > 0 && step_ % checkpointing_.every == 0)) write_checkpoint();
            if (stop && step_ < config_.steps()) throw Stopped{step_, checkpoints_.file(step_)};
        }
        return {std::move(record_), median(durations_),
                [net = net_](const std::filesystem::path& file) { save_state(file, *net); }};
    }

private:
    void step() {
        const double learning_rate = schedule_(step_);
        const auto start = std::chrono::steady_clock::now();
        const double batch_loss = train_step(*net_, batches_.next(shuffle_), sgd_, learning_rate);
        if (durations_.size() < 10'000)
            durations_.push_back(
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        ++step_;
        observer_.on_step({step_, learning_rate, batch_loss});
        if (!std::isfinite(batch_loss)) record_.diverged_at = step_;
        if (step_ == snapshot_steps_[record_.snapshots.size()] || record_.diverged_at != 0) take_snapshots();
    }

    // One snapshot, but all that are left of a training that has diverged.
    void take_snapshots() {
        Snapshot now = evaluate_parts();
        if (!std::isfinite(now.train.cost)) record_.diverged_at = step_;
        do {
            now.step = snapshot_steps_[record_.snapshots.size()];
            now.cycle = (now.step - 1) / (2 * config_.half_cycle) + 1;
            now.learning_rate = schedule_(now.step - 1);
            record_.snapshots.push_back(now);
            observer_.on_snapshot(now);
        } while (record_.diverged_at != 0 && record_.snapshots.size() < snapshot_steps_.size());
    }

    Snapshot evaluate_parts() {
        const double penalty = regularization(*net_, config_.lambda);
        const auto score = [&](const Dataset& part) {
            const Evaluation evaluation = evaluate(*net_, part, data_.normalizer);
            record_.test_confusion = evaluation.confusion;  // the test images are the last part
            return Score{evaluation.loss + penalty, evaluation.accuracy()};
        };
        Snapshot now{};
        now.train = score(data_.train);
        now.validation = score(data_.validation);
        now.test = score(data_.test);
        if (config_.layer_images == 0) return now;
        const Dataset first = data_.train.slice(0, std::min(config_.layer_images, data_.train.size()));
        now.layers = layer_statistics(*net_, Batches<T>(first, data_.normalizer, first.size()).next());
        return now;
    }

    void write_checkpoint() {
        record_text_ = to_text(record_);
        checkpoints_.write(step_, state_.save());
    }

    void resume() {
        if (const auto checkpoint = checkpoints_.newest(observer_.on_warning)) {
            const auto written = checkpoint->state.metadata.find("receipt");
            compare_receipts(checkpoint->file,
                             written == checkpoint->state.metadata.end() ? "" : written->second, receipt_,
                             checkpointing_.strict, observer_.on_warning);
            try {
                state_.load(checkpoint->state);
            } catch (const StateError& error) {
                fail<StateError>("--resume", fmt::format("{}: {}", checkpoint->file.string(), error.what()));
            }
            receipt_ = checkpointing_.receipt;
            load_record(checkpoint->file);
        }
    }

    void load_record(const std::filesystem::path& file) {
        const auto refuse = [&](const char* what) {
            fail<DataError>("--resume", fmt::format("{}: {}", file.string(), what));
        };
        const std::size_t classes = record_.test_confusion.classes();
        try {
            record_ = parse_record(record_text_);
        } catch (const std::exception& error) {
            refuse(error.what());
        }
        const auto later = std::upper_bound(snapshot_steps_.begin(), snapshot_steps_.end(), step_);
        const auto taken = static_cast<std::size_t>(
            (record_.diverged_at == 0 ? later : snapshot_steps_.end()) - snapshot_steps_.begin());
        if (step_ > config_.steps() || record_.snapshots.size() != taken ||
            record_.test_confusion.classes() != classes)
            refuse("its record is not that of a training at its step");
    }

    static double median(std::vector<double>& values) {
        if (values.empty()) return 0;
        std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                         values.end());
        return values[values.size() / 2];
    }

    const TrainConfig& config_;
    const Split& data_;
    const TrainObserver& observer_;
    const Checkpointing& checkpointing_;
    const CyclicLR schedule_ = config_.schedule();
    const std::vector<std::uint64_t> snapshot_steps_ = config_.snapshot_steps();
    CheckpointFolder checkpoints_;
    Rng rng_, shuffle_;
    Batches<T> batches_;
    std::shared_ptr<Sequential<T>> net_;
    SGD<T> sgd_;
    std::uint64_t step_ = 0;  // how many have been made
    TrainRecord record_{{}, ConfusionMatrix(data_.test.classes().size())};
    std::string record_text_, receipt_;
    TrainingState state_;
    std::vector<double> durations_;
};

}  // namespace

Split split(const TrainTest& data, std::size_t validation, std::size_t images) {
    const std::size_t all = data.train.size();
    if (validation + 1 >= all)
        fail<ValueError>(
            "--validation",
            fmt::format("{} of the {} training images leave fewer than 2 to train on", validation, all));
    const std::size_t left = all - validation;
    if (images == 1 || images > left)
        fail<ValueError>("--images", fmt::format("expected 2 to {}, or 0 for all, got {}", left, images));
    const Dataset train = data.train.slice(0, images == 0 ? left : images);
    return {train, data.train.slice(left, validation), data.test, Normalizer(train)};
}

TrainResult train(const TrainConfig& config, const Split& data, const TrainObserver& observer,
                  const Checkpointing& checkpointing) {
    check(config);
    if (config.scalar == "float") return Training<float>(config, data, observer, checkpointing).run();
    return Training<double>(config, data, observer, checkpointing).run();
}

}  // namespace cifar_bn
