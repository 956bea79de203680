#include <xgrad/train/training_loop.hpp>

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/core/error.hpp>

namespace xgrad {

ReceiptDifferences compare_receipts(const std::string& written, const std::string& now) {
    if (written == now) return {};
    return {{fmt::format("its receipt was '{}', is '{}'", written, now)}, {}};
}

TrainingLoop::TrainingLoop(std::uint64_t steps, Checkpointing checkpointing)
    : steps_(steps),
      checkpointing_(std::move(checkpointing)),
      checkpoints_(checkpointing_.folder, checkpointing_.keep) {
    state_.add("step", step_);
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
        fail<ValueError>("resume", fmt::format("{} is of another training: {}", file,
                                               fmt::join(differences.training, "; ")));
    if (!differences.last_bits.empty()) {
        const std::string what = fmt::format("{}", fmt::join(differences.last_bits, "; "));
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

void TrainingLoop::run(const std::function<bool(std::uint64_t step)>& make_step) {
    for (bool more = true; more && step_ < steps_;) {
        more = make_step(step_);
        ++step_;
        const bool stop = checkpointing_.stop_requested();
        if (stop || (checkpointing_.every > 0 && step_ % checkpointing_.every == 0))
            checkpoints_.write(step_, state_.save());
        if (stop && step_ < steps_) throw Stopped{step_, checkpoints_.file(step_)};
    }
}

}  // namespace xgrad
