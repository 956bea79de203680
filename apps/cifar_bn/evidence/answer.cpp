#include "cifar_bn/evidence/answer.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/page/gnuplot.hpp>
#include "cifar_bn/evidence/rules.hpp"

namespace cifar_bn {

using namespace xgrad::page;

namespace {

// Names as "a, b and c".
std::string listed(const std::vector<std::string>& names) {
    if (names.size() < 2) return names.empty() ? "" : names.front();
    return fmt::format("{} and {}", fmt::join(names.begin(), names.end() - 1, ", "), names.back());
}

// The first paragraph: what batch norm does, kind by kind, without a number.
std::string answer(const std::vector<Effect>& effects) {
    const auto of = [&](Effect::Kind kind) {
        std::vector<std::string> found;
        for (const Effect& e : effects)
            if (e.kind == kind) found.push_back(e.net);
        return found;
    };
    const std::vector<std::pair<Effect::Kind, const char*>> kinds{
        {Effect::Kind::makes_possible, "It makes training possible at all for {}."},
        {Effect::Kind::helps, "It helps {}."},
        {Effect::Kind::harms, "It harms {}."},
        {Effect::Kind::none_seen, "It makes no difference that these runs can show for {}."},
        {Effect::Kind::one_seed, "A single seed does not tell what it does to {}."}};
    std::string text = "What does batch norm do to these nets?";
    for (const auto& [kind, form] : kinds)
        if (const auto nets = of(kind); !nets.empty())
            text += " " + fmt::format(fmt::runtime(form), listed(nets));
    return text;
}

// "1 seed", "30 seeds", or "8 to 30 seeds".
std::string seeds_of(const std::vector<Effect>& effects) {
    const auto [least, most] = std::minmax_element(
        effects.begin(), effects.end(), [](const Effect& a, const Effect& b) { return a.seeds < b.seeds; });
    if (least->seeds < most->seeds) return fmt::format("{} to {} seeds", least->seeds, most->seeds);
    return least->seeds == 1 ? "1 seed" : fmt::format("{} seeds", least->seeds);
}

}  // namespace

Figure forest_figure(const std::vector<Effect>& effects) {
    std::vector<std::vector<double>> ours, published;
    std::string labels;
    double lowest = -0.5, highest = 0.5;  // gnuplot's own limits of a nonlinear axis leave out 0
    for (std::size_t i = 0; i < effects.size(); ++i) {
        const Effect& e = effects[i];
        const double at = static_cast<double>(effects.size() - i);
        labels += fmt::format("{}{} {}", i == 0 ? "" : ", ", gnuplot_string(e.net), at);
        const bool bounded = std::isfinite(e.interval.low);
        ours.push_back({e.difference.mean, at, bounded ? e.interval.low : e.difference.mean,
                        bounded ? e.interval.high : e.difference.mean});
        if (e.published) published.push_back({*e.published, at - 0.25});
        for (const double x : {ours.back()[2], ours.back()[3], e.published.value_or(0)}) {
            lowest = std::min(lowest, 1.2 * x);
            highest = std::max(highest, 1.2 * x);
        }
    }
    std::string plots = fmt::format(
        R"(plot $ours using 1:2:3:4 with xerrorbars linecolor rgb "{0}" linewidth 2 pointtype 7 pointsize 0.9 title "ours")",
        blue);
    if (!published.empty())
        plots += fmt::format(
            R"(, \
    $published using 1:2 with points linecolor rgb "{}" linewidth 2 pointtype 12 pointsize 1.1 title "published")",
            vermilion);
    return make_figure(
        "effect",
        fmt::format(
            "What batch norm adds to the test accuracy, in points: the mean difference over {} and its interval.",
            seeds_of(effects)),
        440, 100 + 40 * static_cast<int>(effects.size()),
        data_block("ours", ours) + data_block("published", published) +
            fmt::format(
                "set nonlinear x via asinh(2 * x) inverse sinh(x) / 2\n"  // signs, orders of magnitude
                "set xtics (-10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50)\n"
                "set xrange [{}:{}]\nset yrange [0.4:{}]\nset ytics ({}) noenhanced\n"
                "set xlabel \"points\"\nset arrow from 0, graph 0 to 0, graph 1 nohead linecolor rgb \"{}\" linewidth 1.5\n",
                lowest, highest, static_cast<double>(effects.size()) + 0.6, labels, grey) +
            plots + "\n");
}

Section answer_section(const std::vector<Effect>& effects, const std::vector<Conclusion>& conclusions,
                       std::size_t rows) {
    Section section{"answer", "The answer", {}};
    section.blocks.emplace_back(Paragraph{answer(effects)});
    section.blocks.emplace_back(Paragraph{rules::text(rows)});
    section.blocks.emplace_back(forest_figure(effects));
    for (const Effect& e : effects) section.blocks.emplace_back(Paragraph{sentence(e)});
    if (conclusions.empty()) return section;
    Table table{"conclusions",
                "The published report's conclusion, statement by statement",
                {"statement", "our evidence", "because"},
                {}};
    for (const Conclusion& c : conclusions)
        table.rows.push_back({c.statement,
                              c.evidence == Conclusion::Evidence::agrees        ? "agrees"
                              : c.evidence == Conclusion::Evidence::contradicts ? "does not agree"
                                                                                : "cannot tell",
                              c.reason});
    section.blocks.emplace_back(std::move(table));
    return section;
}

}  // namespace cifar_bn
