#include "cifar_bn/report/beyond_page.hpp"

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/prose.hpp>
#include "shared/statistics/statistics.hpp"

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

constexpr double best_published = 54.3;  // the report's best test accuracy, in percent

std::vector<double> percents(const RecipeTrials& trials, double (*accuracy)(const RecipeResult&)) {
    std::vector<double> values;
    for (const RecipeResult& result : trials.results) values.push_back(100 * accuracy(result));
    return values;
}
double validation(const RecipeResult& result) { return result.validation.back(); }
double test(const RecipeResult& result) { return result.test; }

double mean_seconds(const RecipeTrials& trials) {
    std::vector<double> seconds;
    for (const RecipeResult& result : trials.results) seconds.push_back(result.seconds);
    return spread(seconds).mean;
}

Table ablation_table(const std::vector<RecipeTrials>& ablation) {
    Table table{
        "ablation",
        fmt::format(
            "What each ingredient adds, in trainings of {} epochs (accuracies in percent, mean and deviation "
            "over the seeds; difference: what is lost without it)",
            ablation.front().recipe.epochs),
        {"recipe", "validation", "difference", "test"},
        {}};
    const double all = spread(percents(ablation.front(), validation)).mean;
    for (const RecipeTrials& trials : ablation) {
        const auto accuracies = percents(trials, validation);
        table.rows.push_back(
            {trials.without.empty() ? "all of it" : trials.without, text_of(accuracies),
             trials.without.empty() ? "" : fmt::format("{:+.2f}", spread(accuracies).mean - all),
             text_of(percents(trials, test))});
    }
    return table;
}

Figure learning_figure(const RecipeTrials& whole) {
    std::string commands = fmt::format(
                    "set xlabel 'epoch'\nset ylabel 'validation accuracy (%)'\nset xrange [0:{}]\n",
                    whole.recipe.epochs),
                plots;
    for (std::size_t i = 0; i < whole.results.size(); ++i) {
        const std::vector<double>& accuracies = whole.results[i].validation;
        std::vector<std::vector<double>> points;
        for (std::size_t tenth = 0; tenth < accuracies.size(); ++tenth)
            points.push_back({static_cast<double>(whole.recipe.epochs * (tenth + 1)) /
                                  static_cast<double>(accuracies.size()),
                              100 * accuracies[tenth]});
        commands += data_block(fmt::format("seed{}", i), points);
        plots += fmt::format("$seed{} with linespoints linecolor rgb '{}' pointtype 7 pointsize 0.5 {}, ", i,
                             blue, i == 0 ? "title 'each seed'" : "notitle");
    }
    return make_figure(
        "beyond",
        "The validation accuracy of the whole recipe in the course of the training, and the report's best "
        "test accuracy.",
        480, 300,
        commands +
            fmt::format("set key bottom right\nplot {}{} with lines dashtype 2 linecolor rgb '{}' title "
                        "'published, 54.3 %'\n",
                        plots, best_published, vermilion));
}

}  // namespace

Section beyond_section(const RecipeTrials& whole, const std::vector<RecipeTrials>& ablation,
                       const Split& data) {
    const Recipe& recipe = whole.recipe;
    Section section{"beyond", "Beyond the report", {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(How far does a multi-layer perceptron get? Three hidden layers of {} units with batch norm and GELU, trained on {} images for
        {} epochs, {:.0f} seconds a net on one thread: test accuracy {} % ({}). The best published net of the report had {} %.
        The recipe was chosen on {} validation images; the test images were used once for each training, at its end.)",
        recipe.width, data.train.size(), recipe.epochs, mean_seconds(whole), text_of(percents(whole, test)),
        whole.results.size() == 1 ? "one seed" : fmt::format("{} seeds", whole.results.size()),
        best_published, data.validation.size())});
    section.blocks.emplace_back(learning_figure(whole));
    if (!ablation.empty()) section.blocks.emplace_back(ablation_table(ablation));
    return section;
}

}  // namespace cifar_bn
