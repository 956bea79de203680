#include "plots.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "gnuplot.hpp"

namespace cifar_bn {
namespace {

constexpr const char* line_colours[] = {blue, vermilion, green, purple, sky, orange, grey};

// A colour and a dash type for the n-th of many lines.
std::string line_style(std::size_t n) {
    constexpr std::size_t colours = std::size(line_colours);
    return fmt::format("linecolor rgb \"{}\" linewidth 2 dashtype {}", line_colours[n % colours], n / colours + 1);
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
            const auto [low, high] = std::minmax_element(values.begin(), values.end());
            row.insert(row.end(), {spread(values).mean, *low, *high});
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace

Figure curves(const Trials& trials, Curve curve, const std::string& caption) {
    const TrainConfig& config = trials.experiment.config;
    const bool is_cost = curve == Curve::cost;
    std::string commands = data_block("curves", mean_and_band(trials, curve)) + data_block("rate", learning_rates(config));
    commands += fmt::format(
        "set multiplot\n"
        "set title \"{}\" noenhanced\n"
        "set lmargin at screen 0.15\nset rmargin at screen 0.96\n"
        "set xrange [0:{}]\n"
        "set xtics {}\n"
        "set tmargin at screen 0.8\nset bmargin at screen 0.37\n"
        "set format x \"\"\n"
        "set ylabel \"{}\"\n",
        trials.experiment.title, config.steps(), config.half_cycle, is_cost ? "cost" : "accuracy (%)");
    if (!is_cost && trials.experiment.published) commands += fmt::format("published(x) = {}\n", trials.experiment.published->test);
    commands += "plot \\\n";
    const char* parts[] = {"training", "validation", "test"};
    for (std::size_t part = 0; part < 3; ++part)
        commands += fmt::format(
            "    $curves using 1:{}:{} with filledcurves fillcolor rgb \"{}\" fillstyle transparent solid 0.2 noborder notitle, \\\n",
            3 * part + 3, 3 * part + 4, line_colours[part]);
    for (std::size_t part = 0; part < 3; ++part)
        commands += fmt::format(
            "    $curves using 1:{} with linespoints linecolor rgb \"{}\" linewidth 2 pointtype {} pointsize 0.5 title \"{}\"{}",
            3 * part + 2, line_colours[part], std::array{7, 5, 9}[part], parts[part], part < 2 ? ", \\\n" : "");
    if (!is_cost && trials.experiment.published)
        commands +=
            fmt::format(", \\\n    published(x) with lines linecolor rgb \"{}\" linewidth 1.5 dashtype 2 title \"test, published\"", grey);
    commands += fmt::format(
        "\nunset title\nunset key\n"
        "set tmargin at screen 0.32\nset bmargin at screen 0.18\n"
        "set format x \"%g\"\n"
        "set xlabel \"update step\"\n"
        "set ylabel \"rate\"\n"
        "set yrange [0:{0}]\nset ytics (0, {0})\n"
        "plot $rate using 1:2 with lines linecolor rgb \"{1}\" linewidth 1.5\n"
        "unset multiplot\n",
        config.eta_max, grey);
    return make_figure(fmt::format("{}-{}", trials.experiment.name, is_cost ? "cost" : "accuracy"), caption, 440, 340, commands);
}

Figure seeds_figure(const std::string& id, const std::vector<Trials>& compared, const std::vector<std::string>& labels,
                    const std::string& caption) {
    std::string data, plots;
    for (std::size_t i = 0; i < compared.size(); ++i)
        for (std::size_t seed = 0; seed < compared[i].results.size(); ++seed) {
            std::vector<std::vector<double>> rows;
            for (const Snapshot& s : compared[i].results[seed].snapshots)
                rows.push_back({static_cast<double>(s.step), 100 * s.test.accuracy});
            const std::string name = fmt::format("seed_{}_{}", i, seed + 1);
            data += data_block(name, rows);
            plots +=
                fmt::format("{}${} using 1:2 with linespoints linecolor rgb \"{}\" linewidth 2 dashtype {} pointtype {} pointsize 0.5 {}",
                            plots.empty() ? "plot " : ", \\\n    ", name, line_colours[i], i + 1, 7 + 2 * i,
                            seed == 0 ? fmt::format("title \"{}\"", labels[i]) : "notitle");
        }
    const std::string commands =
        data + fmt::format("set xrange [0:{}]\nset xtics {}\nset xlabel \"update step\"\nset ylabel \"test accuracy (%)\"\n",
                           compared.front().experiment.config.steps(), compared.front().experiment.config.half_cycle);
    return make_figure(id, caption, 440, 340, commands + plots + "\n");
}

Figure search_figure(const std::vector<Search>& searches, const std::string& caption) {
    std::string data, plots;
    double low = searches.front().range.from, high = searches.front().range.to;
    for (std::size_t i = 0; i < searches.size(); ++i) {
        low = std::min(low, searches[i].range.from);
        high = std::max(high, searches[i].range.to);
        std::vector<std::vector<double>> rows;
        for (const SearchResult& result : searches[i].results) rows.push_back({result.lambda, 100 * result.last.validation.accuracy});
        const SearchResult& best = searches[i].best();
        const std::string& name = searches[i].range.name;
        data += data_block("search" + std::to_string(i), rows);
        data += data_block("best" + std::to_string(i), {{best.lambda, 100 * best.last.validation.accuracy}});
        plots += fmt::format(
            "{0}$search{1} using 1:2 with linespoints linecolor rgb \"{2}\" linewidth 1.5 pointtype {3} pointsize 0.7 title \"{4}\", \\\n"
            "    $best{1} using 1:2 with points linecolor rgb \"{2}\" linewidth 2 pointtype 6 pointsize 2 title \"{4}: best\"",
            plots.empty() ? "plot " : ", \\\n    ", i, line_colours[i], std::array{7, 5, 9}[i % 3], name);
    }
    const std::string commands = data +
                                 "set logscale x\nset format x \"10^{%T}\"\nset xlabel \"λ\"\nset ylabel \"validation accuracy (%)\"\n" +
                                 fmt::format("set xrange [{:g}:{:g}]\n", low / 1.3, high * 1.3) + plots + "\n";
    return make_figure("lambda-search", caption, 560, 360, commands);
}

Figure confusion_figure(const xgrad::ConfusionMatrix& matrix, const std::vector<std::string>& classes, const std::string& caption) {
    std::vector<std::vector<double>> rows;
    std::string names;
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
        double members = 0;
        for (std::size_t predicted = 0; predicted < classes.size(); ++predicted)
            members += static_cast<double>(matrix.count(truth, predicted));
        for (std::size_t predicted = 0; predicted < classes.size(); ++predicted)
            rows.push_back({static_cast<double>(predicted), static_cast<double>(truth),
                            members > 0 ? 100 * static_cast<double>(matrix.count(truth, predicted)) / members : 0});
        names += fmt::format("{}\"{}\" {}", truth ? ", " : "", classes[truth], truth);
    }
    const std::string last = fmt::format("{}.5", classes.size() - 1);
    const std::string commands =
        data_block("confusion", rows) +
        fmt::format(
            "unset grid\nset border 15\nset size ratio -1\n"
            "set xrange [-0.5:{1}]\nset yrange [{1}:-0.5]\n"
            "set xtics ({0}) rotate by 45 right noenhanced scale 0\nset ytics ({0}) noenhanced scale 0\n"
            "set xlabel \"taken for\"\nset ylabel \"true class\"\n"
            "set palette defined (0 \"#f7fbff\", 0.5 \"#6baed6\", 1 \"#08306b\")\nset cbrange [0:100]\nunset colorbox\n"
            "plot $confusion using 1:2:3 with image pixels notitle, \\\n"
            "    $confusion using 1:2:($3 < 50 ? sprintf(\"%.0f\", $3) : \"\") with labels textcolor rgb \"#111111\" notitle, \\\n"
            "    $confusion using 1:2:($3 < 50 ? \"\" : sprintf(\"%.0f\", $3)) with labels textcolor rgb \"#fefefe\" notitle\n",
            names, last);
    return make_figure("confusion", caption, 460, 420, commands);
}

Figure weights_figure(const xgrad::Array<float>& weights, const xgrad::ImageShape& shape, const std::string& caption) {
    const std::size_t units = weights.shape()[0], columns = std::min<std::size_t>(10, units), rows = (units + columns - 1) / columns;
    const std::size_t height = rows * (shape.height + 2), width = columns * (shape.width + 2);
    std::vector<std::vector<double>> pixels(height * width);
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x) pixels[y * width + x] = {static_cast<double>(x), static_cast<double>(y), 128, 128, 128};
    for (std::size_t unit = 0; unit < units; ++unit) {
        const float* row = &weights(unit, 0);
        const auto [low, high] = std::minmax_element(row, row + shape.size());
        const double scale = *high > *low ? 255 / static_cast<double>(*high - *low) : 0;
        for (std::size_t y = 0; y < shape.height; ++y)
            for (std::size_t x = 0; x < shape.width; ++x) {
                std::vector<double>& pixel =
                    pixels[(unit / columns * (shape.height + 2) + y + 1) * width + unit % columns * (shape.width + 2) + x + 1];
                for (std::size_t c = 0; c < 3; ++c) {
                    const std::size_t channel = std::min(c, shape.channels - 1);  // one channel is grey
                    pixel[2 + c] = std::round(scale * static_cast<double>(row[(channel * shape.height + y) * shape.width + x] - *low));
                }
            }
    }
    const std::string commands =
        data_block("pixels", pixels) + fmt::format(
                                           "unset border\nunset tics\nunset grid\nunset key\nset margins 0, 0, 0, 0\nset size ratio -1\n"
                                           "set xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\nplot $pixels using 1:2:3:4:5 with rgbimage\n",
                                           width - 1, height - 1);
    const auto scaled_height = static_cast<int>(640 * height / width);
    return make_figure("first-layer-weights", caption, 640, scaled_height, commands);
}

Figure layers_figure(const std::string& id, const std::vector<Trials>& compared, double LayerStatistics::* statistic,
                     const std::string& label, const std::string& caption) {
    std::string data, panels;
    double low = 1e300, high = 0;
    for (std::size_t panel = 0; panel < compared.size(); ++panel) {
        const std::vector<Snapshot>& snapshots = compared[panel].results.front().snapshots;
        std::string plots;
        for (std::size_t layer = 0; layer < snapshots.front().layers.size(); ++layer) {
            std::vector<std::vector<double>> rows;
            for (const Snapshot& s : snapshots) {
                const double value = s.layers[layer].*statistic;
                rows.push_back({static_cast<double>(s.step), value});
                if (value > 0) low = std::min(low, value), high = std::max(high, value);
            }
            const std::string name = fmt::format("panel{}_layer{}", panel, layer + 1);
            data += data_block(name, rows);
            plots += fmt::format("{}${} using 1:2 with linespoints {} pointtype {} pointsize 0.5 title \"layer {}\"",
                                 layer == 0 ? "plot " : ", \\\n    ", name, line_style(layer), 7 + 2 * (layer % 3), layer + 1);
        }
        panels +=
            fmt::format("set title \"{}\" noenhanced\n{}\nset ylabel \" \"\nset format y \"\"\n", compared[panel].experiment.title, plots);
    }
    const TrainConfig& config = compared.front().experiment.config;
    const std::string commands =
        data + fmt::format(
                   "set multiplot layout 1, {}\nset logscale y\nset format y \"10^{{%T}}\"\nset yrange [{:g}:{:g}]\nset xrange [0:{}]\n"
                   "set xtics {}\nset xlabel \"update step\"\nset ylabel \"{}\"\n",
                   compared.size(), low / 2, high * 2, config.steps(), config.half_cycle, label);
    return make_figure(id, caption, 720, 360, commands + panels + "unset multiplot\n");
}

}  // namespace cifar_bn
