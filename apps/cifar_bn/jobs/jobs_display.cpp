#include "cifar_bn/jobs/jobs_display.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cifar_bn/jobs/progress.hpp"

namespace cifar_bn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double fraction(std::uint64_t step, const TrainConfig& config) {
    return static_cast<double>(step) / static_cast<double>(config.steps());
}

}  // namespace

double work(const TrainConfig& config, const Split& data) {
    double forward = 0;  // multiplications for one image
    std::size_t in = data.train.features();
    for (const std::size_t out : config.hidden) {
        forward += static_cast<double>(in * out);
        in = out;
    }
    forward += static_cast<double>(in * data.train.classes().size());
    const double trained = static_cast<double>(config.steps() * config.batch_size);
    const double evaluated = static_cast<double>(
        config.snapshot_steps().size() * (data.train.size() + data.validation.size() + data.test.size()));
    return forward * (2 * trained + evaluated) *
           (config.scalar == "double" ? 2 : 1);  // twice: forward, and the weights' gradients
}

JobsDisplay::JobsDisplay(const std::vector<TrainConfig>& planned, const Split& data, std::FILE* stream,
                         bool is_terminal)
    : data_(data), stream_(stream), is_terminal_(is_terminal), planned_(planned.size()), work_left_(0) {
    for (const TrainConfig& config : planned) work_left_ += work(config, data);
}

JobsDisplay::~JobsDisplay() { clear(); }

void JobsDisplay::reused(const TrainConfig& config) {
    const std::scoped_lock lock(mutex_);
    ++reused_;
    work_left_ -= work(config, data_);
}

JobsDisplay::Job::Job(JobsDisplay& display, const std::string& name, const TrainConfig& config)
    : display_(display) {
    const std::scoped_lock lock(display_.mutex_);
    if (display_.finished_ == 0 && display_.running_.empty()) display_.start_ = Clock::now();
    running_ = display_.running_.insert(display_.running_.end(), {name, config});
}

JobsDisplay::Job::~Job() {
    const std::scoped_lock lock(display_.mutex_);
    display_.clear();
    display_.running_.erase(running_);
}

void JobsDisplay::Job::step(const Progress& progress) {
    const std::scoped_lock lock(display_.mutex_);
    running_->step = progress.step;
    if (display_.is_terminal_ && seconds_since(display_.last_drawn_) >= 0.1) display_.draw();
}

void JobsDisplay::Job::finish(const Snapshot& last) {
    const std::scoped_lock lock(display_.mutex_);
    const double work_of_it = work(running_->config, display_.data_);
    ++display_.finished_;
    display_.work_done_ += work_of_it;
    display_.work_left_ -= work_of_it;
    running_->step = 0;  // it counts as done already
    display_.clear();
    fmt::print(display_.stream_, "{:<24} validation {:5.2f} %  test {:5.2f} %  {:5.1f} s", running_->name,
               100 * last.validation.accuracy, 100 * last.test.accuracy, seconds_since(running_->start));
    fmt::print(display_.stream_, "{}\n", display_.is_terminal_ ? "" : "   " + display_.total_line());
    std::fflush(display_.stream_);
}

std::string JobsDisplay::total_line() const {
    double done = work_done_;
    for (const Running& job : running_) done += fraction(job.step, job.config) * work(job.config, data_);
    const double left = work_left_ + work_done_ - done;
    std::string line = fmt::format("{} of {} trainings", finished_ + reused_, planned_);
    if (reused_ > 0) line += fmt::format(" ({} from before)", reused_);
    if (done > 0) line += fmt::format(", ETA {}", clock_time(seconds_since(start_) * left / done));
    return line;
}

void JobsDisplay::clear() {
    if (lines_ > 0) fmt::print(stream_, "\033[{}A\033[J", lines_);
    lines_ = 0;
    std::fflush(stream_);
}

void JobsDisplay::draw() {
    constexpr std::size_t width = 24;
    clear();
    for (const Running& job : running_) {
        const auto filled =
            static_cast<std::size_t>(fraction(job.step, job.config) * static_cast<double>(width));
        fmt::print(stream_, "{:<24} [{:#<{}}{:.<{}}] step {}/{}\n", job.name, "", filled, "", width - filled,
                   job.step, job.config.steps());
    }
    fmt::print(stream_, "{}\n", total_line());
    lines_ = running_.size() + 1;
    last_drawn_ = Clock::now();
    std::fflush(stream_);
}

}  // namespace cifar_bn
