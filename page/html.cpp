#include <xgrad/page/html.hpp>

#include <chrono>

#include <fmt/format.h>

#include <xgrad/page/gnuplot.hpp>

namespace xgrad::page {
namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1b1b1b; --back: #ffffff; --soft: #5f6368; --line: #d7dade; --stripe: #f5f6f8; --link: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e6e6; --back: #14171a; --soft: #a3a9b0; --line: #3a4047; --stripe: #1c2025; --link: #7ab8ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 4rem; max-width: 72rem; color: var(--text); background: var(--back);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .8rem; border-top: 1px solid var(--line); }
p { margin: .7rem 0; }
a { color: var(--link); }
nav ul { list-style: none; padding: 0; margin: 1rem 0; display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; }
nav a { display: inline-block; padding: .3rem 0; }
.subtitle, figcaption, caption { color: var(--soft); }
code { font: .9em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.tables { display: flex; flex-wrap: wrap; gap: 0 2.5rem; }
.scroll { overflow-x: auto; margin: 1rem 0; max-width: 100%; flex: 1 1 30rem; }
table { width: 100%; border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: .4rem; font-size: .88rem; }
th, td { padding: .3rem .55rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--soft); vertical-align: bottom; }
tbody tr:nth-child(even) { background: var(--stripe); }
tbody th { font-weight: 500; }
.number { text-align: right; }
td.number { white-space: nowrap; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 27rem), 1fr)); gap: 1rem 1.5rem; margin: 1rem 0; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; max-width: 46rem; }
svg image { image-rendering: pixelated; }
figcaption { font-size: .88rem; }
@media (max-width: 40rem) { table { font-size: .69rem; } th, td { padding: .25rem .16rem; } body { padding: 1rem .8rem 3rem; } }
@media print {
  :root { --text: #000; --back: #fff; --soft: #444; --line: #bbb; --stripe: #fff; }
  nav { display: none; }
  figure, table { break-inside: avoid; }
  h2 { break-after: avoid; }
  .figures { grid-template-columns: 1fr 1fr; gap: .5rem 1rem; }
  body { max-width: none; font-size: 10pt; }
}
)";

// Loads the page again, at the same place. A page that is not renewed any more says so: its program was
// killed.
constexpr const char* reload_script = R"(<script>
const written = {}, place = "place " + location.pathname;
addEventListener("load", () => scrollTo(0, sessionStorage.getItem(place) || 0));
setTimeout(() => {{ sessionStorage.setItem(place, scrollY); location.reload(); }}, 3000);
if (Date.now() - written > 120000)
  document.querySelector("header").append("Not renewed since " + new Date(written).toLocaleString() + ": the program has been stopped.");
</script>
)";

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            default: result += c;
        }
    }
    return result;
}

// The escaped text; backquotes enclose code.
std::string inline_html(const std::string& text) {
    std::string result;
    bool in_code = false;
    for (const char c : escaped(text)) {
        if (c != '`') {
            result += c;
            continue;
        }
        result += in_code ? "</code>" : "<code>";
        in_code = !in_code;
    }
    return result;
}

bool is_number(const std::string& cell) {
    return cell.find_first_of("0123456789") != std::string::npos &&
           cell.find_first_not_of("0123456789.,+-±eE %−–") == std::string::npos;
}

struct Html {
    const std::map<std::string, std::string>& svgs;

    std::string operator()(const Paragraph& paragraph) const {
        return fmt::format("<p>{}</p>\n", inline_html(paragraph.text));
    }

    std::string operator()(const Table& table) const {
        std::string text =
            fmt::format("<div class=\"scroll\"><table id=\"{}\">\n<caption>{}</caption>\n<thead><tr>",
                        table.id, inline_html(table.caption));
        for (std::size_t column = 0; column < table.header.size(); ++column) {
            const bool number = !table.rows.empty() && column > 0 && is_number(table.rows.front()[column]);
            text += fmt::format("<th scope=\"col\"{}>{}</th>", number ? " class=\"number\"" : "",
                                inline_html(table.header[column]));
        }
        text += "</tr></thead>\n<tbody>\n";
        for (const auto& cells : table.rows) {
            text += fmt::format("<tr><th scope=\"row\">{}</th>", inline_html(cells.front()));
            for (std::size_t column = 1; column < cells.size(); ++column)
                text += fmt::format("<td{}>{}</td>", is_number(cells[column]) ? " class=\"number\"" : "",
                                    inline_html(cells[column]));
            text += "</tr>\n";
        }
        return text + "</tbody></table></div>\n";
    }

    std::string operator()(const Figure& figure) const {
        const auto svg = svgs.find(figure.id);
        const std::string picture =
            svg != svgs.end() && !svg->second.empty()
                ? inline_svg(figure.id, svg->second)
                : fmt::format("<p>Not drawn: gnuplot was not there. It draws <code>figures/{}.gp</code>.</p>",
                              figure.id);
        return fmt::format(
            "<figure id=\"{}\" role=\"group\" aria-label=\"{}\">{}<figcaption>{}</figcaption></figure>\n",
            figure.id, escaped(figure.caption), picture, inline_html(figure.caption));
    }
};

}  // namespace

std::string to_html(const Document& document, const std::map<std::string, std::string>& svgs,
                    Reloading reloading) {
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<link rel=\"icon\" href=\"data:,\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n<body>\n"
        "<header><h1>{0}</h1>\n<p class=\"subtitle\">{2}</p></header>\n<nav aria-label=\"Sections\"><ul>",
        escaped(document.title), style, inline_html(document.subtitle));
    for (const Section& section : document.sections)
        text += fmt::format("<li><a href=\"#{}\">{}</a></li>", section.id, inline_html(section.title));
    text += "</ul></nav>\n<main>\n";
    for (const Section& section : document.sections) {
        text += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, inline_html(section.title));
        std::size_t group = 0;  // adjacent figures, and adjacent tables, are placed side by side
        for (const Block& block : section.blocks) {
            constexpr const char* opening[] = {"", "<div class=\"tables\">\n", "<div class=\"figures\">\n"};
            if (block.index() != group)
                text += (group ? "</div>\n" : "") + std::string(opening[block.index()]);
            group = block.index();
            text += std::visit(Html{svgs}, block);
        }
        text += group ? "</div>\n</section>\n" : "</section>\n";
    }
    text += "</main>\n";
    if (reloading == Reloading::yes) {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        text += fmt::format(fmt::runtime(reload_script),
                            std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    }
    return text + "</body>\n</html>\n";
}

}  // namespace xgrad::page
