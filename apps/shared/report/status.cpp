#include "shared/report/status.hpp"

#include <utility>

#include <fmt/format.h>

namespace apps {

xgrad::page::Section status_section(const JobsStatus& status) {
    xgrad::page::Section section{"now", "Now", {xgrad::page::Paragraph{status.text()}}};
    if (!status.running.empty()) {
        xgrad::page::Table table{"running", "Trainings that are running", {"training", "step", "of"}, {}};
        for (const auto& [name, step, steps] : status.running)
            table.rows.push_back({name, fmt::format("{}", step), fmt::format("{}", steps)});
        section.blocks.emplace_back(std::move(table));
    }
    for (const std::string& failure : status.failed)
        section.blocks.emplace_back(xgrad::page::Paragraph{"Failed: " + failure});
    return section;
}

}  // namespace apps
