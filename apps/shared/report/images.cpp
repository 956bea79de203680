#include "shared/report/images.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>

namespace apps {

using namespace xgrad::page;

Figure confusion_figure(const xgrad::ConfusionMatrix& matrix, const std::vector<std::string>& classes,
                        const std::string& caption) {
    std::vector<std::vector<double>> rows;
    std::string names;
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
        const auto members = static_cast<double>(matrix.members(truth));
        for (std::size_t predicted = 0; predicted < classes.size(); ++predicted)
            rows.push_back(
                {static_cast<double>(predicted), static_cast<double>(truth),
                 members > 0 ? 100 * static_cast<double>(matrix.count(truth, predicted)) / members : 0});
        names += fmt::format("{}{} {}", truth ? ", " : "", gnuplot_string(classes[truth]), truth);
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

Figure weights_figure(const xgrad::Array<float>& weights, const xgrad::ImageShape& shape,
                      const std::string& caption) {
    const std::size_t units = weights.shape()[0], columns = std::min<std::size_t>(10, units),
                      rows = (units + columns - 1) / columns;
    const std::size_t height = rows * (shape.height + 2), width = columns * (shape.width + 2);
    std::vector<std::vector<double>> pixels(height * width);
    for (std::size_t y = 0; y < height; ++y)
        for (std::size_t x = 0; x < width; ++x)
            pixels[y * width + x] = {static_cast<double>(x), static_cast<double>(y), 128, 128, 128};
    for (std::size_t unit = 0; unit < units; ++unit) {
        const float* row = &weights(unit, 0);
        const auto [low, high] = std::minmax_element(row, row + shape.size());
        const double scale = *high > *low ? 255 / static_cast<double>(*high - *low) : 0;
        for (std::size_t y = 0; y < shape.height; ++y)
            for (std::size_t x = 0; x < shape.width; ++x) {
                std::vector<double>& pixel = pixels[(unit / columns * (shape.height + 2) + y + 1) * width +
                                                    unit % columns * (shape.width + 2) + x + 1];
                for (std::size_t c = 0; c < 3; ++c) {
                    const std::size_t channel = std::min(c, shape.channels - 1);  // a single channel is grey
                    pixel[2 + c] =
                        std::round(scale * static_cast<double>(
                                               row[(channel * shape.height + y) * shape.width + x] - *low));
                }
            }
    }
    const std::string commands =
        data_block("pixels", pixels) +
        fmt::format(
            "unset border\nunset tics\nunset grid\nunset key\nset margins 0, 0, 0, 0\nset size ratio -1\n"
            "set xrange [-0.5:{}.5]\nset yrange [{}.5:-0.5]\nplot $pixels using 1:2:3:4:5 with rgbimage\n",
            width - 1, height - 1);
    const auto scaled_height = static_cast<int>(640 * height / width);
    return make_figure("first-layer-weights", caption, 640, scaled_height, commands);
}

std::vector<Mistake> mistakes(const xgrad::Array<double>& probabilities, const xgrad::Dataset& images) {
    std::vector<Mistake> found;
    const std::size_t classes = images.classes().size();
    for (std::size_t i = 0; i < images.size(); ++i) {
        const double* row = probabilities.data() + i * classes;
        const auto predicted = static_cast<std::size_t>(std::max_element(row, row + classes) - row);
        if (predicted != images.labels()[i]) found.push_back({i, predicted, row[predicted]});
    }
    std::ranges::stable_sort(found, std::greater(), &Mistake::probability);
    return found;
}

Figure mistakes_figure(const std::vector<Mistake>& mistakes, std::size_t most, const xgrad::Dataset& images,
                       const std::string& caption) {
    const auto [channels, height, width] = images.image_shape();
    const std::size_t count = std::min(most, mistakes.size()), columns = 6,
                      rows = std::max<std::size_t>(1, (count + columns - 1) / columns);
    // In pixels: an image, and three lines of text below it.
    const double cell_width = 1.2 * static_cast<double>(width),
                 cell_height = static_cast<double>(height) + 0.66 * cell_width;
    std::string data, labels, plots;
    for (std::size_t i = 0; i < count; ++i) {
        const auto& [image, predicted, probability] = mistakes[i];
        const auto [values, label] = images.image(image);
        const std::size_t row = i / columns, column = i % columns;
        const double left = cell_width * static_cast<double>(column),
                     top = cell_height * static_cast<double>(row);
        std::vector<std::vector<double>> pixels;
        for (std::size_t y = 0; y < height; ++y)
            for (std::size_t x = 0; x < width; ++x) {
                pixels.push_back({left + static_cast<double>(x), top + static_cast<double>(y)});
                for (std::size_t c = 0; c < 3; ++c)  // a single channel is grey
                    pixels.back().push_back(values[(std::min(c, channels - 1) * height + y) * width + x]);
            }
        data += data_block(fmt::format("image{}", i), pixels);
        const double middle = left + 0.5 * static_cast<double>(width),
                     line = top + static_cast<double>(height) + 0.1 * cell_width;
        const std::vector<std::string> lines{images.classes()[label], images.classes()[predicted],
                                             fmt::format("{:.0f} %", 100 * probability)};
        for (std::size_t n = 0; n < lines.size(); ++n)
            labels += fmt::format("set label {} at {},{} center noenhanced\n", gnuplot_string(lines[n]),
                                  middle, line + 0.16 * cell_width * static_cast<double>(n));
        plots += fmt::format("{}$image{} using 1:2:3:4:5 with rgbimage", i == 0 ? "plot " : ", ", i);
    }
    const double total_width = cell_width * static_cast<double>(columns),
                 total_height = cell_height * static_cast<double>(rows);
    const std::string commands =
        data + labels +
        fmt::format(
            "unset border\nunset tics\nunset grid\nunset key\nset margins 0, 0, 0, 0\n"
            "set xrange [{0}:{1}]\nset yrange [{2}:{0}]\n{3}\n",
            -0.1 * cell_width, total_width - 0.1 * cell_width, total_height - 0.1 * cell_width,
            plots.empty() ? "plot NaN" : plots);
    return make_figure("mistakes", caption, 640, static_cast<int>(640 * total_height / total_width),
                       commands);
}

void add_classes(Section& section, const xgrad::ConfusionMatrix& confusion,
                 const std::vector<std::string>& classes) {
    Table table{"classes", "Test images by class", {"class", "recognised, %", "most often taken for"}, {}};
    const std::vector<double> recalls = confusion.recall();
    for (std::size_t truth = 0; truth < classes.size(); ++truth) {
        std::size_t worst = truth == 0 ? 1 : 0;
        for (std::size_t predicted = 0; predicted < classes.size(); ++predicted)
            if (predicted != truth && confusion.count(truth, predicted) > confusion.count(truth, worst))
                worst = predicted;
        const auto members = static_cast<double>(confusion.members(truth));
        table.rows.push_back(
            {classes[truth], fmt::format("{:.1f}", 100 * recalls[truth]),
             fmt::format("{} ({:.1f} %)", classes[worst],
                         100 * static_cast<double>(confusion.count(truth, worst)) / members)});
    }
    section.blocks.emplace_back(std::move(table));
    section.blocks.emplace_back(confusion_figure(
        confusion, classes, "Confusion matrix of the test images, in percent of each true class."));
}

}  // namespace apps
