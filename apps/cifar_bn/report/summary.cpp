#include <fmt/format.h>

#include "cifar_bn/jobs/receipt.hpp"
#include "cifar_bn/report/comparison.hpp"
#include "cifar_bn/report/sections.hpp"

namespace cifar_bn {

Section summary_section(const std::vector<Trials>& trials, const std::vector<Search>& searches,
                        bool comparable, bool quick) {
    Section section{"summary", "Summary", {}};
    if (quick)
        section.blocks.emplace_back(Paragraph{
            "This is a quick run, with a fraction of the steps and images: it shows that everything works, and its numbers say nothing about the published ones."});
    if (!comparable && !quick)
        section.blocks.emplace_back(Paragraph{
            "The published numbers are for CIFAR-10, and this is another data set: nothing is compared."});
    section.blocks.emplace_back(test_table(
        "summary-test",
        "Test accuracy in percent; ours is the mean over the seeds, the spread their standard deviation",
        trials));
    section.blocks.emplace_back(
        validation_table("summary-validation", "Validation accuracy in percent, likewise", trials));
    Table table{"summary-search",
                "The searches for λ: the highest validation accuracy in percent, one seed",
                {"§", "search", "published", "ours", "difference", "its λ, published", "its λ, ours"},
                {}};
    for (const Search& search : searches) {
        const double ours = 100 * search.best().last.validation.accuracy;
        const bool coarse = search.range.name == "coarse";
        const double published = coarse ? 55.5 : 55.6;
        table.rows.push_back({"4", search.range.name, comparable ? fmt::format("{:.1f}", published) : "–",
                              fmt::format("{:.2f}", ours),
                              comparable ? fmt::format("{:+.2f}", ours - published) : "–",
                              comparable ? (coarse ? "0.00527" : "0.00564") : "–",
                              fmt::format("{:.3g}", search.best().lambda)});
    }
    section.blocks.emplace_back(std::move(table));
    if (comparable && !quick)
        section.blocks.emplace_back(Paragraph{fmt::format(
            "How much is chance: 10,000 test images measure an accuracy of 53 % with a standard error of {:.2f} points, 1,000 validation images with {:.2f}; and another seed gives another net. The published numbers are one run each, so a difference of a point is not remarkable by itself.",
            100 * standard_error(0.53, 10'000), 100 * standard_error(0.53, 1'000))});
    return section;
}

Section receipt_section(const Receipt& receipt) {
    Section section{"receipt", "Receipt", {}};
    const nlohmann::json& job = receipt.job;
    const auto text = [&](const char* key) { return job.at(key).get<std::string>(); };
    const auto count = [&](const char* key) { return job.at("data").at(key).get<std::size_t>(); };
    Table table{"receipt-table", "How this was made", {"what", "value"}, {}};
    table.rows = {
        {"command", "`" + receipt.command + "`"},
        {"version", "xgrad " + text("version")},
        {"binary, SHA-256", "`" + text("binary_sha256") + "`"},
        {"data", fmt::format("{}: {} training, {} validation, {} test images",
                             job.at("data").at("name").get<std::string>(), count("train"),
                             count("validation"), count("test"))},
        {"seeds",
         receipt.seeds == 1 ? "1; the searches: 1" : fmt::format("1 to {}; the searches: 1", receipt.seeds)},
        {"compiler", text("compiler")},
        {"flags", "`" + text("flags") + "`"},
        {"processor", processor_name()},
        {"kernels", fmt::format("{}; {}", text("isa"), text("blas"))},
        {"threads", fmt::format("{} trainings at a time, each on one thread", receipt.jobs)},
        {"training time", fmt::format("{:.0f} s, all trainings together", receipt.training_seconds)},
        {"wall time", fmt::format("{:.0f} s for this call", receipt.wall_seconds)}};
    section.blocks.emplace_back(std::move(table));
    Table checksums{"checksums", "The data's files", {"file", "SHA-256"}, {}};
    for (const auto& [file, sum] : job.at("data").at("sha256").items())
        checksums.rows.push_back({file, "`" + sum.get<std::string>() + "`"});
    section.blocks.emplace_back(std::move(checksums));
    return section;
}

}  // namespace cifar_bn
