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

/// How two receipts differ. One text for each difference, such as `lambda was 0.5, is 0.25`.
struct ReceiptDifferences {
    std::vector<std::string> training;   ///< What makes another training.
    std::vector<std::string> last_bits;  ///< What may change only the last bits of the result.
};

/// What TrainingLoop does if it is told nothing else: any difference makes another training.
ReceiptDifferences compare_receipts(const std::string& written, const std::string& now);

/// How a training is kept safe, and continued.
struct Checkpointing {
    std::filesystem::path folder{};  ///< Of the checkpoints.
    std::uint64_t every = 0;  ///< Steps from one to the next; 0: only one, where the training is stopped.
    std::size_t keep = 2;     ///< How many are kept.
    bool resume = false;  ///< Goes on from the newest one; begins at the first step where there is none.
    bool strict = false;  ///< Does so only if the result is sure to be the same, bit by bit.
    std::string receipt{};  ///< What the result depends on; every checkpoint has it, if it is not empty.
    /// Compares the receipt of a checkpoint with this one.
    std::function<ReceiptDifferences(const std::string& written, const std::string& now)> compare =
        compare_receipts;
    std::function<bool()> stop_requested = [] { return false; };  ///< Asked after every step.
};

/// Thrown by a training that was asked to stop before its last step, after it has written a checkpoint.
struct Stopped {
    std::uint64_t step;  ///< How many steps have been made.
    std::filesystem::path checkpoint;  ///< Its file.
};

/// Makes the steps of a training, writes its checkpoints, stops when it is asked to, and goes on from where a
/// training before it has stopped.
///
///     TrainingLoop loop(1000, {.folder = "run/checkpoints", .every = 100, .resume = true});
///     loop.state().add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng);
///     loop.resume();
///     loop.run([&](std::uint64_t step) {
///         train_step(net, batches.next(rng), sgd, schedule(step));
///         return true;
///     });
///
/// Where the state has all parts of the training, its result is the same bit by bit, wherever and however
/// often it was stopped.
class TrainingLoop {
public:
    /// Is told what is unusual but no error.
    using Warn = std::function<void(const std::string&)>;

    /// @param steps  of the whole training.
    /// @throws ValueError  `checkpointing` keeps 0 checkpoints.
    explicit TrainingLoop(std::uint64_t steps, Checkpointing checkpointing = {});
    TrainingLoop(const TrainingLoop&) = delete;
    TrainingLoop& operator=(const TrainingLoop&) = delete;

    /// To be completed by the program's own parts. Has `step`, and `receipt` if there is one.
    TrainingState& state() { return state_; }

    /// How many steps have been made, those before a resumption included.
    std::uint64_t step() const { return step_; }

    /// Restores the state from the newest checkpoint that is not damaged, if checkpointing says so and there
    /// is one; returns its file.
    /// @param warn  is told of damaged checkpoints, and that the last bits may differ.
    /// @throws ValueError  the receipt is of another training, or (`strict`) may give other last bits.
    /// @throws StateError, DataError  a state that does not fit, or no checkpoint that can be read.
    std::optional<std::filesystem::path> resume(const Warn& warn = [](const std::string&) {});

    /// Calls make_step(step), where step counts from 0, until all steps are made or it returns false.
    /// @throws Stopped  @throws DataError  a checkpoint cannot be written.
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
