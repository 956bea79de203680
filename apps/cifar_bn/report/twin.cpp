#include "cifar_bn/report/twin.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include "cifar_bn/report/comparison.hpp"
#include "cifar_bn/report/rules.hpp"
#include "shared/files/json.hpp"
#include "shared/page/gnuplot.hpp"
#include "shared/statistics/statistics.hpp"

#include <xgrad/core/error.hpp>

namespace cifar_bn {

using namespace apps;

namespace {

constexpr double margin = 0.5;  // points: means that differ by less are equivalent

// The columns of a CSV file of numbers; none if it does not exist.
std::vector<std::vector<double>> columns(const std::filesystem::path& file, std::size_t count) {
    const auto text = read_text(file);
    if (!text) return {};
    std::vector<std::vector<double>> found(count);
    std::istringstream lines(*text);
    std::string line, cell;
    std::getline(lines, line);
    while (std::getline(lines, line)) {
        std::istringstream cells(line);
        for (std::vector<double>& column : found) {
            std::getline(cells, cell, ',');
            try {
                column.push_back(std::stod(cell));
            } catch (const std::exception&) {
                xgrad::fail<xgrad::DataError>(
                    "twin", fmt::format("{}: expected {} numbers in a line, got '{}'; run scripts/twin again",
                                        file.string(), count, line));
            }
        }
    }
    return found;
}

// How far the losses of two trainings are apart, relative to the loss.
std::vector<std::vector<double>> differences_by_step(const std::vector<double>& steps,
                                                     const std::vector<double>& a,
                                                     const std::vector<double>& b) {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (a[i] != b[i]) rows.push_back({steps[i], std::abs(a[i] - b[i]) / a[i]});
    return rows;
}

Figure losses_figure(const std::vector<std::vector<double>>& losses) {
    std::string plots;
    const std::string data = data_block("double", differences_by_step(losses[0], losses[1], losses[2])) +
                             data_block("float", differences_by_step(losses[0], losses[3], losses[4]));
    for (const auto& [name, colour] : {std::pair("double", blue), std::pair("float", vermilion)})
        plots += fmt::format(
            "{}${} using 1:2 with points linecolor rgb \"{}\" pointtype 7 pointsize 0.2 title \"{}\"",
            plots.empty() ? "plot " : ", ", name, colour, name);
    return make_figure(
        "twin-losses",
        "The distance of the two losses of each batch, relative to the loss: rounding errors, which grow with "
        "the steps until the two trainings part.",
        440, 340,
        data +
            fmt::format("set logscale y\nset format y \"10^{{%T}}\"\nset xrange [0:{}]\n"
                        "set xlabel \"update step\"\nset ylabel \"relative difference\"\n",
                        losses[0].back()) +
            plots + "\n");
}

}  // namespace

std::optional<Section> twin_section(const std::filesystem::path& folder) {
    const auto losses = columns(folder / "losses.csv", 5), accuracies = columns(folder / "accuracies.csv", 3);
    if (losses.empty() || losses[0].empty() || accuracies.empty() || accuracies[0].empty())
        return std::nullopt;
    const std::vector<double>&ours = accuracies[1], &theirs = accuracies[2];
    const double p = equivalence_p(ours, theirs, margin);
    Section section{"twin", "A second implementation", {}};
    section.blocks.emplace_back(
        Paragraph{prose(R"(
        PyTorch has trained the net of section 2.2 from the same initial weights with the same batches (`scripts/twin`). Over
        {} seeds its test accuracy is {} %, ours {} %: {} within {:g} points (two one-sided tests, p = {:.1g}).)",
                        ours.size(), mean_and_deviation(theirs), mean_and_deviation(ours),
                        p < 1 - rules::confidence ? "equivalent" : "not shown to be equivalent", margin, p)});
    section.blocks.emplace_back(losses_figure(losses));
    Table table{"twin-accuracies", "Test accuracy in percent", {"seed", "ours", "PyTorch"}, {}};
    for (std::size_t i = 0; i < ours.size(); ++i)
        table.rows.push_back({fmt::format("{:g}", accuracies[0][i]), fmt::format("{:.2f}", ours[i]),
                              fmt::format("{:.2f}", theirs[i])});
    section.blocks.emplace_back(std::move(table));
    return section;
}

}  // namespace cifar_bn
