#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/optimizer.hpp>
#include <xgrad/train/checkpoint.hpp>
#include <xgrad/train/processes.hpp>
#include <xgrad/train/training_observer.hpp>
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
    /// Resume from the newest checkpoint; without one, start at the first step. If it is not set, a folder
    /// that has checkpoints is an error: they are of another run.
    bool resume = false;
    bool strict = false;  ///< Resume only if the result is guaranteed to be the same bit by bit.
    std::string receipt{};  ///< What the result depends on. Stored in every checkpoint, unless empty.
    /// Compares the receipt of a checkpoint with the current one.
    std::function<ReceiptDifferences(const std::string& written, const std::string& now)> compare =
        compare_receipts;
    std::function<bool()> stop_requested = [] { return false; };  ///< Asked after every step.
    /// The processes that share the training, each with a loop of its own. They make the same steps and
    /// must agree whether to stop. The first one reads and writes the files; it gives the others the state
    /// that they resume from, so that they need not see its folder. Only its observers can have a state.
    Processes processes = {};
};

/// Thrown when a training is asked to stop before its last step, after it has written a checkpoint if it has
/// a folder for it.
struct Stopped : std::runtime_error {
    /// The message is `stopped after step 40: run/checkpoints/checkpoint-40.safetensors`.
    Stopped(std::uint64_t at, std::filesystem::path file);

    std::uint64_t step;  ///< Number of steps made so far.
    std::filesystem::path checkpoint;  ///< The file of that checkpoint; empty if there is no folder for it.
};

/// Runs the steps of a training: sets learning rates, reports to observers, writes checkpoints, stops on
/// request, and resumes from the checkpoint of an earlier run.
///
///     TrainingLoop loop(1000, {.folder = "run/checkpoints", .every = 100, .resume = true});
///     loop.state().add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng);
///     loop.schedule(sgd, lr::cosine({.max = 0.1, .steps = 1000}));
///     loop.observe<ProgressBar>().observe<JsonLinesLog>("run/metrics.jsonl");
///     loop.resume();
///     loop.run([&](std::uint64_t step) {
///         loop.log("loss", train_step(net, batches.next(rng), sgd));
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
    /// @throws ValueError  `checkpointing.keep` is 0, or there is no folder, but `every` or `resume` is set.
    explicit TrainingLoop(std::uint64_t steps, Checkpointing checkpointing = {});
    TrainingLoop(const TrainingLoop&) = delete;
    TrainingLoop& operator=(const TrainingLoop&) = delete;

    /// The state that checkpoints hold, to which the program adds its own parts. It already has `step` and
    /// `ended`, and `receipt` if there is one.
    TrainingState& state() { return state_; }

    /// Sets the optimizer's learning rate before each step to that of the schedule, and returns *this. The
    /// optimizer must outlive the loop.
    template <class T>
    TrainingLoop& schedule(Optimizer<T>& optimizer, LrSchedule schedule) {
        before_step_.push_back([&optimizer, schedule = std::move(schedule)](std::uint64_t step) {
            optimizer.set_learning_rate(schedule(step));
        });
        return *this;
    }
    /// Adds an observer, and returns *this. Checkpoints have the state of those that have one as `observer1`,
    /// `observer2` and so on.
    template <class O>
        requires std::is_base_of_v<TrainingObserver, O>
    TrainingLoop& observe(std::shared_ptr<O> observer) {
        const std::size_t parts = state_.size();
        observer->add_to(state_, "observer" + std::to_string(observers_with_state_ + 1));
        if (state_.size() > parts) ++observers_with_state_;
        observers_.push_back(std::move(observer));
        return *this;
    }
    /// The same with an observer of the loop's own, made from the arguments: `loop.observe<CsvLog>(path,
    /// columns)`.
    template <class O, class... Args>
    TrainingLoop& observe(Args&&... args) {
        return observe(std::make_shared<O>(std::forward<Args>(args)...));
    }
    /// Calls f(step) after each step whose number is a multiple of `steps`, and after the last one; returns
    /// *this.
    /// @throws ValueError  steps is 0.
    TrainingLoop& every(std::uint64_t steps, std::function<void(std::uint64_t step)> f);

    /// Number of steps made so far, including those before a resumption.
    std::uint64_t step() const { return step_; }

    /// If `checkpointing.resume` is set, restores the state from the newest undamaged checkpoint. Returns its
    /// file, or nothing if no checkpoint was loaded.
    /// @param warn  receives a warning for each damaged checkpoint, and one if the last bits may differ.
    /// @throws ValueError  the receipt belongs to a different training, or (with `strict`) the last bits may
    /// differ, or the checkpoint is of a later step than the training's last one.
    /// @throws StateError, DataError  the state does not fit, or no checkpoint can be read. After every error
    /// the state is as it was.
    std::optional<std::filesystem::path> resume(const Warn& warn = [](const std::string&) {});

    /// Calls make_step(step), with step counting from 0, until all steps are made or it returns false. A
    /// training that had ended when its checkpoint was written makes no further step.
    /// @throws Stopped  a stop was requested before the last step.
    /// @throws ValueError  the folder has checkpoints, and none was resumed from.
    /// @throws DataError  a checkpoint cannot be written.
    void run(const std::function<bool(std::uint64_t step)>& make_step);

    /// Reports a value of the current step to the observers, which see it after the step: of several values
    /// with one name the last. Call it within run().
    /// @throws ValueError  the name is `step`, which the record has already.
    void log(const std::string& name, double value);
    /// Keeps the state after the current step as the best one, in the folder `best` beside the checkpoints.
    /// The one that was kept before is removed as soon as a checkpoint has been written since: a training
    /// that is resumed from an earlier one finds the best state of that time. Call it within run().
    /// @throws ValueError  there is no folder of checkpoints.
    void keep_best();
    /// Puts the named parts back to the state that keep_best() kept last. Returns whether there is one.
    /// @throws ValueError  there is no part with that name.
    /// @throws StateError, DataError  as for resume().
    bool load_best(const std::vector<std::string>& parts);

private:
    void tidy();
    std::optional<Checkpoint> shared(std::optional<Checkpoint> of_the_first) const;
    void check_receipt(const Checkpoint& checkpoint, const Warn& warn) const;
    void after_step(bool more);
    void write_checkpoint(const CheckpointFolder& folder);
    void remove_superseded_best();

    std::uint64_t steps_;
    Checkpointing checkpointing_;
    CheckpointFolder checkpoints_, best_;
    std::vector<std::function<void(std::uint64_t)>> before_step_, after_step_;
    std::vector<std::shared_ptr<TrainingObserver>> observers_;
    StepRecord record_;
    std::size_t observers_with_state_ = 0;
    bool is_best_ = false;
    std::uint64_t step_ = 0, ended_ = 0;
    std::uint64_t saved_step_ = 0;  // of the last checkpoint; 0: none
    std::string receipt_ = checkpointing_.receipt;
    TrainingState state_;
};

}  // namespace xgrad
