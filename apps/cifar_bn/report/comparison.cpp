#include "cifar_bn/report/comparison.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shared/jobs/terminal.hpp"

namespace cifar_bn {

using namespace apps;

namespace {

// The number of characters of a UTF-8 text.
std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    }));
}

Table accuracy_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials,
                     double Published::* part, std::vector<double> (*accuracies)(const Trials&)) {
    Table table{id, caption, {"§", "net", "published", "ours", "difference", "spread", "not learnt"}, {}};
    for (const Trials& t : trials) {
        const auto [mean, deviation] = spread(accuracies(t));
        const bool one = t.results.size() == 1;
        const auto& published = t.experiment.published;
        table.rows.push_back({t.experiment.section, t.experiment.title,
                              published ? fmt::format("{:.2f}", (*published).*part) : "–",
                              fmt::format("{:.2f}", mean),
                              published ? fmt::format("{:+.2f}", mean - (*published).*part) : "–",
                              one ? "–" : fmt::format("± {:.2f}", deviation),
                              fmt::format("{} of {}", unlearnt(t), t.results.size())});
    }
    return table;
}

}  // namespace

std::string mean_and_deviation(const std::vector<double>& values) {
    const auto [mean, deviation] = spread(values);
    return values.size() < 2 ? fmt::format("{:.2f}", mean) : fmt::format("{:.2f} ± {:.2f}", mean, deviation);
}

double standard_error(double p, std::size_t count) {
    return std::sqrt(p * (1 - p) / static_cast<double>(count));
}

std::string comparison(const Trials& trials) {
    const std::vector<double> ours = test_accuracies(trials);
    const auto [mean, deviation] = spread(ours);
    std::string text = fmt::format(
        "{}: {} % of the test images, {}.", trials.experiment.title, mean_and_deviation(ours),
        ours.size() == 1 ? "one seed" : fmt::format("mean and standard deviation of {} seeds", ours.size()));
    std::vector<double> of_learnt;
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (learnt(trials.results[i])) of_learnt.push_back(ours[i]);
    const bool some_learn = !of_learnt.empty() && of_learnt.size() < ours.size();
    bool show_each = some_learn;
    if (const auto& published = trials.experiment.published) {
        const double difference = mean - published->test;
        const std::string distance = fmt::format("{:.2f}", std::abs(difference));
        text += fmt::format(" Published: {:.2f} %; ours is ", published->test);
        text += distance == "0.00" ? "the same"
                                   : distance + (difference < 0 ? " points lower" : " points higher");
        if (ours.size() == 1)
            text += ", and one seed does not tell how much is chance.";
        else if (some_learn)
            text += ", as not all seeds learn.";
        else if (std::abs(difference) > deviation) {
            text += fmt::format(", which is more than the spread of our seeds ({:.2f}).", deviation);
            show_each = true;
        } else
            text += fmt::format(", within the spread of our seeds ({:.2f}).", deviation);
    }
    if (show_each) text += fmt::format(" Seed by seed: {:.2f}.", fmt::join(ours, ", "));
    if (some_learn)
        text += fmt::format(" {} of {} did not learn at all; the others have {} %.",
                            ours.size() - of_learnt.size(), ours.size(), mean_and_deviation(of_learnt));
    else if (of_learnt.empty())
        text += ours.size() == 1 ? " It did not learn at all." : " None of them learnt at all.";
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (const auto step = trials.results[i].diverged_at)
            text += fmt::format(" Seed {} diverged: the loss of step {} was not finite.", i + 1, step);
    return text;
}

Table test_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials) {
    return accuracy_table(id, caption, trials, &Published::test, test_accuracies);
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
               summary_text(trials, Terminal(stdout).columns()));
}

Table validation_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials) {
    return accuracy_table(id, caption, trials, &Published::validation, validation_accuracies);
}

}  // namespace cifar_bn
