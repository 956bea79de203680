#include "cifar_bn/evidence/twin.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <sstream>
#include <vector>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/prose.hpp>
#include "cifar_bn/evidence/comparison.hpp"
#include "cifar_bn/evidence/rules.hpp"
#include "shared/files/json.hpp"
#include "shared/statistics/statistics.hpp"

#include <xgrad/core/error.hpp>

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

constexpr double margin = 0.5;  // points: means that differ by less are equivalent
constexpr std::size_t compared = 200;    // first steps
constexpr double parted = 1e-6;          // relative difference of the losses

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
            if (!std::getline(cells, cell, ',')) cell.clear();
            try {
                column.push_back(std::stod(cell));
                if (!std::isfinite(column.back())) throw std::out_of_range(cell);
            } catch (const std::exception&) {
                xgrad::fail<xgrad::DataError>(
                    "twin", fmt::format("{}: expected {} numbers in a line, got '{}'; run scripts/twin again",
                                        file.string(), count, line));
            }
        }
    }
    return found;
}

// How far the losses of two trainings are apart at each step, relative to the loss.
std::vector<double> differences(const std::vector<double>& ours, const std::vector<double>& theirs) {
    std::vector<double> found;
    for (std::size_t i = 0; i < ours.size(); ++i) found.push_back(std::abs(ours[i] - theirs[i]) / ours[i]);
    return found;
}

// What a logarithmic axis can show.
std::string block_of_positive(const std::string& name, const std::vector<double>& by_step) {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < by_step.size(); ++i)
        if (by_step[i] > 0) rows.push_back({static_cast<double>(i + 1), by_step[i]});
    return data_block(name, rows);
}

Figure losses_figure(const std::vector<double>& in_double, const std::vector<double>& in_float) {
    std::string plots;
    const std::string data = block_of_positive("double", in_double) + block_of_positive("float", in_float);
    for (const auto& [name, colour] : {std::pair("double", blue), std::pair("float", vermilion)})
        plots += fmt::format(
            R"({}${} using 1:2 with points linecolor rgb "{}" pointtype 7 pointsize 0.2 title "{}")",
            plots.empty() ? "plot " : ", ", name, colour, name);
    return make_figure(
        "twin-losses",
        "The distance of the two losses of each batch, relative to the loss: rounding errors, which grow with "
        "the steps until the two trainings part.",
        440, 340,
        data +
            fmt::format("set logscale y\nset format y \"10^{{%T}}\"\nset xrange [0:{}]\n"
                        "set xlabel \"update step\"\nset ylabel \"relative difference\"\n",
                        in_double.size()) +
            plots + "\n");
}

}  // namespace

std::optional<Section> twin_section(const std::filesystem::path& folder) {
    const auto losses = columns(folder / "losses.csv", 5), accuracies = columns(folder / "accuracies.csv", 3);
    if (losses.empty() || losses[0].empty() || accuracies.empty() || accuracies[0].empty())
        return std::nullopt;
    const std::vector<double>&ours = accuracies[1], &theirs = accuracies[2];
    const double p = equivalence_p(ours, theirs, margin);
    const std::vector<double> in_double = differences(losses[1], losses[2]),
                              in_float = differences(losses[3], losses[4]);
    const auto agreed = std::find_if(in_float.begin(), in_float.end(), [](double d) { return d > parted; });
    const std::size_t first = std::min(compared, in_double.size());
    Section section{"twin", "A second implementation", {}};
    section.blocks.emplace_back(Paragraph{prose(
        R"(
        PyTorch has trained the net of section 2.2 from the same initial weights with the same batches (`scripts/twin`). In
        double the losses of the first {} steps differ by at most {:.0e}, relative to the loss; in float the two stay within
        {:.0e} for {} steps. Over {} seeds the test accuracy of PyTorch is {} %, ours {} %: {} within {:g} points (two
        one-sided tests, p = {:.2g}).)",
        first, *std::max_element(in_double.begin(), in_double.begin() + static_cast<std::ptrdiff_t>(first)),
        parted, agreed - in_float.begin(), ours.size(), mean_and_deviation(theirs), mean_and_deviation(ours),
        p < 1 - rules::confidence ? "equivalent" : "not shown to be equivalent", margin, p)});
    section.blocks.emplace_back(losses_figure(in_double, in_float));
    Table table{"twin-accuracies", "Test accuracy in percent", {"seed", "ours", "PyTorch"}, {}};
    for (std::size_t i = 0; i < ours.size(); ++i)
        table.rows.push_back({fmt::format("{:g}", accuracies[0][i]), fmt::format("{:.2f}", ours[i]),
                              fmt::format("{:.2f}", theirs[i])});
    section.blocks.emplace_back(std::move(table));
    return section;
}

}  // namespace cifar_bn
