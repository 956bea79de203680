#include "cifar_bn/gradcheck/table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cifar_bn {

std::map<std::string, double> published_figures(const NetCheckOptions& options, std::size_t images) {
    if (!options.batch_norm || images != 2 || options.lambda != 0 ||
        options.hidden != std::vector<std::size_t>{50, 50})
        return {};
    return {{"W1", 2.2204e-11}, {"b1", 2.2204e-11}, {"gamma1", 2.2356e-11}, {"beta1", 2.2356e-11},
            {"W2", 4.1234e-13}, {"b2", 2.2204e-16}, {"gamma2", 3.3339e-11}, {"beta2", 3.3339e-11},
            {"W3", 2.3122e-11}, {"b3", 2.4201e-11}};
}

std::string table(const std::vector<ParameterGradients>& gradients, const Judgement& judgement, double step,
                  const std::map<std::string, double>& published) {
    constexpr const char* line = "{:<7}{:>7}{:>8} {:>8}{:>8} {:>8}{:>8} {:>8}{:>8}{:>6}\n";
    constexpr const char* above = "{:<22}  {:<15}  {:<15}  {}\n";
    std::string text = fmt::format(above, "", "autodiff -", "autodiff -", "autodiff -");
    text += fmt::format(above, "", "hand-derived", "central diff.", "extrapolated");
    text += fmt::format(line, "name", "entries", "largest", "abs.", "rel.", fmt::format("h={:g}", step),
                        published.empty() ? "" : "publ.", "abs.", "error", "kinks");
    const auto number = [](double value) { return fmt::format("{:.1e}", value); };
    for (std::size_t i = 0; i < gradients.size(); ++i) {
        const ParameterGradients& c = gradients[i];
        const Finding& f = judgement.findings[i];
        const auto figure = published.find(c.name);
        text += fmt::format(line, c.name, c.autodiff.size(), number(f.largest), number(f.hand),
                            number(f.hand / f.scale), number(f.central),
                            figure == published.end() ? "" : number(figure->second), number(f.numerical),
                            number(f.uncertainty), f.kinks.size());
    }
    std::vector<std::string> kinks;
    for (const Finding& f : judgement.findings) kinks.insert(kinks.end(), f.kinks.begin(), f.kinks.end());
    constexpr std::size_t shown = 20;
    if (!kinks.empty())
        text += fmt::format(
            "at a kink: {}{}\n",
            fmt::join(kinks.begin(),
                      kinks.begin() + static_cast<std::ptrdiff_t>(std::min(shown, kinks.size())), ", "),
            kinks.size() > shown ? ", ..." : "");
    for (const std::string& failure : judgement.failures) text += fmt::format("FAILED: {}\n", failure);
    return text;
}

std::string legend(const Bars& bars) {
    return fmt::format(
        "Each line is one parameter: W and b of a linear layer, gamma and beta of the\n"
        "batch norm behind it. The figures are the largest absolute values over all its\n"
        "entries.\n"
        "  largest        of the gradient itself.\n"
        "  hand-derived   Against the formulas of docs/numerics.md. Relative to the\n"
        "                 parameter's largest entry, or to {floor:g} of the net's if that is\n"
        "                 more: before batch norm a gradient can be 0, and then all of\n"
        "                 it is rounding. Bar: {hand:g} relative.\n"
        "  central diff.  Against (J(+h) - J(-h)) / 2h, as published (publ.). Not\n"
        "                 judged.\n"
        "  extrapolated   Against the same with smaller and smaller h, extrapolated to\n"
        "                 h = 0, which also estimates its own error. Bar for each entry:\n"
        "                 {errors:g} times its error, or {numerical:g} relative. Its error: at most\n"
        "                 {uncertainty:g}.\n"
        "  kinks          Entries with no numerical derivative, as a ReLU switches too\n"
        "                 near. Bar: {kinks:g} % of all entries.\n",
        fmt::arg("floor", bars.floor), fmt::arg("hand", bars.hand), fmt::arg("errors", bars.errors),
        fmt::arg("numerical", bars.numerical), fmt::arg("uncertainty", bars.uncertainty),
        fmt::arg("kinks", 100 * bars.kinks));
}

}  // namespace cifar_bn
