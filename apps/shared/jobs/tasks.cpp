#include "shared/jobs/tasks.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/train/stop_signals.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

namespace apps {
namespace {

// Tasks that wait and run. One that runs may come back.
class Queue {
public:
    explicit Queue(const std::vector<Task>& tasks) {
        for (const Task& task : tasks) waiting_.push_back(&task);
    }

    // The next one; null if none waits and none can come back.
    const Task* take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !waiting_.empty() || running_ == 0; });
        if (waiting_.empty()) return nullptr;
        const Task* const task = waiting_.front();
        waiting_.pop_front();
        ++running_;
        return task;
    }
    void end() {
        const std::scoped_lock lock(mutex_);
        --running_;
        changed_.notify_all();
    }
    void give_back(const Task& task) {
        const std::scoped_lock lock(mutex_);
        waiting_.push_front(&task);
        --running_;
        changed_.notify_all();
    }
    void fail(const std::string& failure) {
        const std::scoped_lock lock(mutex_);
        failures_.push_back(failure);
    }
    // When all have ended.
    const std::vector<std::string>& failures() const { return failures_; }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<const Task*> waiting_;
    std::size_t running_ = 0;
    std::vector<std::string> failures_;
};

}  // namespace

void run_tasks(const std::vector<Task>& tasks, const std::vector<std::size_t>& ranks, JobsDisplay& display) {
    std::set<std::string> names;
    for (const Task& task : tasks)
        if (!names.insert(task.plan.name).second)
            xgrad::fail<xgrad::ValueError>(
                "jobs",
                fmt::format("two trainings would be called {}; give each value once", task.plan.name));
    xgrad::set_num_threads(1);
    Queue queue(tasks);
    const xgrad::StopSignals signals;
    // A signal that ended the program at once would leave the bars on the terminal.
    const auto end_if_stopped = [&] {
        if (const int signal = xgrad::StopSignals::received()) display.end_program(signal);
    };
    const auto run = [&](const Task& task, std::size_t rank) {
        switch (task.find()) {
            case Task::Found::finished: return display.reused(task.plan);
            case Task::Found::elsewhere: return display.elsewhere(task.plan);
            case Task::Found::nothing: break;
        }
        JobsDisplay::Bar bar(display, task.plan);
        bar.finish(task.run(rank, [&](std::uint64_t step) {
            end_if_stopped();
            bar.step(step);
        }));
    };
    const auto work = [&](std::size_t rank) {
        while (const Task* task = queue.take()) {
            try {
                run(*task, rank);
            } catch (const GivenBack& lost) {
                display.given_back(task->plan, lost.what());
                return queue.give_back(*task);
            } catch (const std::exception& error) {
                queue.fail(fmt::format("{}: {}", task->plan.name, error.what()));
                display.failed(task->plan, error.what());
            }
            queue.end();
        }
    };
    {
        std::vector<std::jthread> workers;
        workers.reserve(ranks.size());
        for (const std::size_t rank : ranks) workers.emplace_back(work, rank);
    }
    end_if_stopped();
    if (!queue.failures().empty())
        xgrad::fail<xgrad::Error>(
            "jobs", fmt::format("{} of {} trainings failed; the others are done\n  {}",
                                queue.failures().size(), tasks.size(), fmt::join(queue.failures(), "\n  ")));
}

}  // namespace apps
