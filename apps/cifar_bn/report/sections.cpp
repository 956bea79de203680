#include "cifar_bn/report/sections.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/evidence/rules.hpp"
#include "cifar_bn/experiments/plan.hpp"
#include "cifar_bn/report/plots.hpp"

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

std::string curves_caption(const Trials& trials, const char* what, int published_figure) {
    std::string text = fmt::format("{}: {}. ", trials.experiment.title, what);
    text += trials.results.size() == 1
                ? "One seed."
                : fmt::format("Mean of {} seeds; the band reaches from the lowest to the highest.",
                              trials.results.size());
    if (published_figure > 0) text += fmt::format(" Published figure {}.", published_figure);
    return text;
}

// Adds the comparison in words and the curves of cost and accuracy.
void add_trials(Section& section, const Trials& trials, const Assessments& assessments) {
    const Experiment& e = trials.experiment;
    section.blocks.emplace_back(Paragraph{sentence(trials, assessments.of(trials))});
    section.blocks.emplace_back(
        curves(trials, Curve::cost,
               curves_caption(trials, "cost, cross-entropy plus λ Σ W², over all images of each part",
                              e.cost_figure)));
    section.blocks.emplace_back(
        curves(trials, Curve::accuracy,
               curves_caption(trials, "accuracy over all images of each part", e.accuracy_figure)));
}

// Which of two lambdas is better, seed by seed.
std::string lambda_choice(const Trials& best, const Trials& highest) {
    const std::vector<double> gain = paired_differences(highest, best);
    const Interval interval = mean_interval(gain, rules::confidence);
    if (gain.size() == 1) return "One seed does not tell which of the two λs is better.";
    return fmt::format(
        "The λ with the best neighbours is {} than that of the highest accuracy: {:+.2f} points ({:+.2f} to {:+.2f}).",
        interval.low > 0    ? "better"
        : interval.high < 0 ? "worse"
                            : "neither better nor worse, as far as these runs can show,",
        spread(gain).mean, interval.low, interval.high);
}

// Adds the part about the edge between learning and not learning: `in_double` and `in_float` are the same
// seeds without batch norm.
void add_edge(Section& section, const Trials& in_double, const Trials& in_float, bool comparable) {
    const std::size_t seeds = std::min(in_double.results.size(), in_float.results.size());
    std::size_t learnt_in_double = 0, learnt_in_float = 0;
    std::vector<std::size_t> differing;
    for (std::size_t i = 0; i < seeds; ++i) {
        const bool as_double = learnt(in_double.results[i]), as_float = learnt(in_float.results[i]);
        learnt_in_double += as_double;
        learnt_in_float += as_float;
        if (as_double != as_float) differing.push_back(i + 1);
    }
    section.blocks.emplace_back(Paragraph{sentence(in_float)});
    if (comparable)
        section.blocks.emplace_back(Paragraph{prose(R"(
            What decides this net's fate is a race. Weight decay shrinks every weight at the rate 2λ =
            {:g}, per unit of the learning rates added up. What makes the weights above the first layer
            grow is what its outputs tell of the classes, and they grow at most at the rate s, the largest
            singular value of the covariance of these outputs and the one-hot labels. With σ = 0.001 s
            begins little above 2λ and sinks, as the first layer decays too. If the upper layers have
            grown enough by then to feed the first layer, s rises again and the net learns, late; if s
            falls below 2λ first, all weights decay towards 0. The second figure shows s for every seed.)",
                                                    2 * in_double.experiment.config.lambda)});
    std::string fates = fmt::format("Of {} seeds {} learn in double and {} in float. ", seeds,
                                    learnt_in_double, learnt_in_float);
    if (!differing.empty())
        fates += fmt::format(
            "The precision matters for seed {}, so close to the edge is its draw of the initial weights.",
            fmt::join(differing, ", "));
    else if (learnt_in_double > 0 && learnt_in_double < seeds)
        fates += prose(R"(
                Each of these seeds does the same in both: what decides is the draw of the initial
                weights, and not the precision. (`docs/report.md` has more seeds, and why one may think
                otherwise.))");
    section.blocks.emplace_back(Paragraph{fates});
    const std::vector<std::string> labels{"double", "float"};
    section.blocks.emplace_back(seeds_figure("edge-accuracy", {in_double, in_float}, labels,
                                             "Test accuracy of every seed in both precisions."));
    section.blocks.emplace_back(signal_figure("edge-signal", {in_double, in_float}, labels,
                                              prose(R"(
            The rate s at which weights above the first layer can grow, on the first {} training images,
            for every seed in both precisions, and the rate at which weight decay shrinks them.)",
                                                    in_double.experiment.config.layer_images)));
}

// The size of each seed's first gradients, and whether the seed learnt.
Table first_gradients(const std::vector<Trials>& trials) {
    Table table{"first-gradients",
                prose(R"(
            The first layer's gradient after the first step (root mean square over its weights), and the
            accuracy in the end)"),
                {"net", "seed", "gradient", "test accuracy, %"},
                {}};
    for (const Trials& t : trials)
        for (std::size_t i = 0; i < t.results.size(); ++i)
            table.rows.push_back(
                {t.experiment.title, fmt::format("{}", i + 1),
                 fmt::format("{:.1e}", t.results[i].snapshots.front().layers.front().gradient),
                 fmt::format("{:.2f}", 100 * t.results[i].last().test.accuracy)});
    return table;
}

}  // namespace

Section three_layers_section(const std::vector<Trials>& trials, const Assessments& assessments) {
    Section section{"three-layers", "2. Three layers", {}};
    section.blocks.emplace_back(Paragraph{prose(R"(
            Hidden layers of 50 and 50 units. Batch norm stands between each hidden linear layer and its
            ReLU. In evaluation it normalizes with running statistics: here averages with momentum 0.1.
            (The published code meant to average too, but its running statistics kept only the last batch,
            so that its evaluations are noisier than they had to be.))")});
    for (const Trials& t : trials) add_trials(section, t, assessments);
    return section;
}

Section nine_layers_section(const std::vector<Trials>& trials, const Trials& he,
                            const Assessments& assessments) {
    Section section{"nine-layers", "3. Nine layers", {}};
    section.blocks.emplace_back(
        Paragraph{"Hidden layers of 50, 30, 20, 20, 10, 10, 10 and 10 units, without and with batch norm."});
    for (const Trials& t : trials) add_trials(section, t, assessments);
    section.blocks.emplace_back(Paragraph{prose(R"(
            Without batch norm the initialization matters: N(0, 1/fan_in) keeps the size of what a linear
            layer puts out, but each ReLU halves its mean square, so that after eight of them 1/256 is
            left, and the gradients of the first layers are as small. How soon such a net gets going
            depends on how small, which differs from seed to seed by much. He's N(0, 2/fan_in) makes up
            for the ReLU. Here are the same seeds with both; a single published run does not tell where
            among such seeds it lies.)")});
    section.blocks.emplace_back(Paragraph{sentence(he)});
    section.blocks.emplace_back(first_gradients({trials.front(), he}));
    section.blocks.emplace_back(
        seeds_figure("nine-layers-seeds", {trials.front(), he}, {"Xavier", "He"},
                     "Test accuracy of every seed, 9 layers without batch norm: the two initializations."));
    return section;
}

Section search_section(const std::vector<Search>& searches, std::size_t validation_images, bool comparable,
                       const std::vector<Trials>& long_trials, const Assessments& assessments) {
    Section section{"lambda", "4. The search for λ", {}};
    for (const Search& search : searches) {
        const SearchRange& range = search.range;
        const SearchResult& best = search.best();
        section.blocks.emplace_back(
            Paragraph{prose(R"(
            The {} search: {} values of λ from {:g} to {:g}, {}. Highest: λ = {:.3g} with {:.2f} % of the
            validation images.)",
                            range.name, range.count, range.from, range.to,
                            range.spacing == SearchRange::random
                                ? fmt::format("uniformly random in log λ (seed {})", range.seed)
                                : fmt::format("on a {} grid", range.spacing),
                            best.lambda, 100 * best.last.validation.accuracy)});
    }
    section.blocks.emplace_back(Paragraph{
        prose(R"(
        A single one of these accuracies is uncertain by {:.1f} points, as a sample of {} images is, and
        the highest of many is so mostly by luck. The best λ is therefore taken to be the one whose
        neighbourhood is best: the mean of all validation accuracies, weighted by a Gaussian of ln λ with
        a standard deviation of ln 2, is highest at λ = {:.3g}, {:.2f} %. No test accuracy enters into the
        choice.)",
              100 * standard_error(searches.front().best().last.validation.accuracy, validation_images),
              validation_images, best_lambda(searches),
              100 * expected_validation(searches, best_lambda(searches)))});
    section.blocks.emplace_back(search_figure(searches, comparable, prose(R"(
            Validation accuracy at the end of each training, against λ on a logarithmic axis; one seed.
            The line is the weighted mean of the neighbours.)")));
    for (const Search& search : searches) {
        Table table{"search-" + search.range.name,
                    fmt::format("{} search, accuracies in percent", search.range.name),
                    {"λ", "validation", "test"},
                    {}};
        for (const SearchResult& result : search.results)
            table.rows.push_back({fmt::format("{:.3e}", result.lambda),
                                  fmt::format("{:.2f}", 100 * result.last.validation.accuracy),
                                  fmt::format("{:.2f}", 100 * result.last.test.accuracy)});
        section.blocks.emplace_back(std::move(table));
    }
    for (const Trials& trials : long_trials) {
        if (trials.experiment.name == ReportPlan::highest_lambda_name)
            section.blocks.emplace_back(Paragraph{prose(R"(
                    And with the λ of the highest single accuracy of the fine search, as the published
                    report chose its:)")});
        add_trials(section, trials, assessments);
    }
    if (long_trials.size() == 2)
        section.blocks.emplace_back(Paragraph{lambda_choice(long_trials[0], long_trials[1])});
    if (comparable)
        section.blocks.emplace_back(
            Paragraph{prose(R"(
                The published program trained its 3 cycles twice: the report has {:.2f} %, the program's log another
                run with {:.2f} %.)",
                            published_training("best-lambda")->test, second_best_lambda_test)});
    return section;
}

Section sensitivity_section(const std::vector<Trials>& trials, const Assessments& assessments,
                            const Trials* in_float, bool comparable) {
    Section section{"sensitivity", "5. Sensitivity to initialization", {}};
    Table matrix{"sensitivity-matrix",
                 "Test accuracy in percent, mean ± standard deviation over the seeds",
                 {"all weights N(0, σ²)", "without batch norm", "with batch norm"},
                 {}};
    const auto cell = [](const Trials& t) {
        std::string text = mean_and_deviation(test_accuracies(t));
        if (t.experiment.published) text += fmt::format(" (published {:.2f})", t.experiment.published->test);
        if (const std::size_t count = unlearnt(t))
            text += fmt::format("; {} of {} did not learn", count, t.results.size());
        return text;
    };
    for (const Trials& t : trials) {
        const std::string sigma = "σ = " + t.experiment.config.init;
        if (matrix.rows.empty() || matrix.rows.back().front() != sigma)
            matrix.rows.push_back({sigma, "–", "–"});
        matrix.rows.back()[t.experiment.config.batch_norm ? 2 : 1] = cell(t);
    }
    section.blocks.emplace_back(std::move(matrix));
    for (const Trials& t : trials) {
        add_trials(section, t, assessments);
        if (in_float && in_float->experiment.config.init == t.experiment.config.init &&
            !t.experiment.config.batch_norm)
            add_edge(section, t, *in_float, comparable);
    }
    return section;
}

}  // namespace cifar_bn
