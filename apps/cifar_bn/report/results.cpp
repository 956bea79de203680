#include "cifar_bn/report/results.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "cifar_bn/evidence/answer.hpp"
#include "cifar_bn/report/nets.hpp"
#include "cifar_bn/report/sections.hpp"
#include "cifar_bn/report/summary.hpp"

namespace cifar_bn {
namespace {

// What batch norm does to each net, of those that are trained with and without.
std::vector<Effect> effects(const Results& results) {
    const ReportPlan& plan = results.plan;
    std::vector<Effect> found;
    const auto add = [&](const std::string& net, const Experiment& without, const Experiment& with) {
        if (results.has({without, with})) found.push_back(effect(net, results.of(without), results.of(with)));
    };
    add("3 layers", plan.three_layers[0], plan.three_layers[1]);
    add("9 layers", plan.nine_layers[0], plan.nine_layers[1]);
    for (std::size_t i = 0; i < plan.sensitivity.size(); i += 2)
        add("σ = " + plan.sensitivity[i].config.init, plan.sensitivity[i], plan.sensitivity[i + 1]);
    return found;
}

}  // namespace

bool Results::has(const std::vector<Experiment>& experiments) const {
    return std::ranges::all_of(experiments, [&](const Experiment& experiment) {
        return std::ranges::any_of(trials,
                                   [&](const Trials& t) { return t.experiment.name == experiment.name; });
    });
}

std::vector<Trials> Results::of(const std::vector<Experiment>& experiments) const {
    std::vector<Trials> found;
    for (const Experiment& experiment : experiments)
        if (has({experiment})) found.push_back(of(experiment));
    return found;
}

std::string results_csv(const std::vector<Trials>& trials) {
    std::string text = "net,seed,validation_accuracy,test_accuracy\n";
    for (const Trials& t : trials)
        for (std::size_t i = 0; i < t.results.size(); ++i)
            text += fmt::format("{},{},{},{}\n", t.experiment.name, i + 1,
                                t.results[i].last().validation.accuracy, t.results[i].last().test.accuracy);
    return text;
}

std::vector<xgrad::page::Section> result_sections(const Results& r) {
    ReportPlan plan = r.plan;
    const Experiment& without = with_sigma(plan.sensitivity, ReportPlan::least_sigma, false);
    const Experiment& with = with_sigma(plan.sensitivity, ReportPlan::least_sigma, true);
    const std::vector<Trials> rows = r.of(plan.published());
    const Assessments assessments(rows);
    std::vector<xgrad::page::Section> sections;
    if (const std::vector<Effect> found = effects(r); !found.empty()) {
        std::vector<Conclusion> concluded;
        if (r.comparable && r.has({without, with, plan.best_lambda}))
            concluded = conclusions(found, {r.of(without), r.of(with), r.of(plan.best_lambda)});
        sections.push_back(answer_section(found, concluded, assessments.compared()));
    }
    if (!rows.empty())
        sections.push_back(summary_section(rows, assessments, r.searches, r.comparable, r.quick));
    if (!r.checks.empty()) sections.push_back(gradient_section(r.checks, r.net_check, r.comparable));
    if (r.has(plan.three_layers))
        sections.push_back(three_layers_section(r.of(plan.three_layers), assessments));
    if (r.has(plan.nine_layers) && r.has({plan.nine_layers_he}))
        sections.push_back(
            nine_layers_section(r.of(plan.nine_layers), r.of(plan.nine_layers_he), assessments));
    if (!r.searches.empty())
        sections.push_back(
            search_section(r.searches, r.validation_images, r.comparable, r.of(plan.lambdas()), assessments));
    if (r.has(plan.sensitivity) && r.has({plan.edge_in_float}))
        sections.push_back(sensitivity_section(r.of(plan.sensitivity), assessments, &r.of(plan.edge_in_float),
                                               r.comparable));
    if (r.has({without, with})) sections.push_back(layers_section(r.of(without), r.of(with)));
    return sections;
}

}  // namespace cifar_bn
