#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>

namespace apps {

/// Seconds as `1:05` or `2:03:20`.
std::string clock_time(double seconds);

/// `[######..................]` for a quarter.
std::string progress_bar(double done);

/// A training that is running.
struct RunningTraining {
    std::uint64_t steps;        ///< of the whole training
    std::uint64_t resumed = 0;  ///< the last step that was made before
    double seconds = 0;         ///< since the training began, or was resumed
};

/// Seconds until the last step, if all steps take as long as those since the training began or was resumed.
double seconds_left(const RunningTraining& training, std::uint64_t step);

/// The line that stands for a training in progress: bar, `details`, steps per second, time left.
std::string progress_line(const RunningTraining& training, std::uint64_t step, const std::string& details);

/// Shows a training on a stream: on a terminal a bar that is redrawn ten times a second, and everywhere the
/// lines it is given.
class ProgressDisplay {
public:
    /// @param stream  not owned.  @param is_terminal  whether lines may be overwritten.
    /// @param resumed  the last step that was made before.
    ProgressDisplay(std::uint64_t steps, std::FILE* stream, bool is_terminal, std::uint64_t resumed = 0);
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    /// Clears the bar.
    ~ProgressDisplay();

    /// After every step. @param details  is called where the bar is drawn.
    void step(std::uint64_t step, const std::function<std::string()>& details);
    /// Adds a line, with the time left behind it.
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
