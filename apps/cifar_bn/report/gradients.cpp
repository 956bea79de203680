#include "cifar_bn/report/gradients.hpp"

#include <fmt/format.h>

#include "cifar_bn/gradcheck/table.hpp"
#include "shared/page/prose.hpp"

namespace cifar_bn {

using namespace apps;

Section gradient_section(const std::vector<NetCheck>& checks, const NetCheckOptions& options,
                         bool comparable) {
    Section section{"gradients", "1. Gradient check", {}};
    section.blocks.emplace_back(Paragraph{prose(R"(
            Every entry of the gradient that training uses, in double precision, against central
            differences with h = 1e-5 as published, against central differences extrapolated to h = 0, and
            against a backward pass derived by hand (`docs/numerics.md`). The figures are the largest
            absolute differences; the last column is relative to the parameter's largest entry, or to a
            tenth of the net's if that is more. Central differences, published or ours, are off by the
            rounding of the cost, about 2.2e-16 / 2e-5 = 1.1e-11 times its value, rather than by an error
            of the gradient.)")});
    for (const NetCheck& check : checks) {
        const auto published =
            comparable ? published_figures(options, check.images) : std::map<std::string, double>();
        Table table{
            fmt::format("gradients-{}", check.images),
            fmt::format("{} images; {}. {} entries, all checked: {}.", check.images, check.net,
                        check.judgement.entries, check.judgement.failures.empty() ? "passed" : "FAILED"),
            {"parameter"},
            {}};
        if (!published.empty()) table.header.emplace_back("published");
        for (const char* column : {"central difference", "extrapolated", "hand-derived, relative"})
            table.header.emplace_back(column);
        for (std::size_t i = 0; i < check.gradients.size(); ++i) {
            const Finding& finding = check.judgement.findings[i];
            std::vector<std::string> row{check.gradients[i].name};
            if (!published.empty()) row.push_back(fmt::format("{:.4e}", published.at(row.front())));
            row.push_back(fmt::format("{:.4e}", finding.central));
            row.push_back(fmt::format("{:.1e}", finding.numerical));
            row.push_back(fmt::format("{:.1e}", finding.hand / finding.scale));
            table.rows.push_back(std::move(row));
        }
        section.blocks.emplace_back(std::move(table));
        for (const std::string& failure : check.judgement.failures)
            section.blocks.emplace_back(Paragraph{"FAILED: " + failure});
    }
    return section;
}

}  // namespace cifar_bn
