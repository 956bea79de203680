#pragma once

#include <chrono>
#include <cstdio>
#include <list>
#include <mutex>
#include <string>

#include "cifar_bn/training/training.hpp"

namespace cifar_bn {

/// What a training costs, in arbitrary units that are about proportional to its time.
double work(const TrainConfig& config, const Split& data);

/// Shows trainings that run side by side: on a terminal a bar for each, and one for all, redrawn ten times a
/// second; elsewhere a plain line whenever one has ended. Threads may share it.
class JobsDisplay {
public:
    class Job;

    /// @param planned  all jobs that there will be.  @param stream  not owned.  @param is_terminal  whether
    /// lines may be overwritten.
    JobsDisplay(const std::vector<TrainConfig>& planned, const Split& data, std::FILE* stream,
                bool is_terminal);
    JobsDisplay(const JobsDisplay&) = delete;
    JobsDisplay& operator=(const JobsDisplay&) = delete;
    /// Clears the bars.
    ~JobsDisplay();

    /// A job that need not run.
    void reused(const TrainConfig& config);

private:
    struct Running {
        std::string name;
        TrainConfig config;
        std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
        std::uint64_t step = 0;
    };

    std::string total_line() const;
    void clear();
    void draw();

    const Split& data_;
    std::FILE* stream_;
    bool is_terminal_;
    std::mutex mutex_;
    std::list<Running> running_;
    std::size_t planned_, finished_ = 0, reused_ = 0, lines_ = 0;
    double work_left_, work_done_ = 0;  // of jobs that have ended, and without the reused ones
    std::chrono::steady_clock::time_point start_, last_drawn_{};  // the start is the first job's
};

/// A job that is running: shown until it is destroyed.
class JobsDisplay::Job {
public:
    Job(JobsDisplay& display, const std::string& name, const TrainConfig& config);
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;
    ~Job();

    void step(const Progress& progress);
    /// It has come to its end.
    void finish(const Snapshot& last);

private:
    JobsDisplay& display_;
    std::list<Running>::iterator running_;
};

}  // namespace cifar_bn
