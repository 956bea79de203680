#include <xgrad/train/training_loop.hpp>

#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/io/safetensors.hpp>
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
    : std::runtime_error(file.empty() ? fmt::format("stopped after step {}, without a checkpoint", at)
                                      : fmt::format("stopped after step {}: {}", at, file.string())),
      step(at),
      checkpoint(std::move(file)) {}

TrainingLoop::TrainingLoop(std::uint64_t steps, Checkpointing checkpointing)
    : steps_(steps),
      checkpointing_(std::move(checkpointing)),
      checkpoints_(checkpointing_.folder, checkpointing_.keep),
      best_(checkpointing_.folder / best, std::numeric_limits<std::size_t>::max()) {
    if (checkpointing_.folder.empty() && (checkpointing_.every > 0 || checkpointing_.resume))
        fail<ValueError>("TrainingLoop", "there is no folder for the checkpoints: set Checkpointing::folder");
    state_.add("step", step_).add("ended", ended_);
    if (!receipt_.empty()) state_.add("receipt", receipt_);
}

std::optional<std::filesystem::path> TrainingLoop::resume(const Warn& warn) {
    if (!checkpointing_.resume) return std::nullopt;
    const bool first = checkpointing_.processes.is_first();
    const std::optional<Checkpoint> checkpoint =
        shared(first ? checkpoints_.newest(warn) : std::optional<Checkpoint>());
    if (!checkpoint) return std::nullopt;
    const std::string file = checkpoint->file.string();
    if (first) check_receipt(*checkpoint, warn);
    if (checkpoint->step > steps_)
        fail<ValueError>(
            "resume",
            fmt::format("{}: is of step {}, and the training has {}: give it more steps, or another folder",
                        file, checkpoint->step, steps_));
    try {
        if (first)
            state_.load(checkpoint->state);
        else
            state_.load(checkpoint->state, state_.names());
    } catch (const StateError& error) {
        fail<StateError>("resume", fmt::format("{}: {}", file, error.what()));
    }
    receipt_ = checkpointing_.receipt;
    saved_step_ = step_;
    if (!first) return checkpoint->file;
    for (const std::uint64_t step : best_.steps())
        if (step > step_) best_.remove(step);  // what was the best then has not been computed yet
    remove_superseded_best();  // if it was killed before that
    return checkpoint->file;
}

// What the first process has found, in all processes: as its step, the name of its file, and its contents.
std::optional<Checkpoint> TrainingLoop::shared(std::optional<Checkpoint> of_the_first) const {
    const Processes& processes = checkpointing_.processes;
    if (processes.size == 1) return of_the_first;
    std::string step, file, contents;
    if (of_the_first) {
        step = std::to_string(of_the_first->step);
        file = of_the_first->file.string();
        contents = safetensors_bytes(of_the_first->state);
    }
    for (std::string* text : {&step, &file, &contents}) processes.broadcast(*text);
    if (step.empty() || processes.is_first()) return of_the_first;
    return Checkpoint{file, std::stoull(step), parse_safetensors(contents, file)};
}

void TrainingLoop::check_receipt(const Checkpoint& checkpoint, const Warn& warn) const {
    const std::string file = checkpoint.file.string();
    const auto written = checkpoint.state.metadata.find("receipt");
    const ReceiptDifferences differences = checkpointing_.compare(
        written == checkpoint.state.metadata.end() ? "" : written->second, checkpointing_.receipt);
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
}

TrainingLoop& TrainingLoop::every(std::uint64_t steps, std::function<void(std::uint64_t step)> f) {
    if (steps == 0) fail<ValueError>("TrainingLoop::every", "the number of steps must be positive, got 0");
    after_step_.emplace_back([steps, this, f = std::move(f)](std::uint64_t step) {
        if (step % steps == 0 || step == steps_ || ended_ != 0) f(step);
    });
    return *this;
}

void TrainingLoop::log(const std::string& name, double value) {
    if (name == "step")
        fail<ValueError>("TrainingLoop::log",
                         "the record of a step has its number as `step`: take another name");
    for (auto& [known, last] : record_.values)
        if (known == name) return void(last = value);
    record_.values.emplace_back(name, value);
}

void TrainingLoop::run(const std::function<bool(std::uint64_t step)>& make_step) {
    if (!checkpointing_.folder.empty() && checkpointing_.processes.is_first()) tidy();
    for (const auto& observer : observers_) observer->on_start(step_, steps_);
    while (ended_ == 0 && step_ < steps_) {
        record_.values.clear();
        for (const auto& prepare : before_step_) prepare(step_);
        after_step(make_step(step_));
    }
    for (const auto& observer : observers_) observer->on_end();
}

// Removes what an earlier run left when it was killed while it wrote, and its best states if it wrote no
// checkpoint.
void TrainingLoop::tidy() {
    const std::vector<std::uint64_t> found = step_ == 0 ? checkpoints_.steps() : std::vector<std::uint64_t>();
    if (!found.empty())
        fail<ValueError>(
            "TrainingLoop",
            fmt::format(
                "{} has the checkpoint of step {} of an earlier run: resume from it (Checkpointing::resume), or delete it to begin anew",
                checkpointing_.folder.string(), found.back()));
    for (const auto& folder : {checkpointing_.folder, checkpointing_.folder / best}) remove_leftovers(folder);
    if (step_ == 0) best_.clear();
}

// A training that is killed now goes on after saved_step_, and then needs the best state of that time.
void TrainingLoop::remove_superseded_best() {
    if (!checkpointing_.processes.is_first()) return;
    const std::vector<std::uint64_t> steps = best_.steps();
    for (std::size_t i = 0; i + 1 < steps.size(); ++i)
        if (steps[i] > saved_step_ || steps[i + 1] <= saved_step_) best_.remove(steps[i]);
}

void TrainingLoop::after_step(bool more) {
    ++step_;
    ended_ = more ? 0 : 1;
    for (const auto& f : after_step_) f(step_);
    record_.step = step_;
    record_.steps = steps_;
    for (const auto& observer : observers_) observer->on_step(record_);
    const bool is_best = std::exchange(is_best_, false), stop = checkpointing_.stop_requested();
    if (is_best) write_checkpoint(best_);
    if (!checkpointing_.folder.empty() &&
        (stop || (checkpointing_.every > 0 && step_ % checkpointing_.every == 0))) {
        write_checkpoint(checkpoints_);
        saved_step_ = step_;
    }
    if (is_best || saved_step_ == step_) remove_superseded_best();
    if (!stop || ended_ != 0 || step_ == steps_) return;
    checkpointing_.processes.gather({});  // none ends before the first one has written its checkpoint
    for (const auto& observer : observers_) observer->on_end();
    throw Stopped(step_, checkpointing_.folder.empty() ? std::filesystem::path() : checkpoints_.file(step_));
}

void TrainingLoop::write_checkpoint(const CheckpointFolder& folder) {
    for (const auto& observer : observers_) observer->on_checkpoint();
    if (checkpointing_.processes.is_first()) folder.write(step_, state_.save());
}

void TrainingLoop::keep_best() {
    if (checkpointing_.folder.empty())
        fail<ValueError>("TrainingLoop::keep_best", "there is no folder for it: set Checkpointing::folder");
    is_best_ = true;
}

bool TrainingLoop::load_best(const std::vector<std::string>& parts) {
    if (checkpointing_.folder.empty()) return false;
    const std::optional<Checkpoint> kept =
        shared(checkpointing_.processes.is_first() ? best_.newest() : std::optional<Checkpoint>());
    if (kept) state_.load(kept->state, parts);
    return kept.has_value();
}

}  // namespace xgrad
