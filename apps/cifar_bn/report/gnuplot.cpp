#include "gnuplot.hpp"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <regex>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/core/write_file.hpp>

namespace cifar_bn {
namespace {

// In single quotes for the shell.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return result + "'";
}

// What `gnuplot -c script terminal` prints.
std::string run_gnuplot(const std::filesystem::path& script, const char* terminal) {
    const auto refuse = [&](const std::string& what) {
        xgrad::fail<xgrad::DataError>("gnuplot", fmt::format("{}: {}", script.string(), what));
    };
    const std::filesystem::path errors = script.string() + ".err";
    const std::string command = fmt::format("gnuplot -c {} {} 2> {}", quoted(script.string()), terminal, quoted(errors.string()));
    std::FILE* pipe = ::popen(command.c_str(), "re");
    if (!pipe) refuse("cannot be started");
    std::string output;
    std::array<char, 1 << 16> chunk;
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe)) output.append(chunk.data(), count);
    const int status = ::pclose(pipe);
    if (status != 0 || output.empty()) refuse(fmt::format("gnuplot failed with status {}; what it said is in {}", status, errors.string()));
    std::filesystem::remove(errors);
    return output;
}

}  // namespace

Figure make_figure(const std::string& id, const std::string& caption, int width, int height, const std::string& commands) {
    const std::string head = fmt::format(
        "# gnuplot -c {0}.gp svg > {0}.svg    or: gnuplot -c {0}.gp png > {0}.png\n"
        "set encoding utf8\n"
        "if (ARG1 eq \"png\") {{\n"
        "    set terminal pngcairo size {1},{2} font \"sans,10\" fontscale 2 linewidth 2 pointscale 2\n"
        "}} else {{\n"
        "    set terminal svg size {3},{4} dynamic standalone font \"sans-serif,13\"\n"
        "}}\n"
        "set border 3 linecolor rgb \"black\"\n"
        "set tics nomirror\n"
        "set grid linecolor rgb \"#bbbbbb\" linewidth 0.5\n"
        "set key tmargin center horizontal samplen 1.5 noenhanced\n",
        id, 2 * width, 2 * height, width, height);
    return {id, caption, head + commands};
}

std::string data_block(const std::string& name, const std::vector<std::vector<double>>& rows) {
    std::string text = fmt::format("${} << END\n", name);
    for (const std::vector<double>& row : rows) text += fmt::format("{:.8g}\n", fmt::join(row, " "));
    return text + "END\n";
}

std::vector<Figure> figures_of(const Document& document) {
    std::vector<Figure> figures;
    for (const Section& section : document.sections)
        for (const Block& block : section.blocks)
            if (const auto* figure = std::get_if<Figure>(&block)) figures.push_back(*figure);
    return figures;
}

std::map<std::string, std::string> draw(const std::vector<Figure>& figures, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto file = [&](const Figure& figure, const char* extension) { return folder / (figure.id + extension); };
    for (const Figure& figure : figures) xgrad::write_file(file(figure, ".gp"), figure.script);
    if (std::system("command -v gnuplot > /dev/null") != 0) return {};

    std::vector<std::string> svgs(figures.size());
    xgrad::parallel_for(figures.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            svgs[i] = run_gnuplot(file(figures[i], ".gp"), "svg");
            xgrad::write_file(file(figures[i], ".svg"), svgs[i]);
            xgrad::write_file(file(figures[i], ".png"), run_gnuplot(file(figures[i], ".gp"), "png"));
        }
    });
    std::map<std::string, std::string> by_id;
    for (std::size_t i = 0; i < figures.size(); ++i) by_id[figures[i].id] = std::move(svgs[i]);
    return by_id;
}

std::string inline_svg(const std::string& id, std::string svg) {
    svg.erase(0, svg.find("<svg"));
    const std::vector<std::pair<std::regex, std::string>> rules{
        {std::regex("\\b(id=['\"]|href=['\"]#|url\\(#)"), "$01" + id + "-"},  // two digits, as the id may begin with one
        {std::regex("\\b(fill|stroke)=(['\"])(black|rgb\\( *0, *0, *0\\))\\2"), "$1=$2currentColor$2"},
        {std::regex(" color=\"black\"|<title>[^<]*</title>|<desc>[^<]*</desc>"), ""},
    };
    for (const auto& [pattern, replacement] : rules) svg = std::regex_replace(svg, pattern, replacement);
    return svg;
}

}  // namespace cifar_bn
