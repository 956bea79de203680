#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

namespace apps {

/// Seconds as `1:05` or `2:03:20`.
std::string clock_time(double seconds);

/// `[######..................]` for 0.25.
std::string progress_bar(double done);

/// A running training.
struct RunningTraining {
    std::uint64_t steps;        ///< of the whole training
    std::uint64_t resumed = 0;  ///< the last step of an earlier run
    double seconds = 0;         ///< since the training started or was resumed
};

/// The estimated time in seconds until the last step, from the mean step time since the training started or
/// was resumed.
double seconds_left(const RunningTraining& training, std::uint64_t step);

/// The line that shows a training in progress: bar, `details`, steps per second, time left.
std::string progress_line(const RunningTraining& training, std::uint64_t step, const std::string& details);

/// Shows a training on a stream: the lines it is given and, on a terminal, a bar that is redrawn ten times a
/// second.
class ProgressDisplay {
public:
    /// @param stream  not owned.
    /// @param is_terminal  whether lines may be overwritten.
    /// @param resumed  the last step of an earlier run.
    ProgressDisplay(std::uint64_t steps, std::FILE* stream, bool is_terminal, std::uint64_t resumed = 0);
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    /// Clears the bar.
    ~ProgressDisplay();

    /// Call it after every step. @param details  called when the bar is drawn.
    void step(std::uint64_t step, const std::function<std::string()>& details);
    /// Prints a line, followed by the time left.
    void line(std::uint64_t step, const std::string& text);

private:
    RunningTraining training() const;
    void clear();

    std::uint64_t steps_;
    std::FILE* stream_;
    bool is_terminal_;
    std::uint64_t resumed_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double last_drawn_ = -1;
};

}  // namespace apps
