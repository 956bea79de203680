#include "cifar_bn/report/plots.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>

namespace cifar_bn {

using namespace apps;
using namespace xgrad::page;

namespace {

constexpr const char* line_colours[] = {blue, vermilion, green, purple, sky, orange, grey};

// The colour and dash type of the n-th of many lines.
std::string line_style(std::size_t n) {
    constexpr std::size_t colours = std::size(line_colours);
    return fmt::format("linecolor rgb \"{}\" linewidth 2 dashtype {}", line_colours[n % colours],
                       n / colours + 1);
}

std::vector<std::vector<double>> learning_rates(const TrainConfig& config) {
    std::vector<std::vector<double>> rows;
    for (std::uint64_t cycle = 0; cycle < config.cycles; ++cycle)
        for (const double part : {0.0, 1.0})
            rows.push_back({(2 * static_cast<double>(cycle) + part) * static_cast<double>(config.half_cycle),
                            part == 0 ? config.eta_min : config.eta_max});
    rows.push_back({static_cast<double>(config.steps()), config.eta_min});
    return rows;
}

// Columns: step, and for each part of the data the mean, lowest and highest over the seeds.
std::vector<std::vector<double>> mean_and_band(const Trials& trials, Curve curve) {
    std::vector<std::vector<double>> rows;
    for (std::size_t i = 0; i < trials.results.front().snapshots.size(); ++i) {
        std::vector<double> row{static_cast<double>(trials.results.front().snapshots[i].step)};
        for (const auto part : {&Snapshot::train, &Snapshot::validation, &Snapshot::test}) {
            std::vector<double> values;
            for (const JobResult& result : trials.results) {
                const Score& score = result.snapshots[i].*part;
                values.push_back(curve == Curve::cost ? score.cost : 100 * score.accuracy);
            }
            const auto band = mean_and_range(values);
            row.insert(row.end(), band.begin(), band.end());
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

// Columns: step, training, validation and, for the accuracy, test.
std::vector<std::vector<double>> published_rows(const std::vector<PublishedPoint>& points, Curve curve) {
    std::vector<std::vector<double>> rows;
    for (const PublishedPoint& p : points) {
        rows.push_back({static_cast<double>(p.step)});
        if (curve == Curve::cost)
            rows.back().insert(rows.back().end(), {p.train_cost, p.validation_cost});
        else
            rows.back().insert(rows.back().end(), {p.train_accuracy, p.validation_accuracy, p.test_accuracy});
    }
    return rows;
}

std::string step_axis(const TrainConfig& config) {
    return fmt::format("set xrange [0:{}]\nset xtics {}\nset xlabel \"update step\"\n", config.steps(),
                       config.half_cycle);
}

// The range of the cost axis, at least 0.5. By default, gnuplot would magnify the noise of a cost that does
// not change, and it cannot choose a range if all values are NaN.
std::string cost_range(const std::vector<std::vector<double>>& rows) {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const std::vector<double>& row : rows)
        for (auto cost = row.begin() + 1; cost != row.end(); ++cost)
            if (std::isfinite(*cost)) {
                low = std::min(low, *cost);
                high = std::max(high, *cost);
            }
    if (low > high) return "set yrange [0:1]\n";
    if (high - low >= 0.5) return "";
    return fmt::format("set yrange [{:.2f}:{:.2f}]\n", (low + high) / 2 - 0.25, (low + high) / 2 + 0.25);
}

// Plots `value` against the step, with a line for each seed of each of `compared`, and adds `more` to the
// plot.
template <class Value>
std::string lines_of_seeds(const std::vector<Trials>& compared, const std::vector<std::string>& labels,
                           Value value, const std::string& more = "") {
    std::string data = step_axis(compared.front().experiment.config), plots;
    for (std::size_t i = 0; i < compared.size(); ++i)
        for (std::size_t seed = 0; seed < compared[i].results.size(); ++seed) {
            std::vector<std::vector<double>> rows;
            for (const Snapshot& s : compared[i].results[seed].snapshots)
                rows.push_back({static_cast<double>(s.step), value(s)});
            const std::string name = fmt::format("seed_{}_{}", i, seed + 1);
            data += data_block(name, rows);
            plots += fmt::format(
                "{}${} using 1:2 with linespoints linecolor rgb \"{}\" linewidth 2 dashtype {} pointtype {} pointsize 0.5 {}",
                plots.empty() ? "plot " : ", \\\n    ", name, line_colours[i], i + 1, 7 + 2 * i,
                seed == 0 ? fmt::format("title \"{}\"", labels[i]) : "notitle");
        }
    return data + plots + more + "\n";
}

}  // namespace

Figure curves(const Trials& trials, Curve curve, const std::string& caption) {
    const TrainConfig& config = trials.experiment.config;
    const bool is_cost = curve == Curve::cost;
    const auto rows = mean_and_band(trials, curve);
    std::string commands = data_block("curves", rows) + data_block("rate", learning_rates(config));
    commands += fmt::format(
        "set multiplot\n"
        "set label {} at screen 0.555, screen 0.965 center noenhanced\n"
        "set key at screen 0.555, screen 0.93 center top maxrows 2\n"
        "set lmargin at screen 0.15\nset rmargin at screen 0.94\n"
        "set xrange [0:{}]\n"
        "set xtics {}\n"
        "set tmargin at screen 0.81\nset bmargin at screen 0.37\n"
        "set format x \"\"\n"
        "set ylabel \"{}\"\n",
        gnuplot_string(trials.experiment.title), config.steps(), config.half_cycle,
        is_cost ? "cost" : "accuracy (%)");
    commands += is_cost ? cost_range(rows) : "set yrange [0:*]\n";
    const std::vector<PublishedPoint> published =
        trials.experiment.published ? trials.experiment.published->curve : std::vector<PublishedPoint>();
    if (!published.empty()) commands += data_block("published", published_rows(published, curve));
    commands += "plot \\\n";
    const char* parts[] = {"training", "validation", "test"};
    for (std::size_t part = 0; part < 3; ++part)
        commands += fmt::format(
            "    $curves using 1:{}:{} with filledcurves fillcolor rgb \"{}\" fillstyle transparent solid 0.2 noborder notitle, \\\n",
            3 * part + 3, 3 * part + 4, line_colours[part]);
    for (std::size_t part = 0; part < 3; ++part)
        commands += fmt::format(
            R"(    $curves using 1:{} with linespoints linecolor rgb "{}" linewidth 2 pointtype {} pointsize 0.5 title "{}"{})",
            3 * part + 2, line_colours[part], std::array{7, 5, 9}[part], parts[part],
            part < 2 ? ", \\\n" : "");
    if (!published.empty()) {
        for (std::size_t part = 0; part < (is_cost ? 2 : 3); ++part)
            commands += fmt::format(
                ", \\\n    $published using 1:{} with lines linecolor rgb \"{}\" linewidth 1.5 dashtype 2 notitle",
                part + 2, line_colours[part]);
        commands += fmt::format(
            ", \\\n    NaN with lines linecolor rgb \"{}\" linewidth 1.5 dashtype 2 title \"published\"",
            grey);
    }
    commands += fmt::format(
        "\nunset label\nunset key\n"
        "set tmargin at screen 0.32\nset bmargin at screen 0.18\n"
        "set format x \"%g\"\n"
        "set xlabel \"update step\"\n"
        "set ylabel \"rate η\"\n"
        "set yrange [0:{0}]\nset ytics (0, {0})\n"
        "plot $rate using 1:2 with lines linecolor rgb \"{1}\" linewidth 1.5\n"
        "unset multiplot\n",
        config.eta_max, grey);
    return make_figure(fmt::format("{}-{}", trials.experiment.name, is_cost ? "cost" : "accuracy"), caption,
                       440, 340, commands);
}

Figure seeds_figure(const std::string& id, const std::vector<Trials>& compared,
                    const std::vector<std::string>& labels, const std::string& caption) {
    const auto accuracy = [](const Snapshot& snapshot) { return 100 * snapshot.test.accuracy; };
    return make_figure(id, caption, 440, 340,
                       "set ylabel \"test accuracy (%)\"\n" + lines_of_seeds(compared, labels, accuracy));
}

Figure signal_figure(const std::string& id, const std::vector<Trials>& compared,
                     const std::vector<std::string>& labels, const std::string& caption) {
    const std::string decay = fmt::format(
        ", \\\n    {} with lines linecolor rgb \"{}\" linewidth 1.5 dashtype 3 title \"weight decay, 2λ\"",
        2 * compared.front().experiment.config.lambda, grey);
    const auto signal = [](const Snapshot& snapshot) { return snapshot.layers.front().signal; };
    return make_figure(id, caption, 440, 340,
                       "set logscale y\nset format y \"10^{%T}\"\nset ylabel \"rate of growth, s\"\n" +
                           lines_of_seeds(compared, labels, signal, decay));
}

Figure search_figure(const std::vector<Search>& searches, bool comparable, const std::string& caption) {
    std::string data, plots = "plot $mean using 1:2 with lines linecolor rgb \"" + std::string(grey) +
                              R"(" linewidth 3 title "mean of neighbours")";
    double low = searches.front().range.from, high = searches.front().range.to;
    for (std::size_t i = 0; i < searches.size(); ++i) {
        low = std::min(low, searches[i].range.from);
        high = std::max(high, searches[i].range.to);
        std::vector<std::vector<double>> rows;
        for (const SearchResult& result : searches[i].results)
            rows.push_back({result.lambda, 100 * result.last.validation.accuracy});
        data += data_block("search" + std::to_string(i), rows);
        plots += fmt::format(
            ", \\\n    $search{} using 1:2 with points linecolor rgb \"{}\" linewidth 2 pointtype {} pointsize 0.8 title \"{}\"",
            i, line_colours[i], std::array{7, 5, 9}[i % 3], searches[i].range.name);
        if (!comparable) continue;
        std::vector<std::vector<double>> published;
        for (const PublishedTrial& trial : published_search(searches[i].range.name))
            published.push_back({trial.lambda, trial.validation});
        if (published.empty()) continue;
        data += data_block("published" + std::to_string(i), published);
        plots += fmt::format(
            ", \\\n    $published{} using 1:2 with points linecolor rgb \"{}\" linewidth 1 pointtype {} pointsize 0.8 title \"{}, published\"",
            i, line_colours[i], std::array{6, 4, 8}[i % 3], searches[i].range.name);
    }
    constexpr int points = 200;
    std::vector<std::vector<double>> mean;
    for (int i = 0; i <= points; ++i) {
        const double lambda = low * std::pow(high / low, static_cast<double>(i) / points);
        mean.push_back({lambda, 100 * expected_validation(searches, lambda)});
    }
    const double best = best_lambda(searches);
    data +=
        data_block("mean", mean) + data_block("best", {{best, 100 * expected_validation(searches, best)}});
    plots += fmt::format(
        ", \\\n    $best using 1:2 with points linecolor rgb \"{}\" linewidth 3 pointtype 6 pointsize 1.5 title \"best λ\"",
        purple);
    const std::string commands =
        data +
        fmt::format(
            "set logscale x\nset format x \"10^{{%T}}\"\nset xlabel \"λ\"\nset ylabel \"validation accuracy (%)\"\n"
            "set xrange [{:g}:{:g}]\n",
            low / 1.3, high * 1.3) +
        plots + "\n";
    return make_figure("lambda-search", caption, 440, 340, commands);
}

Figure layers_figure(const std::string& id, const Trials& trials, double LayerStatistics::* statistic,
                     std::pair<double, double> range, const std::string& label, const std::string& caption) {
    const std::vector<Snapshot>& snapshots = trials.results.front().snapshots;
    std::string data, plots;
    for (std::size_t layer = 0; layer < snapshots.front().layers.size(); ++layer) {
        std::vector<std::vector<double>> rows;
        rows.reserve(snapshots.size());
        for (const Snapshot& s : snapshots)
            rows.push_back({static_cast<double>(s.step), s.layers[layer].*statistic});
        data += data_block(fmt::format("layer{}", layer + 1), rows);
        plots += fmt::format(
            "{}$layer{} using 1:2 with linespoints {} pointtype {} pointsize 0.5 title \"layer {}\"",
            layer == 0 ? "plot " : ", \\\n    ", layer + 1, line_style(layer), 7 + 2 * (layer % 3),
            layer + 1);
    }
    return make_figure(
        id, caption, 440, 340,
        step_axis(trials.experiment.config) +
            fmt::format(
                "set logscale y\nset format y \"10^{{%T}}\"\nset yrange [{:g}:{:g}]\nset ylabel \"{}\"\n",
                range.first / 2, range.second * 2, label) +
            data + plots + "\n");
}

}  // namespace cifar_bn
