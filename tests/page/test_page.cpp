#include <xgrad/page/document.hpp>
#include <xgrad/page/prose.hpp>

#include <doctest/doctest.h>

#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/html.hpp>
#include <xgrad/page/markdown.hpp>
#include <xgrad/page/shell.hpp>
#include "support/temp_dir.hpp"

#include <xgrad/core/error.hpp>

using namespace xgrad::page;
using xgrad::test::read_file;
using xgrad::test::TempDir;

TEST_CASE("prose: one line, whatever lines the source has; what is inserted stays as it is") {
    CHECK(prose("one line") == "one line");
    CHECK(prose(R"(
              Two lines,
              and {} of {:.1f}.
          )",
                "a  value", 0.25) == "Two lines, and a  value of 0.2.");
    CHECK(prose("  ").empty());
}

namespace {

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const Document page{"Title & more",
                    "Subtitle",
                    {{"one",
                      "Section one",
                      {Paragraph{"a < b, `code & more`"},
                       Table{"numbers", "Caption", {"name", "value"}, {{"x|y", "1.5"}, {"z", "many"}}},
                       Figure{"plot", "A plot", "plot x\n"}}}}};

}  // namespace

TEST_CASE("to_html: escapes, marks code and numbers, and has every part") {
    const std::string html = to_html(page, {{"plot", "<?xml?><svg id='a'>picture</svg>"}});
    CHECK(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    CHECK(contains(html, "<h1>Title &amp; more</h1>"));
    CHECK(contains(html, "<a href=\"#one\">Section one</a>"));
    CHECK(contains(html, "<p>a &lt; b, <code>code &amp; more</code></p>"));
    CHECK(contains(html, "<table id=\"numbers\">\n<caption>Caption</caption>"));
    CHECK(contains(html, "<tr><th scope=\"row\">x|y</th><td class=\"number\">1.5</td></tr>"));
    CHECK(contains(html, "<tr><th scope=\"row\">z</th><td>many</td></tr>"));
    CHECK(contains(
        html,
        "<figure id=\"plot\" role=\"group\" aria-label=\"A plot\"><svg id='plot-a'>picture</svg><figcaption>A plot"));
    CHECK_FALSE(contains(html, "<?xml"));
    CHECK_FALSE(contains(html, "http"));  // nothing is fetched
}

TEST_CASE("to_markdown: tables and figures") {
    const std::string text = to_markdown(page, {{"plot", "<svg/>"}});
    CHECK(
        text ==
        "# Title & more\n\nSubtitle\n\n## Section one\n\na < b, `code & more`\n\n*Caption*\n\n| name | value |\n| --- | --- |\n| x\\|y | 1.5 |\n| z | many |\n\n![plot](figures/plot.svg)\n\nA plot\n\n");
}

TEST_CASE("pages without gnuplot say what is missing") {
    CHECK(contains(to_html(page, {}),
                   "<p>Not drawn: gnuplot was not there. It draws <code>figures/plot.gp</code>.</p>"));
    CHECK(contains(to_markdown(page, {}), "(not drawn: gnuplot draws figures/plot.gp) A plot"));
}

TEST_CASE("inline_svg: ids of several figures do not meet, and black is the page's text colour") {
    CHECK(
        inline_svg(
            "3-f",
            "<?xml?>\n<svg><title>t</title><path id='p' fill=\"black\" stroke='rgb(  0,   0, 0)'/><use xlink:href='#p'/><g style=\"fill: url(#q)\" color=\"black\" fill=\"#000001\"/></svg>") ==
        "<svg><path id='3-f-p' fill=\"currentColor\" stroke='currentColor'/><use xlink:href='#3-f-p'/><g style=\"fill: url(#3-f-q)\" fill=\"#000001\"/></svg>");
}

TEST_CASE("draw: script, SVG and PNG of every figure") {
    const TempDir dir;
    const auto drawings =
        draw({make_figure("line", "", 300, 200, "plot x with lines\n")}, dir.file("figures of ' mine"));
    REQUIRE(drawings.svgs.contains("line"));
    CHECK(contains(drawings.svgs.at("line"), "viewBox=\"0 0 300 200\""));
    CHECK(read_file(dir.file("figures of ' mine/line.svg")) == drawings.svgs.at("line"));
    CHECK(read_file(dir.file("figures of ' mine/line.png")).starts_with("\x89PNG"));
    CHECK(contains(read_file(dir.file("figures of ' mine/line.gp")), "plot x with lines"));
    std::size_t files = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator(dir.file("figures of ' mine")))
        ++files;
    CHECK(files == 3);
}

TEST_CASE(
    "draw: a figure that gnuplot cannot draw does not keep the others from being drawn, and its complaint is kept") {
    const TempDir dir;
    const auto drawings =
        draw({make_figure("wrong", "", 300, 200, "plit x\n"), make_figure("right", "", 300, 200, "plot x\n")},
             dir.path());
    CHECK(drawings.svgs.size() == 1);
    CHECK(drawings.svgs.contains("right"));
    REQUIRE(drawings.failures.size() == 1);
    CHECK(drawings.failures[0].starts_with("gnuplot: " + dir.file("wrong.gp") + ": "));
    CHECK(contains(drawings.failures[0], "invalid command"));
}

TEST_CASE("data_block: rows of numbers under a name") {
    CHECK(data_block("a", {{1, 0.5}, {2, 1e-12}}) == "$a << END\n1 0.5\n2 1e-12\nEND\n");
}

TEST_CASE("shell_quoted: one word, whatever is in it") {
    CHECK(shell_quoted("/tmp/a-b_c.d") == "/tmp/a-b_c.d");
    CHECK(shell_quoted("it's here") == "'it'\\''s here'");
}
