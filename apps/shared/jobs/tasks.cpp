#include "shared/jobs/tasks.hpp"

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/train/stop_signals.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace apps {

void run_tasks(const std::vector<Task>& tasks, int at_once, JobsDisplay& display) {
    std::set<std::string> names;
    for (const Task& task : tasks)
        if (!names.insert(task.plan.name).second)
            xgrad::fail<xgrad::ValueError>(
                "jobs",
                fmt::format("two trainings would be called {}; give each value once", task.plan.name));
    xgrad::set_num_threads(1);
    std::vector<std::string> failures;
    std::mutex mutex;  // protects `failures`
    std::atomic<std::size_t> next = 0;
    const xgrad::StopSignals signals;
    // A signal that ended the program at once would leave the bars on the terminal.
    const auto end_if_stopped = [&] {
        if (const int signal = xgrad::StopSignals::received()) display.end_program(signal);
    };
    const auto work = [&] {
        for (std::size_t i = next++; i < tasks.size(); i = next++) {
            const Task& task = tasks[i];
            try {
                if (task.reuse()) {
                    display.reused(task.plan);
                    continue;
                }
                JobsDisplay::Bar bar(display, task.plan);
                bar.finish(task.run([&](std::uint64_t step) {
                    end_if_stopped();
                    bar.step(step);
                }));
            } catch (const std::exception& error) {
                const std::scoped_lock lock(mutex);
                failures.push_back(fmt::format("{}: {}", task.plan.name, error.what()));
                display.failed(task.plan, error.what());
            }
        }
    };
    {
        std::vector<std::jthread> workers;
        workers.reserve(static_cast<std::size_t>(at_once));
        for (int i = 0; i < at_once; ++i) workers.emplace_back(work);
    }
    end_if_stopped();
    if (!failures.empty())
        xgrad::fail<xgrad::Error>(
            "jobs", fmt::format("{} of {} trainings failed; the others are done\n  {}", failures.size(),
                                tasks.size(), fmt::join(failures, "\n  ")));
}

}  // namespace apps
