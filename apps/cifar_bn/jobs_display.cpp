#include "jobs_display.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "progress.hpp"

namespace cifar_bn {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double fraction(const JobsDisplay::Running& job) { return static_cast<double>(job.step) / static_cast<double>(job.config.steps()); }

}  // namespace

double work(const TrainConfig& config, const Split& data) {
    double forward = 0;  // multiplications for one image
    std::size_t in = data.train.features();
    for (const std::size_t out : config.hidden) {
        forward += static_cast<double>(in * out);
        in = out;
    }
    const double trained = static_cast<double>(config.steps() * config.batch_size);
    const double evaluated =
        static_cast<double>(config.snapshot_steps().size() * (data.train.size() + data.validation.size() + data.test.size()));
    return forward * (2 * trained + evaluated) * (config.scalar == "double" ? 2 : 1);  // twice: forward, and the weights' gradients
}

JobsDisplay::JobsDisplay(const std::vector<TrainConfig>& planned, const Split& data, std::FILE* stream, bool is_terminal)
    : data_(data), stream_(stream), is_terminal_(is_terminal), planned_(planned.size()), work_left_(0) {
    for (const TrainConfig& config : planned) work_left_ += work(config, data);
}

JobsDisplay::~JobsDisplay() { clear(); }

void JobsDisplay::reused(const TrainConfig& config) {
    const std::scoped_lock lock(mutex_);
    ++reused_;
    work_left_ -= work(config, data_);
}

JobsDisplay::Handle JobsDisplay::start(const std::string& name, const TrainConfig& config) {
    const std::scoped_lock lock(mutex_);
    return running_.insert(running_.end(), {name, config, Clock::now(), 0});
}

void JobsDisplay::step(Handle job, const Progress& progress) {
    const std::scoped_lock lock(mutex_);
    job->step = progress.step;
    if (is_terminal_ && seconds_since(last_drawn_) >= 0.1) draw();
}

void JobsDisplay::finish(Handle job, const Snapshot& last) {
    const std::scoped_lock lock(mutex_);
    ++finished_;
    work_done_ += work(job->config, data_);
    work_left_ -= work(job->config, data_);
    clear();
    const std::string line = fmt::format("{:<24} validation {:5.2f} %  test {:5.2f} %  {:5.1f} s", job->name,
                                         100 * last.validation.accuracy, 100 * last.test.accuracy, seconds_since(job->start));
    running_.erase(job);
    if (is_terminal_) {
        fmt::print(stream_, "{}\n", line);
        draw();
    } else {
        fmt::print(stream_, "{}   {}\n", line, total_line());
    }
    std::fflush(stream_);
}

std::string JobsDisplay::total_line() const {
    double done = work_done_;
    for (const Running& job : running_) done += fraction(job) * work(job.config, data_);
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
        const auto filled = static_cast<std::size_t>(fraction(job) * static_cast<double>(width));
        fmt::print(stream_, "{:<24} [{:#<{}}{:.<{}}] step {}/{}\n", job.name, "", filled, "", width - filled, job.step, job.config.steps());
    }
    fmt::print(stream_, "{}\n", total_line());
    lines_ = running_.size() + 1;
    last_drawn_ = Clock::now();
    std::fflush(stream_);
}

}  // namespace cifar_bn
