#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/jobs/jobs_display.hpp"

namespace apps {

/// A training, to be run concurrently with others.
struct Task {
    JobPlan plan;
    /// Loads the result if the training has already finished. Returns whether it has.
    std::function<bool()> reuse;
    /// Runs the training, calls on_step(step) after every step, and returns the outcome, for Bar::finish().
    std::function<std::vector<xgrad::LinePart>(const std::function<void(std::uint64_t)>& on_step)> run;
};

/// Runs the tasks that cannot be reused, `at_once` of them concurrently, each on its own thread. Sets the
/// number of threads per computation (set_num_threads) to 1. SIGINT and SIGTERM end the program after the
/// next step of any task.
/// @throws xgrad::ValueError  two tasks have the same name; then none is run.
/// @throws xgrad::Error  a task failed. It is thrown after all others have ended, and the message names every
/// task that failed.
void run_tasks(const std::vector<Task>& tasks, int at_once, JobsDisplay& display);

}  // namespace apps
