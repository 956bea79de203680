#include "cifar_conv/report/plots.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>
#include "shared/statistics/statistics.hpp"

namespace cifar_conv {

using namespace xgrad::page;

namespace {

constexpr const char* colours[] = {vermilion, blue, orange, sky};

// Columns: epoch; mean, lowest and highest over the seeds of the training images; the same of the validation
// images. A cost that is not finite does not count, unless there are no others.
std::vector<std::vector<double>> means_and_ranges(const Curve& curve, Quantity quantity) {
    const auto finite = [](double value) { return std::isfinite(value); };
    std::vector<std::vector<double>> rows;
    for (std::size_t epoch = 0; epoch < curve.records.front()->epochs.size(); ++epoch) {
        rows.push_back({static_cast<double>(epoch + 1)});
        for (const auto part : {&Epoch::train, &Epoch::validation}) {
            std::vector<double> values;
            for (const Record* record : curve.records) {
                const apps::Score& score = record->epochs[epoch].*part;
                values.push_back(quantity == Quantity::cost ? score.cost : 100 * score.accuracy);
            }
            if (std::ranges::any_of(values, finite)) std::erase_if(values, std::not_fn(finite));
            const auto band = apps::mean_and_range(values);
            rows.back().insert(rows.back().end(), band.begin(), band.end());
        }
    }
    return rows;
}

}  // namespace

Figure curves_figure(const std::string& id, const std::vector<Curve>& curves, Quantity quantity,
                     const std::string& caption) {
    std::string data, bands, lines;
    bool has_values =
        false;  // a net that diverged in its first epoch has none, and gnuplot then finds no range
    for (std::size_t i = 0; i < curves.size(); ++i) {
        const auto rows = means_and_ranges(curves[i], quantity);
        has_values = has_values || std::isfinite(rows.front()[1]);
        data += data_block(fmt::format("curve{}", i), rows);
        for (const std::size_t part : {0U, 1U}) {
            bands += fmt::format(
                "    $curve{} using 1:{}:{} with filledcurves fillcolor rgb \"{}\" fillstyle transparent solid 0.2 noborder notitle, \\\n",
                i, 3 * part + 3, 3 * part + 4, colours[i]);
            lines += fmt::format(
                "    $curve{} using 1:{} with linespoints linecolor rgb \"{}\" linewidth 2 dashtype {} pointtype {} pointsize 0.5 title {}, \\\n",
                i, 3 * part + 2, colours[i], part == 0 ? 2 : 1, part == 0 ? 6 : 7,
                gnuplot_string(fmt::format("{}{}", part == 0 ? "training" : "validation",
                                           curves[i].label.empty() ? "" : ", " + curves[i].label)));
        }
    }
    const std::size_t epochs = curves.front().records.front()->epochs.size();
    return make_figure(
        id, caption, 440, 340,
        data +
            fmt::format(
                "set xlabel \"epoch\"\nset xrange [0:{}]\nset xtics {}\nset key maxrows 2\n{}set ylabel \"{}\"\nplot \\\n",
                epochs, (epochs + 9) / 10, has_values ? "" : "set yrange [0:1]\n",
                quantity == Quantity::cost ? "cross-entropy" : "accuracy (%)") +
            bands + lines + "    NaN notitle\n");
}

std::vector<Curve> curves_of(const Comparison& comparison) {
    std::vector<Curve> curves;
    for (const Trials* trials : comparison.trials()) {
        if (trials->results.empty()) continue;
        curves.push_back({trials->config.batch_norm ? "batch norm" : "without", {}});
        for (const JobResult& result : trials->results) curves.back().records.push_back(&result);
    }
    return curves;
}

Figure search_figure(const std::vector<Comparison>& comparisons, const std::string& caption) {
    std::string data, plots;
    std::size_t i = 0;
    for (const Trials* trials : all_of(comparisons)) {
        std::vector<std::vector<double>> rows;
        for (const auto& [rate, accuracy] : trials->search) rows.push_back({rate, accuracy});
        data += data_block(trials->config.net + (trials->config.batch_norm ? "_bn" : ""), rows);
        plots += fmt::format(
            "{}${}{} using 1:2 with linespoints linecolor rgb \"{}\" linewidth 2 pointtype {} pointsize 0.7 title {}",
            i == 0 ? "plot " : ", \\\n    ", trials->config.net, trials->config.batch_norm ? "_bn" : "",
            colours[i], 5 + 2 * (i / 2), gnuplot_string(trials->title));
        ++i;
    }
    return make_figure("learning-rates", caption, 440, 340,
                       data +
                           "set logscale x\nset xlabel \"highest learning rate\"\nset ylabel \"validation "
                           "accuracy (%)\"\nset yrange [0:*]\nset key maxrows 2\n" +
                           plots + "\n");
}

}  // namespace cifar_conv
