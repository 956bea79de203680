#include <xgrad/train/progress_bar.hpp>

#include <algorithm>

#include <fmt/format.h>

namespace xgrad {
namespace {

constexpr std::uint64_t rows = 10;          // of a training
constexpr int first_rank = 3;               // of the values, below that of the time left

}  // namespace

void ProgressBar::on_start(std::uint64_t step, std::uint64_t steps) {
    display_ = std::make_unique<ProgressDisplay>(steps, stream_, step);
}

void ProgressBar::on_step(const StepRecord& record) {
    for (const auto& [name, value] : record.values) {
        const auto known = std::find_if(values_.begin(), values_.end(),
                                        [name = &name](const auto& other) { return other.first == *name; });
        if (known == values_.end())
            values_.emplace_back(name, value);
        else
            known->second = value;
    }
    display_->step(record.step, [&] {
        std::vector<LinePart> parts{{fmt::format("step {}/{}", record.step, record.steps), first_rank}};
        for (const auto& [name, value] : values_)
            parts.push_back({fmt::format("{} {:.4g}", name, value), parts.back().rank + 1});
        return parts;
    });
    const bool tenth = record.step * rows / record.steps > (record.step - 1) * rows / record.steps;
    if (row_.empty() ? !tenth : !record.find(row_)) return;
    std::vector<TableCell> cells{{"step", fmt::format("{:>6}", record.step), 0}};
    for (const auto& [name, value] : values_)
        cells.push_back({name, fmt::format("{:>9.4g}", value), first_rank + static_cast<int>(cells.size())});
    display_->row(record.step, std::move(cells));
}

void ProgressBar::on_end() { display_.reset(); }

}  // namespace xgrad
