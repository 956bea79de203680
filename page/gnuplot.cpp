#include <xgrad/page/gnuplot.hpp>

#include <array>
#include <cstdio>
#include <mutex>
#include <regex>

#include <fmt/format.h>

#include <xgrad/page/shell.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/core/parallel.hpp>
#include <xgrad/io/write_file.hpp>

namespace xgrad::page {
namespace {

// The exit status and the output of a shell command.
std::pair<int, std::string> run(const std::string& command) {
    std::FILE* pipe = ::popen(command.c_str(), "re");
    if (!pipe) return {-1, "it cannot be started"};
    std::string output;
    std::array<char, 1 << 16> chunk;
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), pipe))
        output.append(chunk.data(), count);
    return {::pclose(pipe), output};
}

bool has_gnuplot() { return run("command -v gnuplot").first == 0; }

// The output of `gnuplot -c script terminal`.
std::string run_gnuplot(const std::filesystem::path& script, const char* terminal) {
    const std::string command = fmt::format("gnuplot -c {} {}", shell_quoted(script.string()), terminal);
    auto [status, picture] = run(command + " 2> /dev/null");
    if (status == 0 && !picture.empty()) return std::move(picture);
    fail<DataError>("gnuplot",
                    fmt::format("{}: {}", script.string(), run(command + " 2>&1 > /dev/null").second));
}

}  // namespace

Figure make_figure(const std::string& id, const std::string& caption, int width, int height,
                   const std::string& commands) {
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
    for (const std::vector<double>& row : rows) text += joined(row, " ", "{:.8g}") + "\n";
    return text + "END\n";
}

std::vector<Figure> figures_of(const Document& document) {
    std::vector<Figure> figures;
    for (const Section& section : document.sections)
        for (const Block& block : section.blocks)
            if (const auto* figure = std::get_if<Figure>(&block)) figures.push_back(*figure);
    return figures;
}

std::string draw_svg(const Figure& figure, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path script = folder / (figure.id + ".gp");
    write_file(script, figure.script);
    return has_gnuplot() ? run_gnuplot(script, "svg") : "";
}

Drawings draw(const std::vector<Figure>& figures, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto file = [&](const Figure& figure, const char* extension) {
        return folder / (figure.id + extension);
    };
    for (const Figure& figure : figures) write_file(file(figure, ".gp"), figure.script);
    Drawings drawings;
    drawings.has_gnuplot = has_gnuplot();
    if (!drawings.has_gnuplot) return drawings;
    std::mutex mutex;  // protects `drawings`
    parallel_for(figures.size(), 1, [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
            try {
                const std::string svg = run_gnuplot(file(figures[i], ".gp"), "svg");
                write_file(file(figures[i], ".svg"), svg);
                write_file(file(figures[i], ".png"), run_gnuplot(file(figures[i], ".gp"), "png"));
                const std::scoped_lock lock(mutex);
                drawings.svgs[figures[i].id] = svg;
            } catch (const DataError& error) {
                const std::scoped_lock lock(mutex);
                drawings.failures.emplace_back(error.what());
            }
        }
    });
    return drawings;
}

std::string gnuplot_string(const std::string& text) {
    return "'" + std::regex_replace(text, std::regex("'"), "''") + "'";
}

std::string inline_svg(const std::string& id, std::string svg) {
    svg.erase(0, svg.find("<svg"));
    const std::vector<std::pair<std::regex, std::string>> rules{
        {std::regex(R"(\b(id=['"]|href=['"]#|url\(#))"),
         "$01" + id + "-"},  // two digits: the id may begin with one
        {std::regex(R"(\b(fill|stroke)=(['"])(black|rgb\( *0, *0, *0\))\2)"), "$1=$2currentColor$2"},
        {std::regex(R"( color="black"|<title>[^<]*</title>|<desc>[^<]*</desc>)"), ""},
    };
    for (const auto& [pattern, replacement] : rules) svg = std::regex_replace(svg, pattern, replacement);
    return svg;
}

}  // namespace xgrad::page
