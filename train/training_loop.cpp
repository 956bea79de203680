#include <xgrad/train/training_loop.hpp>

#include <system_error>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/io/write_file.hpp>

namespace xgrad {
namespace {

constexpr const char* best = "best";  // the folder of the best checkpoint

}  // namespace

ReceiptDifferences compare_receipts(const std::string& written, const std::string& now) {
    if (written == now) return {};
    return {{fmt::format("its receipt was '{}', is '{}'", written, now)}, {}};
}

Stopped::Stopped(std::uint64_t at, std::filesystem::path file)
    : std::runtime_error(fmt::format("stopped after step {}: {}", at, file.string())),
      step(at),
      checkpoint(std::move(file)) {}

TrainingLoop::TrainingLoop(std::uint64_t steps, Checkpointing checkpointing)
    : steps_(steps),
      checkpointing_(std::move(checkpointing)),
      checkpoints_(checkpointing_.folder, checkpointing_.keep),
      best_(checkpointing_.folder / best, 1) {
    state_.add("step", step_).add("ended", ended_);
    if (!receipt_.empty()) state_.add("receipt", receipt_);
}

std::optional<std::filesystem::path> TrainingLoop::resume(const Warn& warn) {
    if (!checkpointing_.resume) return std::nullopt;
    const std::optional<Checkpoint> checkpoint = checkpoints_.newest(warn);
    if (!checkpoint) return std::nullopt;
    const std::string file = checkpoint->file.string();

    const auto written = checkpoint->state.metadata.find("receipt");
    const ReceiptDifferences differences = checkpointing_.compare(
        written == checkpoint->state.metadata.end() ? "" : written->second, checkpointing_.receipt);
    if (!differences.training.empty())
        fail<ValueError>(
            "resume", fmt::format("{} is of another training: {}", file, joined(differences.training, "; ")));
    if (!differences.last_bits.empty()) {
        const std::string what = joined(differences.last_bits, "; ");
        if (checkpointing_.strict)
            fail<ValueError>("resume", fmt::format("{} would not be continued bit by bit: {}", file, what));
        warn(fmt::format("the last bits may differ from those of a training that was not interrupted: {}",
                         what));
    }

    try {
        state_.load(checkpoint->state);
    } catch (const StateError& error) {
        fail<StateError>("resume", fmt::format("{}: {}", file, error.what()));
    }
    receipt_ = checkpointing_.receipt;
    if (step_ > steps_)
        fail<DataError>("resume",
                        fmt::format("{}: is of step {}, and the training has {}", file, step_, steps_));
    return checkpoint->file;
}

TrainingLoop& TrainingLoop::every(std::uint64_t steps, std::function<void(std::uint64_t step)> f) {
    if (steps == 0) fail<ValueError>("TrainingLoop::every", "the number of steps must be positive, got 0");
    after_step_.emplace_back([steps, this, f = std::move(f)](std::uint64_t step) {
        if (step % steps == 0 || step == steps_ || ended_ != 0) f(step);
    });
    return *this;
}

void TrainingLoop::run(const std::function<bool(std::uint64_t step)>& make_step) {
    if (!checkpointing_.folder.empty()) tidy();
    for (const auto& observer : observers_) observer->on_start(step_, steps_);
    while (ended_ == 0 && step_ < steps_) {
        record_.values.clear();
        for (const auto& prepare : before_step_) prepare(step_);
        after_step(make_step(step_));
    }
    for (const auto& observer : observers_) observer->on_end();
}

// Removes what an earlier run left when it was killed while it wrote, and the best checkpoint of another
// training.
void TrainingLoop::tidy() {
    for (const auto& folder : {checkpointing_.folder, checkpointing_.folder / best}) remove_leftovers(folder);
    std::error_code no_folder;
    if (step_ == 0 && std::filesystem::is_directory(checkpointing_.folder / best, no_folder)) best_.clear();
}

void TrainingLoop::after_step(bool more) {
    ++step_;
    ended_ = more ? 0 : 1;
    for (const auto& f : after_step_) f(step_);
    record_.step = step_;
    record_.steps = steps_;
    for (const auto& observer : observers_) observer->on_step(record_);
    if (std::exchange(is_best_, false)) write_checkpoint(best_);
    const bool stop = checkpointing_.stop_requested();
    if (stop || (checkpointing_.every > 0 && step_ % checkpointing_.every == 0))
        write_checkpoint(checkpoints_);
    if (!stop || ended_ != 0 || step_ == steps_) return;
    for (const auto& observer : observers_) observer->on_end();
    throw Stopped(step_, checkpoints_.file(step_));
}

void TrainingLoop::write_checkpoint(const CheckpointFolder& folder) {
    for (const auto& observer : observers_) observer->on_checkpoint();
    folder.write(step_, state_.save());
}

void TrainingLoop::keep_best() {
    if (checkpointing_.folder.empty())
        fail<ValueError>("TrainingLoop::keep_best", "there is no folder for it: set Checkpointing::folder");
    is_best_ = true;
}

bool TrainingLoop::load_best(const std::vector<std::string>& parts) {
    const std::optional<Checkpoint> kept = best_.newest();
    if (kept) state_.load(kept->state, parts);
    return kept.has_value();
}

}  // namespace xgrad
