#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace apps {

/// A training before it runs.
struct JobPlan {
    std::string name;
    std::uint64_t steps;
    double work;  ///< its cost, in arbitrary units roughly proportional to its time
};

/// Shows trainings that run concurrently. On a terminal it draws a bar for each and one for all, redrawn ten
/// times a second; otherwise it prints a line when a training ends. It is thread-safe.
class JobsDisplay {
public:
    class Bar;

    /// @param planned  all jobs that will be run or reused.
    /// @param stream  not owned.
    /// @param is_terminal  whether lines may be overwritten.
    JobsDisplay(const std::vector<JobPlan>& planned, std::FILE* stream, bool is_terminal);
    JobsDisplay(const JobsDisplay&) = delete;
    JobsDisplay& operator=(const JobsDisplay&) = delete;
    /// Clears the bars.
    ~JobsDisplay();

    /// Reports a job whose earlier result is reused.
    void reused(const JobPlan& job);

private:
    struct Running {
        JobPlan plan;
        std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
        std::uint64_t step = 0;

        double fraction() const { return static_cast<double>(step) / static_cast<double>(plan.steps); }
    };

    std::string total_line() const;
    void clear();
    void draw();

    std::FILE* stream_;
    bool is_terminal_;
    std::mutex mutex_;
    std::list<Running> running_;
    std::size_t planned_, finished_ = 0, reused_ = 0, lines_ = 0;
    double work_left_ = 0, work_done_ = 0;  // without reused jobs; work_done_ is of finished jobs
    std::chrono::steady_clock::time_point start_, last_drawn_{};  // start_ is when the first job starts
};

/// A running job, shown until the Bar is destroyed.
class JobsDisplay::Bar {
public:
    Bar(JobsDisplay& display, const JobPlan& plan);
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;
    ~Bar();

    void step(std::uint64_t step);
    /// Reports that the job has finished. @param outcome  a few words.
    void finish(const std::string& outcome);

private:
    JobsDisplay& display_;
    std::list<Running>::iterator running_;
};

}  // namespace apps
