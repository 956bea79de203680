#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "shared/jobs/jobs_display.hpp"

namespace apps {

/// A training of a program, to be run beside others.
struct Task {
    JobPlan plan;
    /// Takes the result of a training that came to its end before. Returns whether there is one.
    std::function<bool()> reuse;
    /// Trains, calls on_step(step) after every step, and returns the outcome in a few words.
    std::function<std::string(const std::function<void(std::uint64_t)>& on_step)> run;
};

/// Runs the tasks that cannot be reused, `at_once` of them side by side, each on a thread of its own. Sets
/// the number of threads that a computation shares (set_num_threads) to 1.
/// @throws xgrad::ValueError  two tasks of one name; then none is run.
/// @throws xgrad::Error  a task failed; all others have come to their end by then. The message names every
/// task that failed.
void run_tasks(const std::vector<Task>& tasks, int at_once, JobsDisplay& display);

}  // namespace apps
