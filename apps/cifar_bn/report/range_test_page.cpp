#include "cifar_bn/report/range_test_page.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/prose.hpp>

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

// Vertical lines at the ends of the configuration's cycles, and a band for the suggestion.
std::string rate_marks(const TrainConfig& config, const RateRange& range,
                       const std::optional<xgrad::LrRange>& suggestion, bool with_labels) {
    std::string commands;
    if (suggestion)
        commands += fmt::format(
            "set object rectangle from first {:g}, graph 0 to first {:g}, graph 1 behind fillcolor rgb \"{}\" "
            "fillstyle transparent solid 0.2 noborder\n",
            suggestion->min, suggestion->max, green);
    for (const auto& [rate, name] : {std::pair{config.eta_min, "min"}, {config.eta_max, "max"}}) {
        if (rate < range.from || rate > range.to) continue;
        commands += fmt::format(
            "set arrow from first {0:g}, graph 0 to first {0:g}, graph 1 nohead linecolor rgb \"{1}\" linewidth "
            "1.5 dashtype 2\n",
            rate, grey);
        if (with_labels)
            commands += fmt::format("set label \"η_{{{}}}\" at first {:g}, graph 1.07 center\n", name, rate);
    }
    return commands;
}

Figure range_test_figure(const TrainConfig& config, const RateRange& range, const RangeTestRecord& record,
                         const std::string& caption) {
    std::vector<std::vector<double>> losses, accuracies;
    for (const auto& [rate, loss, smoothed] : record.test.points) losses.push_back({rate, loss, smoothed});
    for (const auto& [step, rate, accuracy] : record.accuracies) accuracies.push_back({rate, 100 * accuracy});
    const auto [lowest, highest] = std::ranges::minmax(losses, {}, [](const auto& row) { return row[2]; });
    const std::optional<xgrad::LrRange> suggestion = record.test.suggestion();
    std::string commands = data_block("losses", losses) + data_block("accuracies", accuracies);
    commands += fmt::format(
        "set multiplot\n"
        "set key at screen 0.555, screen 0.98 center top maxrows 1\n"
        "set lmargin at screen 0.15\nset rmargin at screen 0.96\n"
        "set xrange [{:g}:{:g}]\n"
        "{}"
        "set tmargin at screen 0.86\nset bmargin at screen 0.50\n"
        "set format x \"\"\n"
        "set ylabel \"loss\"\n"
        // the losses at the end of a test that diverges would hide the others
        "set yrange [{:.3g}:{:.3g}]\n",
        range.from, range.to, range.linear ? "" : "set logscale x\n", 0.9 * lowest[2],
        std::min(highest[2], 1.4 * losses.front()[2]) * 1.05);
    commands += rate_marks(config, range, suggestion, true);
    commands += fmt::format(
        "plot $losses using 1:2 with points linecolor rgb \"{}\" pointtype 7 pointsize 0.2 title \"batch\", \\\n"
        "    $losses using 1:3 with lines linecolor rgb \"{}\" linewidth 2 title \"smoothed\"{}\n",
        sky, blue,
        suggestion
            ? fmt::format(", \\\n    NaN with boxes fillstyle transparent solid 0.2 noborder fillcolor rgb "
                          "\"{}\" title \"suggested\"",
                          green)
            : "");
    commands += fmt::format(
        "unset label\nunset key\n"
        "set tmargin at screen 0.46\nset bmargin at screen 0.16\n"
        "set format x \"{}\"\n"
        "set xlabel \"learning rate η\"\n"
        "set ylabel \"accuracy (%)\"\n"
        "set yrange [0:*]\nset ytics 10\n"
        "plot $accuracies using 1:2 with linespoints linecolor rgb \"{}\" linewidth 2 pointtype 7 pointsize 0.5\n"
        "unset multiplot\n",
        range.linear ? "%g" : "10^{%T}", vermilion);
    return make_figure("range-test", caption, 440, 360, commands);
}

}  // namespace

Document range_test_page(const TrainConfig& config, const RateRange& range, const RangeTestRecord& record,
                         const Split& data) {
    const auto& points = record.test.points;
    Section section{"range-test",
                    fmt::format("{}-{}-{}{}", data.train.features(), fmt::join(config.hidden, "-"),
                                data.train.classes().size(), config.batch_norm ? ", batch norm" : ""),
                    {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(Batches of {} images while the learning rate grows {} from {:g} to {:g} in {} steps; seed {}, λ = {:g}.
        {})",
        config.batch_size, range.linear ? "linearly" : "exponentially", range.from, range.to, range.steps,
        config.seed, config.lambda,
        record.test.diverged
            ? fmt::format("It diverged after {} steps{}.", points.size(),
                          points.empty() ? "" : fmt::format(", at {:.2g}", points.back().learning_rate))
            : "It did not diverge.")});
    if (const auto suggestion = record.test.suggestion())
        section.blocks.emplace_back(Paragraph{prose(
            R"(Suggested: from {:.2g}, where the smoothed loss has made a tenth of its fall, to {:.2g}, where it
            has made nine tenths. The trainings' cycles go from {:g} to {:g}.)",
            suggestion->min, suggestion->max, config.eta_min, config.eta_max)});
    else
        section.blocks.emplace_back(
            Paragraph{"No range is suggested, because the smoothed loss did not fall."});
    if (!points.empty())
        section.blocks.emplace_back(range_test_figure(
            config, range, record,
            prose(
                R"(Loss of each batch, the smoothed loss, and the accuracy on {} validation images, against the
                  learning rate. Dashed: the ends of the trainings' cycles.)",
                data.validation.size())));
    return {fmt::format("A learning-rate range test on {}", data.train.name()),
            "By `cifar_bn range-test`; after Smith 2017, arXiv:1506.01186",
            {section}};
}

}  // namespace cifar_bn
