#include <xgrad/page/curves.hpp>

#include <algorithm>
#include <fstream>
#include <map>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/page/gnuplot.hpp>

namespace xgrad::page {
namespace {

constexpr std::size_t most_points = 1000;  // of a curve

using Points = std::vector<std::vector<double>>;  // (step, value)

struct Curve {
    std::string name;
    Points points;  // finite ones, by step
};

// In the order in which they come first.
std::vector<Curve> read_curves(const std::filesystem::path& metrics) {
    std::ifstream file(metrics);
    if (!file) fail<DataError>("curves", fmt::format("{}: cannot be read", metrics.string()));
    std::vector<Curve> curves;
    std::map<std::string, std::size_t> places;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        const auto refuse = [&, number](const std::string& what) {
            fail<DataError>("curves", fmt::format("{}:{}: {}", metrics.string(), number, what));
        };
        const auto record = nlohmann::ordered_json::parse(line, nullptr, false);
        if (!record.is_object() || !record.contains("step") || !record["step"].is_number())
            refuse("expected a JSON object with a number named step");
        for (const auto& [name, value] : record.items()) {
            if (name == "step" || value.is_null()) continue;  // null: not finite
            if (!value.is_number()) refuse(fmt::format("expected a number named {}", name));
            const auto [place, is_new] = places.emplace(name, curves.size());
            if (is_new) curves.push_back({name, {}});
            curves[place->second].points.push_back({record["step"].get<double>(), value.get<double>()});
        }
    }
    if (curves.empty()) fail<DataError>("curves", fmt::format("{}: nothing was logged", metrics.string()));
    return curves;
}

// Means of as many neighbours each as bring the points below the limit.
Points thinned(const Points& points) {
    const std::size_t group = (points.size() + most_points - 1) / most_points;
    Points means;
    for (std::size_t first = 0; first < points.size(); first += group) {
        const std::size_t count = std::min(group, points.size() - first);
        std::vector<double> mean(2);
        for (std::size_t i = first; i < first + count; ++i)
            for (std::size_t j = 0; j < 2; ++j) mean[j] += points[i][j] / static_cast<double>(count);
        means.push_back(std::move(mean));
    }
    return means;
}

std::string last_word(const std::string& name) {
    const std::size_t end = name.find_last_of(" /");
    return end == name.npos ? name : name.substr(end + 1);
}

// The curves whose names end in the same word.
Figure figure_of(const std::string& word, const std::vector<Curve>& curves, std::size_t number) {
    static constexpr const char* colours[] = {blue, vermilion, green, purple, orange, sky, grey};
    std::string commands = fmt::format("set xlabel 'step'\nset ylabel {}\n", gnuplot_string(word)), plots;
    std::size_t count = 0;
    for (const Curve& curve : curves) {
        if (last_word(curve.name) != word) continue;
        const std::string data = fmt::format("curve{}", count);
        commands += data_block(data, thinned(curve.points));
        plots += fmt::format("{}${} with lines linecolor rgb '{}' title {}", count == 0 ? "plot " : ", ",
                             data, colours[count % std::size(colours)], gnuplot_string(curve.name));
        ++count;
    }
    return make_figure(fmt::format("curves-{}", number), word, 640, 360, commands + plots + "\n");
}

Table table_of(const std::vector<Curve>& curves) {
    Table table{
        "values", "What was logged", {"value", "last", "lowest", "at step", "highest", "at step"}, {}};
    for (const Curve& curve : curves) {
        const auto lower = [](const auto& a, const auto& b) { return a[1] < b[1]; };
        const auto low = std::min_element(curve.points.begin(), curve.points.end(), lower),
                   high = std::max_element(curve.points.begin(), curve.points.end(),
                                           lower);  // the first of each
        const auto text = [](double value) { return fmt::format("{:.6g}", value); };
        table.rows.push_back({curve.name, text(curve.points.back()[1]), text((*low)[1]), text((*low)[0]),
                              text((*high)[1]), text((*high)[0])});
    }
    return table;
}

}  // namespace

Document curves(const std::string& title, const std::filesystem::path& metrics) {
    const std::vector<Curve> all = read_curves(metrics);
    Section section{"curves", "Curves", {table_of(all)}};
    std::vector<std::string> words;
    for (const Curve& curve : all)
        if (const std::string word = last_word(curve.name);
            std::find(words.begin(), words.end(), word) == words.end()) {
            words.push_back(word);
            section.blocks.emplace_back(figure_of(word, all, words.size()));
        }
    return {title, "", {section}};
}

}  // namespace xgrad::page
