#include "cifar_bn/report/summary.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include "cifar_bn/evidence/comparison.hpp"
#include "shared/report/provenance.hpp"

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

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

Section checklist_section(const Provenance& provenance) {
    Section section{"checklist", "Checklist", {}};
    const auto& [receipt, builds, seeds, trainings, training_seconds, wall_seconds, command] = provenance;
    Table table{"checklist-table",
                "What another would need to do this again, from the receipts of the trainings",
                {"what", "value"},
                {}};
    table.rows = {
        {"data", fmt::format("{}: {} training, {} validation, {} test images", receipt.data.name,
                             receipt.data.train, receipt.data.validation, receipt.data.test)},
        {"splits",
         "the last training images are the validation images; no choice was made by the test images"},
        {"preprocessing",
         "each value minus its mean, over its standard deviation (N - 1), both of the training images"},
        {"search for λ", prose(R"(
            20 values on a uniform grid from 1e-5 to 0.1, 20 at random (uniformly in log λ) from 1e-5 to 0.01; one seed each,
            2 cycles; chosen by the validation accuracy of the neighbourhood)")},
        {"runs",
         fmt::format("{} trainings; each net with {}; none left out", trainings,
                     seeds.automatic ? fmt::format("{} to {} seeds, by the rule for the interval of its mean",
                                                   Seeds::least, Seeds::most)
                     : seeds.count == 1 ? "the seed 1"
                                        : fmt::format("the seeds 1 to {}", seeds.count))},
        {"what varied", "the seed: initial weights and order of the images; nothing else within a net"},
        {"hardware", processor_name() + "; each training on one thread"},
        {"cost", fmt::format("{:.0f} core seconds of training; {:.0f} s of wall time for this call",
                             training_seconds, wall_seconds)},
        {"command", "`" + command + "`"}};
    for (auto& row : apps::receipt_rows(receipt, builds)) table.rows.push_back(std::move(row));
    section.blocks.emplace_back(std::move(table));
    section.blocks.emplace_back(checksums_table(receipt));
    return section;
}

}  // namespace cifar_bn
