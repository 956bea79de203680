#include <xgrad/page/curves.hpp>

#include <string>
#include <variant>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/page/gnuplot.hpp>
#include <xgrad/page/publish.hpp>
#include <xgrad/train/metrics_log.hpp>
#include <xgrad/train/training_loop.hpp>
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::TempDir;

TEST_CASE("curves: a table, and a figure for the values whose names end in the same word") {
    const TempDir dir;
    TrainingLoop loop(3000);
    loop.observe<JsonLinesLog>(dir.path() / "a.jsonl");
    loop.run([&](std::uint64_t step) {
        loop.log("loss",
                 step == 0 ? std::numeric_limits<double>::infinity() : 1 / static_cast<double>(step + 1));
        if (step % 100 == 99) loop.log("validation/loss", 2);
        if (step % 100 == 99) loop.log("it's \"accuracy\"", static_cast<double>(step));
        return true;
    });
    const page::Document document = page::curves("A title", dir.path() / "a.jsonl");
    REQUIRE(document.sections.size() == 1);
    const auto& blocks = document.sections[0].blocks;
    REQUIRE(blocks.size() == 3);
    CHECK(std::get<page::Table>(blocks[0]).rows ==
          std::vector<std::vector<std::string>>{{"loss", "0.000333333", "0.000333333", "3000", "0.5", "2"},
                                                {"validation/loss", "2", "2", "100", "2", "100"},
                                                {"it's \"accuracy\"", "2999", "99", "100", "2999", "3000"}});
    const auto& loss = std::get<page::Figure>(blocks[1]);
    CHECK(loss.caption == "loss");
    CHECK(std::count(loss.script.begin(), loss.script.end(), '\n') > 1000);  // 2999 points in groups of three
    CHECK(std::count(loss.script.begin(), loss.script.end(), '\n') < 1200);
    for (const auto& figure : page::figures_of(document))
        CHECK(page::draw_svg(figure, dir.path()).find("<svg") != std::string::npos);
}

TEST_CASE("curves: what it refuses") {
    const TempDir dir;
    const auto check = [&](const std::string& text, const std::string& message) {
        const std::string file = dir.write("a.jsonl", text);
        CHECK_THROWS_WITH_AS(page::curves("", file), ("curves: " + file + message).c_str(), DataError);
    };
    check("", ": nothing was logged");
    check("{\"step\":1,\"loss\":2}\n{\"step\":2,\"lo", ":2: expected a JSON object with a number named step");
    check("[1]\n", ":1: expected a JSON object with a number named step");
    check("{\"loss\":2}\n", ":1: expected a JSON object with a number named step");
    check("{\"step\":1,\"loss\":\"2\"}\n", ":1: expected a number named loss");
    CHECK_THROWS_WITH_AS(page::curves("", dir.path() / "none"),
                         ("curves: " + dir.file("none") + ": cannot be read").c_str(), DataError);
}
