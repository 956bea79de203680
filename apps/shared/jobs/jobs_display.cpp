#include "shared/jobs/jobs_display.hpp"

#include <fmt/format.h>

#include "shared/jobs/progress.hpp"

namespace apps {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double redraw_seconds = 0.1;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

JobsDisplay::JobsDisplay(const std::vector<JobPlan>& planned, std::FILE* stream, bool is_terminal)
    : stream_(stream), is_terminal_(is_terminal), planned_(planned.size()) {
    for (const JobPlan& job : planned) work_left_ += job.work;
}

JobsDisplay::~JobsDisplay() { clear(); }

void JobsDisplay::reused(const JobPlan& job) {
    const std::scoped_lock lock(mutex_);
    ++reused_;
    work_left_ -= job.work;
}

JobsDisplay::Bar::Bar(JobsDisplay& display, const JobPlan& plan) : display_(display) {
    const std::scoped_lock lock(display_.mutex_);
    if (display_.finished_ == 0 && display_.running_.empty()) display_.start_ = Clock::now();
    running_ = display_.running_.insert(display_.running_.end(), {plan});
}

JobsDisplay::Bar::~Bar() {
    const std::scoped_lock lock(display_.mutex_);
    display_.clear();
    display_.running_.erase(running_);
}

void JobsDisplay::Bar::step(std::uint64_t step) {
    const std::scoped_lock lock(display_.mutex_);
    running_->step = step;
    if (display_.is_terminal_ && seconds_since(display_.last_drawn_) >= redraw_seconds) display_.draw();
}

void JobsDisplay::Bar::finish(const std::string& outcome) {
    const std::scoped_lock lock(display_.mutex_);
    ++display_.finished_;
    display_.work_done_ += running_->plan.work;
    display_.work_left_ -= running_->plan.work;
    running_->step = 0;  // already counted in work_done_
    display_.clear();
    fmt::print(display_.stream_, "{:<24} {}  {:5.1f} s", running_->plan.name, outcome,
               seconds_since(running_->start));
    fmt::print(display_.stream_, "{}\n", display_.is_terminal_ ? "" : "   " + display_.total_line());
    std::fflush(display_.stream_);
}

std::string JobsDisplay::total_line() const {
    double done = work_done_;
    for (const Running& job : running_) done += job.fraction() * job.plan.work;
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
    clear();
    for (const Running& job : running_)
        fmt::print(stream_, "{:<24} {} step {}/{}\n", job.plan.name, progress_bar(job.fraction()), job.step,
                   job.plan.steps);
    fmt::print(stream_, "{}\n", total_line());
    lines_ = running_.size() + 1;
    last_drawn_ = Clock::now();
    std::fflush(stream_);
}

}  // namespace apps
