#include <xgrad/train/progress.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

namespace xgrad {

std::string clock_time(double seconds) {
    const auto total = static_cast<std::uint64_t>(std::llround(std::max(0.0, seconds)));
    if (total >= 3600) return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
    return fmt::format("{}:{:02}", total / 60, total % 60);
}

std::string fitted(std::vector<LinePart> parts, std::size_t columns) {
    const auto joined = [&] {
        std::string line;
        for (const LinePart& part : parts) line += (line.empty() ? "" : "  ") + part.text;
        return line;
    };
    const auto by_rank = [](const LinePart& a, const LinePart& b) { return a.rank < b.rank; };
    while (parts.size() > 1 && joined().size() > columns)
        parts.erase(std::max_element(parts.begin(), parts.end(), by_rank));
    return joined().substr(0, columns);
}

std::string progress_bar(double done, std::size_t columns) {
    const std::size_t width = columns - 2;
    const auto filled = static_cast<std::size_t>(done * static_cast<double>(width));
    return fmt::format("[{:#<{}}{:.<{}}]", "", filled, "", width - filled);
}

std::string progress_line(double done, std::vector<LinePart> parts, std::size_t columns) {
    constexpr std::size_t longest_bar = 26;
    parts.insert(parts.begin(), {fmt::format("{:3.0f} %", std::floor(100 * done)), 2});
    const std::string bar = progress_bar(done, std::min(longest_bar, columns / 5));
    return fmt::format("{} {}", bar, fitted(std::move(parts), columns - bar.size() - 1));
}

double seconds_left(const RunningTraining& training, std::uint64_t step) {
    if (step <= training.resumed) return 0;
    return training.seconds / static_cast<double>(step - training.resumed) *
           static_cast<double>(training.steps - step);
}

std::string progress_line(const RunningTraining& training, std::uint64_t step, std::vector<LinePart> details,
                          std::size_t columns) {
    const double done = static_cast<double>(step) / static_cast<double>(training.steps);
    const double rate =
        training.seconds > 0 ? static_cast<double>(step - training.resumed) / training.seconds : 0;
    details.push_back({fmt::format("{:.0f} steps/s", rate), 9});
    details.push_back({"ETA " + clock_time(seconds_left(training, step)), 1});
    return progress_line(done, std::move(details), columns);
}

ProgressDisplay::ProgressDisplay(std::uint64_t steps, std::FILE* stream, std::uint64_t resumed)
    : steps_(steps), terminal_(stream), resumed_(resumed) {}

RunningTraining ProgressDisplay::training() const {
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
    return {steps_, resumed_, seconds.count()};
}

void ProgressDisplay::step(std::uint64_t step, const std::function<std::vector<LinePart>()>& details) {
    if (terminal_.redraw_due())
        terminal_.draw({progress_line(training(), step, details(), terminal_.columns())});
}

void ProgressDisplay::row(std::uint64_t step, std::vector<TableCell> cells) {
    cells.push_back({"ETA", fmt::format("{:>8}", clock_time(seconds_left(training(), step))), 3});
    std::vector<LinePart> headings, values;
    for (const TableCell& cell : cells) {
        const std::size_t width = std::max(cell.heading.size(), cell.value.size());
        headings.push_back({fmt::format("{:>{}}", cell.heading, width), cell.rank});
        values.push_back({fmt::format("{:>{}}", cell.value, width), cell.rank});
    }
    const std::size_t columns = terminal_.columns();
    const std::string above = fitted(std::move(headings), columns);
    if (std::exchange(headings_, above) != above) terminal_.print(above);
    terminal_.print(fitted(std::move(values), columns));
}

}  // namespace xgrad
