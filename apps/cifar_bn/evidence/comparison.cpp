#include "cifar_bn/evidence/comparison.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/train/terminal.hpp>

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

// The number of characters of a UTF-8 text.
std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    }));
}

// The section, net, published and our accuracy, their difference and our spread.
std::vector<std::string> accuracy_row(const Trials& trials, std::optional<double> published,
                                      const std::vector<double>& ours) {
    const auto [mean, deviation] = spread(ours);
    return {trials.experiment.section,
            trials.experiment.title,
            published ? fmt::format("{:.2f}", *published) : "–",
            fmt::format("{:.2f}", mean),
            published ? fmt::format("{:+.2f}", mean - *published) : "–",
            ours.size() == 1 ? "–" : fmt::format("± {:.2f}", deviation)};
}

}  // namespace

std::string mean_and_deviation(const std::vector<double>& values) {
    const auto [mean, deviation] = spread(values);
    return values.size() < 2 ? fmt::format("{:.2f}", mean) : fmt::format("{:.2f} ± {:.2f}", mean, deviation);
}

double standard_error(double p, std::size_t count) {
    return std::sqrt(p * (1 - p) / static_cast<double>(count));
}

Table test_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials) {
    Table table{id, caption, {"§", "net", "published", "ours", "difference", "spread", "not learnt"}, {}};
    for (const Trials& t : trials) {
        const auto& published = t.experiment.published;
        table.rows.push_back(
            accuracy_row(t, published ? std::optional(published->test) : std::nullopt, test_accuracies(t)));
        table.rows.back().push_back(fmt::format("{} of {}", unlearnt(t), t.results.size()));
    }
    return table;
}

Table assessment_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials,
                       const Assessments& assessments) {
    Table table{id, caption, {"§", "net", "a new run", "p", "published is", "curves"}, {}};
    for (const Trials& t : trials) {
        const Assessment assessment = assessments.of(t);
        const auto& [interval, confidence, p] = assessment.prediction;
        const auto distance = curve_distance(t);
        table.rows.push_back(
            {t.experiment.section, t.experiment.title,
             !assessment.is_tested()
                 ? "–"
                 : fmt::format("{:.2f} – {:.2f}{}", interval.low, interval.high,
                               assessment.by_ranks ? fmt::format(" ({:.0f} %)", 100 * confidence) : ""),
             assessment.is_tested() ? fmt::format("{:.3f}", p) : "–", in_short(assessment),
             distance ? fmt::format("{:.2f}", *distance) : "–"});
    }
    return table;
}

std::string summary_text(const std::vector<Trials>& trials, std::size_t columns) {
    constexpr std::size_t longest_title = 60, result_columns = 14, published_columns = 11;
    const bool compared = std::any_of(trials.begin(), trials.end(),
                                      [](const Trials& t) { return t.experiment.published.has_value(); });
    const std::size_t title_columns =
        std::min(longest_title, columns - result_columns - (compared ? published_columns : 0));
    std::string text;
    const auto add_row = [&](std::string title, const std::string& result, const std::string& published) {
        if (characters(title) > title_columns) {  // has a line of its own
            text += title + "\n";
            title.clear();
        }
        text += fmt::format("{:<{}}{:>{}}", title, title_columns, result, result_columns);
        text += compared ? fmt::format("{:>{}}\n", published, published_columns) : "\n";
    };
    if (compared) add_row("", "ours", "published");
    for (const Trials& t : trials)
        add_row(fmt::format("{:<4} {}", t.experiment.section, t.experiment.title),
                mean_and_deviation(test_accuracies(t)),
                t.experiment.published ? fmt::format("{:.2f}", t.experiment.published->test) : "-");
    return text;
}

void print_summary(const std::vector<Trials>& trials) {
    fmt::print("\ntest accuracy in percent, mean and standard deviation over the seeds\n{}\n",
               summary_text(trials, xgrad::Terminal(stdout).columns()));
}

Table validation_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials) {
    Table table{id, caption, {"§", "net", "published", "ours", "difference", "spread"}, {}};
    for (const Trials& t : trials)
        table.rows.push_back(accuracy_row(
            t, t.experiment.published ? std::optional(t.experiment.published->validation) : std::nullopt,
            validation_accuracies(t)));
    return table;
}

}  // namespace cifar_bn
