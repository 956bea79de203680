#include <xgrad/page/publish.hpp>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/html.hpp>
#include <xgrad/page/markdown.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/core/joined.hpp>
#include <xgrad/io/write_file.hpp>

namespace xgrad::page {

void publish(const Document& document, const std::filesystem::path& folder) {
    const std::filesystem::path pictures = folder / "figures";
    for (const auto& written : {folder, pictures}) remove_leftovers(written);
    const std::vector<Figure> figures = figures_of(document);
    const auto [has_gnuplot, svgs, failures] = draw(figures, pictures);
    write_file(folder / "report.md", to_markdown(document, svgs));
    write_file(folder / "index.html", to_html(document, svgs));
    if (has_gnuplot)
        fmt::print("{} figures in {}\n", svgs.size(), pictures.string());
    else
        fmt::print(
            "gnuplot is not installed, so that no figure is drawn: install it (Debian: gnuplot-nox) and run this again.\n");
    fmt::print("written: {0}/index.html and {0}/report.md\n", folder.string());
    if (!failures.empty())
        fail<DataError>("figures", fmt::format("{} of {} are not drawn; all else is written\n  {}",
                                               failures.size(), figures.size(), joined(failures, "\n  ")));
}

}  // namespace xgrad::page
