#include <xgrad/page/markdown.hpp>

#include <fmt/format.h>

#include <xgrad/core/joined.hpp>

namespace xgrad::page {
namespace {

std::string row(std::vector<std::string> cells) {
    for (std::string& cell : cells)
        for (std::size_t at = 0; (at = cell.find('|', at)) != std::string::npos; at += 2)
            cell.insert(at, "\\");
    return fmt::format("| {} |\n", joined(cells, " | "));
}

struct Markdown {
    const std::map<std::string, std::string>& svgs;

    std::string operator()(const Paragraph& paragraph) const { return paragraph.text + "\n\n"; }
    std::string operator()(const Table& table) const {
        std::string text =
            fmt::format("*{}*\n\n{}{}", table.caption, row(table.header), row({table.header.size(), "---"}));
        for (const auto& cells : table.rows) text += row(cells);
        return text + "\n";
    }
    std::string operator()(const Figure& figure) const {
        if (!svgs.contains(figure.id))
            return fmt::format("(not drawn: gnuplot draws figures/{}.gp) {}\n\n", figure.id, figure.caption);
        return fmt::format("![{0}](figures/{0}.svg)\n\n{1}\n\n", figure.id, figure.caption);
    }
};

}  // namespace

std::string to_markdown(const Document& document, const std::map<std::string, std::string>& svgs) {
    std::string text = fmt::format("# {}\n\n{}\n\n", document.title, document.subtitle);
    for (const Section& section : document.sections) {
        text += fmt::format("## {}\n\n", section.title);
        for (const Block& block : section.blocks) text += std::visit(Markdown{svgs}, block);
    }
    return text;
}

}  // namespace xgrad::page
