#include "shared/jobs/jobs_display.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include <fmt/format.h>

namespace apps {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

void JobsDisplay::plan(const std::vector<JobPlan>& jobs) {
    const std::scoped_lock lock(mutex_);
    planned_ += jobs.size();
    for (const JobPlan& job : jobs) work_ += job.work;
}

void JobsDisplay::reused(const JobPlan& job) {
    const std::scoped_lock lock(mutex_);
    ++reused_;
    work_ -= job.work;
}

void JobsDisplay::elsewhere(const JobPlan& job) {
    const std::scoped_lock lock(mutex_);
    --planned_;
    work_ -= job.work;
}

void JobsDisplay::given_back(const JobPlan& job, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    terminal_.print(fmt::format("{:<23}  given back: {}", job.name, why));
}

void JobsDisplay::failed(const JobPlan& job, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    failed_.push_back(fmt::format("{}: {}", job.name, why));
}

JobsStatus JobsDisplay::status() {
    const std::scoped_lock lock(mutex_);
    JobsStatus status{planned_, finished_ + reused_, {}, failed_, seconds_left()};
    for (const Running& job : running_) status.running.push_back({job.plan.name, job.step, job.plan.steps});
    return status;
}

std::string JobsStatus::text() const {
    std::string text = fmt::format("{} of {} trainings are done, {} {} running", done, planned,
                                   running.size(), running.size() == 1 ? "is" : "are");
    if (!failed.empty()) text += fmt::format(", {} failed", failed.size());
    if (seconds_left > 0) text += fmt::format("; about {} left", xgrad::clock_time(seconds_left));
    return text + ".";
}

void JobsDisplay::end_program(int signal) {
    const std::scoped_lock lock(mutex_);
    terminal_.clear();
    std::raise(signal);
}

JobsDisplay::Bar::Bar(JobsDisplay& display, const JobPlan& plan) : display_(display) {
    const std::scoped_lock lock(display_.mutex_);
    if (display_.finished_ == 0 && display_.running_.empty()) display_.start_ = Clock::now();
    running_ = display_.running_.insert(display_.running_.end(), {plan});
}

JobsDisplay::Bar::~Bar() {
    const std::scoped_lock lock(display_.mutex_);
    display_.running_.erase(running_);
    if (display_.running_.empty())
        display_.terminal_.clear();
    else
        display_.draw();
}

void JobsDisplay::Bar::step(std::uint64_t step) {
    const std::scoped_lock lock(display_.mutex_);
    running_->step = step;
    if (display_.terminal_.redraw_due()) display_.draw();
}

void JobsDisplay::Bar::finish(const std::vector<xgrad::LinePart>& outcome) {
    const std::scoped_lock lock(display_.mutex_);
    ++display_.finished_;
    display_.work_finished_ += running_->plan.work;
    running_->step = 0;  // already counted in work_finished_
    std::vector<xgrad::LinePart> line{{fmt::format("{:<23}", running_->plan.name)}};
    line.insert(line.end(), outcome.begin(), outcome.end());
    line.push_back({fmt::format("{:5.1f} s", seconds_since(running_->start)), 9});
    if (!display_.terminal_.can_redraw()) {
        const std::vector<xgrad::LinePart> total = display_.total();
        line.insert(line.end(), total.begin(), total.end());
    }
    display_.terminal_.print(xgrad::fitted(std::move(line), display_.terminal_.columns()));
}

double JobsDisplay::work_done() const {
    double done = work_finished_;
    for (const Running& job : running_) done += job.fraction() * job.plan.work;
    return done;
}

std::vector<xgrad::LinePart> JobsDisplay::total() const {
    std::vector<xgrad::LinePart> parts{{fmt::format("{} of {} trainings", finished_ + reused_, planned_)}};
    if (reused_ > 0) parts.push_back({fmt::format("({} from before)", reused_), 4});
    if (work_done() > 0) parts.push_back({"ETA " + xgrad::clock_time(seconds_left()), 1});
    return parts;
}

double JobsDisplay::seconds_left() const {
    const double done = work_done();
    return done > 0 ? seconds_since(start_) * (work_ - done) / done : 0;
}

void JobsDisplay::draw() {
    // A terminal that becomes narrower wraps none of these lines. Wrapped ones could become more than it has
    // rows, and the first of them would leave it at its top, where they cannot be erased.
    constexpr std::size_t columns = xgrad::Terminal::fewest_columns;
    std::vector<std::string> lines;
    for (const Running& job : running_)
        lines.push_back(xgrad::progress_line(job.fraction(), {{job.plan.name}}, columns));
    const double done = std::min(1.0, work_done() / work_);  // a sum may be rounded up
    lines.push_back(xgrad::progress_line(done, total(), columns));
    terminal_.draw(lines);
}

}  // namespace apps
