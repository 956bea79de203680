#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include <xgrad/train/terminal.hpp>

namespace xgrad {

/// Seconds as `1:05` or `2:03:20`.
std::string clock_time(double seconds);

/// A part of a line, in ASCII.
struct LinePart {
    std::string text;  ///< What it shows.
    int rank = 0;      ///< Where space is short, the parts with the highest rank are left out first.
};

/// The parts that fit into so many columns, two blanks apart. If not even one does, it is cut.
std::string fitted(std::vector<LinePart> parts, std::size_t columns);

/// `[######..................]` for 0.25 and 26 columns.
std::string progress_bar(double done, std::size_t columns);

/// A line with a bar, the percentage (of rank 2) and more parts.
std::string progress_line(double done, std::vector<LinePart> parts, std::size_t columns);

/// A running training.
struct RunningTraining {
    std::uint64_t steps;        ///< of the whole training
    std::uint64_t resumed = 0;  ///< the last step of an earlier run
    double seconds = 0;         ///< since the training started or was resumed
};

/// The estimated time in seconds until the last step, from the mean step time since the training started or
/// was resumed.
double seconds_left(const RunningTraining& training, std::uint64_t step);

/// The line that shows a training in progress: bar, percentage, `details` (of ranks 3 to 8), steps per second
/// (of rank 9), time left (of rank 1).
std::string progress_line(const RunningTraining& training, std::uint64_t step, std::vector<LinePart> details,
                          std::size_t columns);

/// A cell in a row of a table, as wide as the longer of its two texts.
struct TableCell {
    std::string heading;  ///< Of its column.
    std::string value;  ///< What it shows.
    int rank;  ///< as that of a LinePart
};

/// Shows a training on a stream: the rows of a table and, on a terminal, a bar that is redrawn ten times a
/// second.
class ProgressDisplay {
public:
    /// @param stream  not owned.
    /// @param resumed  the last step of an earlier run.
    ProgressDisplay(std::uint64_t steps, std::FILE* stream, std::uint64_t resumed = 0);

    /// Call it after every step. @param details  called when the bar is drawn.
    void step(std::uint64_t step, const std::function<std::vector<LinePart>()>& details);
    /// Prints a row of the cells that fit and of the time left (of rank 3). Above it the headings, unless
    /// they are those of the last row.
    void row(std::uint64_t step, std::vector<TableCell> cells);

private:
    RunningTraining training() const;

    std::uint64_t steps_;
    Terminal terminal_;
    std::uint64_t resumed_;
    std::string headings_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace xgrad
