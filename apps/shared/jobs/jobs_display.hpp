#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>
#include <vector>

#include <xgrad/train/progress.hpp>
#include <xgrad/train/terminal.hpp>

namespace apps {

/// A training before it runs.
struct JobPlan {
    std::string name;
    std::uint64_t steps;
    double work;  ///< its cost, in arbitrary units roughly proportional to its time
};

/// What many trainings have come to.
struct JobsStatus {
    struct Running {
        std::string name;
        std::uint64_t step, steps;
    };
    std::size_t planned, done;  ///< done: run or reused
    std::vector<Running> running;
    std::vector<std::string> failed;  ///< name and reason
    double seconds_left;              ///< 0 before anything is known

    /// In words: `12 of 82 trainings are done, 2 are running; about 4:10 left.`
    std::string text() const;
};

/// Shows trainings that run concurrently. On a terminal it draws a bar for each and one for all, redrawn ten
/// times a second; otherwise it prints a line when a training ends. It is thread-safe.
class JobsDisplay {
public:
    class Bar;

    /// @param stream  not owned.
    explicit JobsDisplay(std::FILE* stream) : terminal_(stream) {}

    /// Announces jobs that will be run or reused.
    void plan(const std::vector<JobPlan>& jobs);

    /// Reports a job whose earlier result is reused.
    void reused(const JobPlan& job);
    /// Reports a job that another program runs.
    void elsewhere(const JobPlan& job);
    /// Reports a job that will be run again, as the process that ran it is lost.
    void given_back(const JobPlan& job, const std::string& why);
    /// Reports a job that has failed.
    void failed(const JobPlan& job, const std::string& why);
    JobsStatus status();
    /// Erases the bars and raises the signal, which ends the program.
    void end_program(int signal);

private:
    struct Running {
        JobPlan plan;
        std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
        std::uint64_t step = 0;

        double fraction() const { return static_cast<double>(step) / static_cast<double>(plan.steps); }
    };

    double work_done() const;
    double seconds_left() const;
    std::vector<xgrad::LinePart> total() const;
    void draw();

    xgrad::Terminal terminal_;
    std::mutex mutex_;
    std::list<Running> running_;
    std::vector<std::string> failed_;
    std::size_t planned_ = 0, finished_ = 0, reused_ = 0;
    double work_ = 0, work_finished_ = 0;          // without reused jobs
    std::chrono::steady_clock::time_point start_;  // when the first job starts
};

/// A running job, shown until the Bar is destroyed.
class JobsDisplay::Bar {
public:
    Bar(JobsDisplay& display, const JobPlan& plan);
    Bar(const Bar&) = delete;
    Bar& operator=(const Bar&) = delete;
    ~Bar();

    void step(std::uint64_t step);
    /// Reports that the job has finished. @param outcome  a few words, of ranks 1 to 8.
    void finish(const std::vector<xgrad::LinePart>& outcome);

private:
    JobsDisplay& display_;
    std::list<Running>::iterator running_;
};

}  // namespace apps
