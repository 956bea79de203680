#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>
#include <vector>

namespace apps {

/// What is known of a training before it runs.
struct JobPlan {
    std::string name;
    std::uint64_t steps;
    double work;  ///< what it costs, in arbitrary units that are about proportional to its time
};

/// Shows trainings that run side by side: on a terminal a bar for each, and one for all, redrawn ten times a
/// second; elsewhere a plain line whenever one has ended. Threads may share it.
class JobsDisplay {
public:
    class Bar;

    /// @param planned  all jobs that there will be.  @param stream  not owned.  @param is_terminal  whether
    /// lines may be overwritten.
    JobsDisplay(const std::vector<JobPlan>& planned, std::FILE* stream, bool is_terminal);
    JobsDisplay(const JobsDisplay&) = delete;
    JobsDisplay& operator=(const JobsDisplay&) = delete;
    /// Clears the bars.
    ~JobsDisplay();

    /// A job that need not run.
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
    double work_left_ = 0, work_done_ = 0;  // of jobs that have ended, and without the reused ones
    std::chrono::steady_clock::time_point start_, last_drawn_{};  // the start is the first job's
};

/// A job that is running: shown until it is destroyed.
class JobsDisplay::Bar {
public:
    Bar(JobsDisplay& display, const JobPlan& plan);
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;
    ~Bar();

    void step(std::uint64_t step);
    /// It has come to its end. @param outcome  in a few words.
    void finish(const std::string& outcome);

private:
    JobsDisplay& display_;
    std::list<Running>::iterator running_;
};

}  // namespace apps
