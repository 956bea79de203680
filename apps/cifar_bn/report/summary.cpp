#include "cifar_bn/report/summary.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cifar_bn/report/comparison.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

using namespace apps;

Section summary_section(const std::vector<Trials>& trials, const Assessments& assessments,
                        const std::vector<Search>& searches, bool comparable, bool quick) {
    Section section{"summary", "All results", {}};
    if (quick)
        section.blocks.emplace_back(Paragraph{prose(R"(
                This is a quick run, with a fraction of the steps and images: it shows that everything
                works, and its numbers say nothing about the published ones.)")});
    if (!comparable && !quick)
        section.blocks.emplace_back(Paragraph{
            "The published numbers are for CIFAR-10, and this is another data set: nothing is compared."});
    section.blocks.emplace_back(test_table(
        "summary-test",
        "Test accuracy in percent; ours is the mean over the seeds, the spread their standard deviation",
        trials));
    section.blocks.emplace_back(assessment_table("summary-assessment", prose(R"(
            The published test accuracy among ours: the interval of one more run, the p-value, and how far the
            two curves are apart on the way, in points)"),
                                                 trials, assessments));
    section.blocks.emplace_back(
        validation_table("summary-validation", "Validation accuracy in percent, likewise", trials));
    Table table{"summary-search",
                "The searches for λ: the highest validation accuracy in percent, one seed",
                {"§", "search", "published", "ours", "difference", "its λ, published", "its λ, ours"},
                {}};
    for (const Search& search : searches) {
        const double ours = 100 * search.best().last.validation.accuracy;
        const auto published =
            comparable ? published_search(search.range.name) : std::vector<PublishedTrial>();
        const auto best = std::ranges::max_element(published, {}, &PublishedTrial::validation);
        const bool has_best = best != published.end();
        table.rows.push_back(
            {"4", search.range.name, has_best ? fmt::format("{:.1f}", best->validation) : "–",
             fmt::format("{:.2f}", ours), has_best ? fmt::format("{:+.2f}", ours - best->validation) : "–",
             has_best ? fmt::format("{:.3g}", best->lambda) : "–",
             fmt::format("{:.3g}", search.best().lambda)});
    }
    section.blocks.emplace_back(std::move(table));
    return section;
}

Section receipt_section(const Provenance& provenance) {
    Section section{"receipt", "Receipt", {}};
    const auto& [receipt, seeds, jobs, training_seconds, wall_seconds, command] = provenance;
    Table table{"receipt-table", "How this was made", {"what", "value"}, {}};
    table.rows = {{"command", "`" + command + "`"},
                  {"version", "xgrad " + receipt.version},
                  {"binary, SHA-256", "`" + receipt.binary_sha256 + "`"},
                  {"data", fmt::format("{}: {} training, {} validation, {} test images", receipt.data.name,
                                       receipt.data.train, receipt.data.validation, receipt.data.test)},
                  {"seeds", seeds.automatic    ? fmt::format("1 to {} or more, at most {}; the searches: 1",
                                                             Seeds::least, Seeds::most)
                            : seeds.count == 1 ? "1; the searches: 1"
                                               : fmt::format("1 to {}; the searches: 1", seeds.count)},
                  {"compiler", receipt.compiler},
                  {"flags", "`" + receipt.flags + "`"},
                  {"processor", processor_name()},
                  {"kernels", fmt::format("{}; {}", receipt.isa, receipt.blas)},
                  {"threads", fmt::format("{} trainings at a time, each on one thread", jobs)},
                  {"training time", fmt::format("{:.0f} s, all trainings together", training_seconds)},
                  {"wall time", fmt::format("{:.0f} s for this call", wall_seconds)}};
    section.blocks.emplace_back(std::move(table));
    Table checksums{"checksums", "The data's files", {"file", "SHA-256"}, {}};
    for (const auto& [file, sum] : receipt.data.sha256) checksums.rows.push_back({file, "`" + sum + "`"});
    section.blocks.emplace_back(std::move(checksums));
    return section;
}

}  // namespace cifar_bn
