#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "shared/jobs/jobs_display.hpp"

namespace apps {

/// Thrown by Task::run if its process is lost: another one can run the task.
class GivenBack : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A training, to be run concurrently with others.
struct Task {
    /// What is to be done about it.
    enum class Found {
        nothing,   ///< it has to be run
        finished,  ///< it has finished before, and its result is loaded
        elsewhere  ///< another process runs it
    };
    JobPlan plan;
    std::function<Found()> find;
    /// Runs the training in the process of this rank, calls on_step(step) from time to time, and returns the
    /// outcome, for Bar::finish().
    std::function<std::vector<xgrad::LinePart>(std::size_t rank,
                                               const std::function<void(std::uint64_t)>& on_step)>
        run;
};

/// Runs the tasks that have to be run, as many concurrently as there are ranks, each on its own thread here,
/// which calls run() with one of the ranks. Sets the number of threads per computation (set_num_threads)
/// to 1. SIGINT and SIGTERM end the program after the next step of any task.
/// @param ranks  one of them at least is 0, the rank of this process, which is not lost.
/// @throws xgrad::ValueError  two tasks have the same name; then none is run.
/// @throws xgrad::Error  a task failed. It is thrown after all others have ended, and the message names every
/// task that failed.
void run_tasks(const std::vector<Task>& tasks, const std::vector<std::size_t>& ranks, JobsDisplay& display);

}  // namespace apps
