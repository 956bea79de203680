#include "shared/jobs/progress.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace apps {
namespace {

constexpr double redraw_seconds = 0.1;

}  // namespace

std::string clock_time(double seconds) {
    const auto total = static_cast<std::uint64_t>(std::llround(std::max(0.0, seconds)));
    if (total >= 3600) return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
    return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string progress_bar(double done) {
    constexpr std::size_t width = 24;
    const auto filled = static_cast<std::size_t>(done * static_cast<double>(width));
    return fmt::format("[{:#<{}}{:.<{}}]", "", filled, "", width - filled);
}

double seconds_left(const RunningTraining& training, std::uint64_t step) {
    if (step <= training.resumed) return 0;
    return training.seconds / static_cast<double>(step - training.resumed) *
           static_cast<double>(training.steps - step);
}

std::string progress_line(const RunningTraining& training, std::uint64_t step, const std::string& details) {
    const double done = static_cast<double>(step) / static_cast<double>(training.steps);
    const double rate =
        training.seconds > 0 ? static_cast<double>(step - training.resumed) / training.seconds : 0;
    return fmt::format("{} {:3.0f} %  {}  {:.0f} steps/s  ETA {}", progress_bar(done), std::floor(100 * done),
                       details, rate, clock_time(seconds_left(training, step)));
}

ProgressDisplay::ProgressDisplay(std::uint64_t steps, std::FILE* stream, bool is_terminal,
                                 std::uint64_t resumed)
    : steps_(steps), stream_(stream), is_terminal_(is_terminal), resumed_(resumed) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

RunningTraining ProgressDisplay::training() const {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    return {steps_, resumed_, seconds.count()};
}

void ProgressDisplay::clear() {
    if (is_terminal_) fmt::print(stream_, "\r\033[K");
    std::fflush(stream_);
}

void ProgressDisplay::step(std::uint64_t step, const std::function<std::string()>& details) {
    if (!is_terminal_) return;
    const RunningTraining now = training();
    if (now.seconds < last_drawn_ + redraw_seconds) return;
    last_drawn_ = now.seconds;
    fmt::print(stream_, "\r\033[K{}", progress_line(now, step, details()));
    std::fflush(stream_);
}

void ProgressDisplay::line(std::uint64_t step, const std::string& text) {
    clear();
    fmt::print(stream_, "{}  ETA {}\n", text, clock_time(seconds_left(training(), step)));
    std::fflush(stream_);
}

}  // namespace apps
