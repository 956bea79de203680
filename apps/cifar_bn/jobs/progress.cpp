#include "cifar_bn/jobs/progress.hpp"

#include <cmath>

#include <fmt/format.h>

namespace cifar_bn {

std::string clock_time(double seconds) {
    const auto total = static_cast<std::uint64_t>(std::llround(std::max(0.0, seconds)));
    if (total >= 3600) return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
    return fmt::format("{}:{:02}", total / 60, total % 60);
}

namespace {

double seconds_left(const TrainConfig& config, std::uint64_t step, double seconds, std::uint64_t resumed) {
    if (step <= resumed) return 0;
    return seconds / static_cast<double>(step - resumed) * static_cast<double>(config.steps() - step);
}

}  // namespace

std::string progress_line(const TrainConfig& config, const Progress& progress, double seconds,
                          std::uint64_t resumed) {
    constexpr std::size_t width = 24;
    const std::uint64_t cycle_steps = 2 * config.half_cycle;
    const double done = static_cast<double>(progress.step) / static_cast<double>(config.steps());
    const auto filled = static_cast<std::size_t>(done * static_cast<double>(width));
    const double rate = seconds > 0 ? static_cast<double>(progress.step - resumed) / seconds : 0;
    return fmt::format(
        "[{:#<{}}{:.<{}}] {:3.0f} %  cycle {}/{}  step {}/{}  lr {:.2e}  batch loss {:.4f}  {:.0f} steps/s  ETA {}",
        "", filled, "", width - filled, std::floor(100 * done), (progress.step - 1) / cycle_steps + 1,
        config.cycles, progress.step, config.steps(), progress.learning_rate, progress.batch_loss, rate,
        clock_time(seconds_left(config, progress.step, seconds, resumed)));
}

ProgressDisplay::ProgressDisplay(const TrainConfig& config, std::FILE* stream, bool is_terminal,
                                 std::uint64_t resumed)
    : config_(config), stream_(stream), is_terminal_(is_terminal), resumed_(resumed) {}

ProgressDisplay::~ProgressDisplay() { clear(); }

double ProgressDisplay::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ProgressDisplay::clear() {
    if (is_terminal_) fmt::print(stream_, "\r\033[K");
    std::fflush(stream_);
}

void ProgressDisplay::step(const Progress& progress) {
    last_ = progress;
    if (!is_terminal_ || seconds() < last_drawn_ + 0.1) return;
    last_drawn_ = seconds();
    fmt::print(stream_, "\r\033[K{}", progress_line(config_, progress, last_drawn_, resumed_));
    std::fflush(stream_);
}

void ProgressDisplay::snapshot(const Snapshot& snapshot) {
    clear();
    const double left = seconds_left(config_, snapshot.step, seconds(), resumed_);
    fmt::print(
        stream_,
        "cycle {}/{}  step {:>{}}/{}  lr {:.2e}  cost: train {:.4f}  validation {:.4f}  accuracy: train {:5.2f} %  validation {:5.2f} %  test {:5.2f} %  ETA {}\n",
        snapshot.cycle, config_.cycles, snapshot.step, std::to_string(config_.steps()).size(),
        config_.steps(), snapshot.learning_rate, snapshot.train.cost, snapshot.validation.cost,
        100 * snapshot.train.accuracy, 100 * snapshot.validation.accuracy, 100 * snapshot.test.accuracy,
        clock_time(left));
    std::fflush(stream_);
}

}  // namespace cifar_bn
