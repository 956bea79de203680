#pragma once

#include <chrono>
#include <cstdio>
#include <string>

#include "cifar_bn/training/training.hpp"

namespace cifar_bn {

/// Seconds as `1:05` or `2:03:20`.
std::string clock_time(double seconds);

/// The line that stands for a training in progress: bar, cycle, step, learning rate, batch loss, steps per
/// second, time left.
/// @param seconds  since the training began, or was resumed after the step `resumed`.
std::string progress_line(const TrainConfig& config, const Progress& progress, double seconds,
                          std::uint64_t resumed = 0);

/// Shows a training on a stream: on a terminal a bar that is redrawn ten times a second, elsewhere one plain
/// line per snapshot.
class ProgressDisplay {
public:
    /// @param stream  not owned.  @param is_terminal  whether lines may be overwritten.
    /// @param resumed  the last step that was made before.
    ProgressDisplay(const TrainConfig& config, std::FILE* stream, bool is_terminal,
                    std::uint64_t resumed = 0);
    ProgressDisplay(const ProgressDisplay&) = delete;
    ProgressDisplay& operator=(const ProgressDisplay&) = delete;
    /// Clears the bar.
    ~ProgressDisplay();

    void step(const Progress& progress);
    void snapshot(const Snapshot& snapshot);

private:
    double seconds() const;
    void clear();

    TrainConfig config_;
    std::FILE* stream_;
    bool is_terminal_;
    std::uint64_t resumed_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double last_drawn_ = -1;
    Progress last_{};
};

}  // namespace cifar_bn
