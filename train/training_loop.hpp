#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <xgrad/train/checkpoint.hpp>
#include <xgrad/train/training_state.hpp>

namespace xgrad {

/// How two receipts differ: one text per difference, such as `lambda was 0.5, is 0.25`.
struct ReceiptDifferences {
    std::vector<std::string> training;   ///< Differences that make it a different training.
    std::vector<std::string> last_bits;  ///< Differences that can change only the last bits of the result.
};

/// The comparison that TrainingLoop uses by default: any difference makes it a different training.
ReceiptDifferences compare_receipts(const std::string& written, const std::string& now);

/// How a training writes checkpoints and resumes from them.
struct Checkpointing {
    std::filesystem::path folder{};  ///< The folder of the checkpoints.
    std::uint64_t every = 0;  ///< Steps between checkpoints; 0: write one only when the training is stopped.
    std::size_t keep = 2;  ///< Number of checkpoints kept.
    bool resume = false;  ///< Resume from the newest checkpoint; without one, start at the first step.
    bool strict = false;  ///< Resume only if the result is guaranteed to be the same bit by bit.
    std::string receipt{};  ///< What the result depends on. Stored in every checkpoint, unless empty.
    /// Compares the receipt of a checkpoint with the current one.
    std::function<ReceiptDifferences(const std::string& written, const std::string& now)> compare =
        compare_receipts;
    std::function<bool()> stop_requested = [] { return false; };  ///< Asked after every step.
};

/// Thrown when a training is asked to stop before its last step, after it has written a checkpoint.
struct Stopped {
    std::uint64_t step;  ///< Number of steps made so far.
    std::filesystem::path checkpoint;  ///< The file of that checkpoint.
};

/// Runs the steps of a training, writes checkpoints, stops on request, and resumes from the checkpoint of an
/// earlier run.
///
///     TrainingLoop loop(1000, {.folder = "run/checkpoints", .every = 100, .resume = true});
///     loop.state().add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng);
///     loop.resume();
///     loop.run([&](std::uint64_t step) {
///         train_step(net, batches.next(rng), sgd, schedule(step));
///         return true;
///     });
///
/// If the state includes all parts of the training, the result is the same bit by bit, no matter where and
/// how often the training was interrupted.
class TrainingLoop {
public:
    /// Receives warnings: conditions that are unusual but not errors.
    using Warn = std::function<void(const std::string&)>;

    /// @param steps  the number of steps of the whole training.
    /// @throws ValueError  `checkpointing.keep` is 0.
    explicit TrainingLoop(std::uint64_t steps, Checkpointing checkpointing = {});
    TrainingLoop(const TrainingLoop&) = delete;
    TrainingLoop& operator=(const TrainingLoop&) = delete;

    /// The state that checkpoints hold, to which the program adds its own parts. It already has `step`, and
    /// `receipt` if there is one.
    TrainingState& state() { return state_; }

    /// Number of steps made so far, including those before a resumption.
    std::uint64_t step() const { return step_; }

    /// If `checkpointing.resume` is set, restores the state from the newest undamaged checkpoint. Returns its
    /// file, or nothing if no checkpoint was loaded.
    /// @param warn  receives a warning for each damaged checkpoint, and one if the last bits may differ.
    /// @throws ValueError  the receipt belongs to a different training, or (with `strict`) the last bits may
    /// differ.
    /// @throws StateError, DataError  the state does not fit, or no checkpoint can be read.
    std::optional<std::filesystem::path> resume(const Warn& warn = [](const std::string&) {});

    /// Calls make_step(step), with step counting from 0, until all steps are made or it returns false.
    /// @throws Stopped  a stop was requested before the last step.
    /// @throws DataError  a checkpoint cannot be written.
    void run(const std::function<bool(std::uint64_t step)>& make_step);

private:
    std::uint64_t steps_;
    Checkpointing checkpointing_;
    CheckpointFolder checkpoints_;
    std::uint64_t step_ = 0;
    std::string receipt_ = checkpointing_.receipt;
    TrainingState state_;
};

}  // namespace xgrad
