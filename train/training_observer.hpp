#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace xgrad {

class TrainingState;

/// What a training reports after a step.
struct StepRecord {
    std::uint64_t step;   ///< The number of steps made, this one included.
    std::uint64_t steps;  ///< The number of steps of the whole training.
    std::vector<std::pair<std::string, double>> values =
        {};  ///< What was logged during the step, in that order.

    /// The value with this name, or null.
    const double* find(const std::string& name) const;
};

/// Watches a `TrainingLoop`. Every function does nothing unless it is overridden.
class TrainingObserver {
public:
    virtual ~TrainingObserver() = default;

    /// Adds what checkpoints must keep of the observer, under this name.
    virtual void add_to(TrainingState& state, const std::string& name);
    /// Before the first step of this run. @param step  the number of steps made by earlier runs.
    virtual void on_start(std::uint64_t step, std::uint64_t steps);
    /// After each step.
    virtual void on_step(const StepRecord& record);
    /// Before a checkpoint is written.
    virtual void on_checkpoint();
    /// After the last step, or where the training is stopped.
    virtual void on_end();
};

}  // namespace xgrad
