#include "shared/report/images.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include <xgrad/page/gnuplot.hpp>
#include "support/temp_dir.hpp"

using apps::Mistake;
using xgrad::test::TempDir;

namespace {

// Three images of 1 x 2 pixels in three channels, of the classes 0, 1 and 2.
xgrad::Dataset three_images(const std::vector<std::string>& classes = {"cat", "dog", "frog"}) {
    std::vector<std::uint8_t> pixels;
    for (std::uint8_t i = 0; i < 18; ++i) pixels.push_back(i);
    return {"three", classes, {3, 1, 2}, pixels, {0, 1, 2}};
}

}  // namespace

TEST_CASE("confusion_figure: class names are text, whatever is in them") {
    const TempDir dir;
    const std::string touched = dir.file("touched");
    const std::vector<std::string> names{"my \"cat\"", "it's", "`touch " + touched + "`"};
    const auto drawings =
        xgrad::page::draw({apps::confusion_figure(xgrad::ConfusionMatrix(3), names, "")}, dir.path());
    REQUIRE(drawings.failures.empty());
    const std::string& svg = drawings.svgs.at("confusion");
    CHECK(svg.find("it's") != svg.npos);
    CHECK(svg.find("`touch ") != svg.npos);
    CHECK_FALSE(std::filesystem::exists(touched));
}

TEST_CASE("mistakes: what a net takes for another class, the surest first") {
    xgrad::Array<double> probabilities(xgrad::Shape{3, 3}, 0.1);
    probabilities(0, 2) = 0.6;
    probabilities(1, 1) = 0.8;
    probabilities(2, 0) = 0.7;
    const std::vector<Mistake> found = apps::mistakes(probabilities, three_images());
    REQUIRE(found.size() == 2);
    CHECK(found[0].image == 2);
    CHECK(found[0].predicted == 0);
    CHECK(found[0].probability == 0.7);
    CHECK(found[1].image == 0);
    CHECK(found[1].predicted == 2);
}

TEST_CASE("mistakes_figure: the pixels in their places, and both classes below") {
    const TempDir dir;
    const xgrad::page::Figure figure =
        apps::mistakes_figure({{2, 0, 0.7}, {0, 2, 0.6}}, 1, three_images({"a cat", "dog", "`frog`"}), "");
    // Of the third image red is 12 and 13, green 14 and 15, blue 16 and 17.
    CHECK(figure.script.find("0 0 12 14 16\n1 0 13 15 17\n") != std::string::npos);
    CHECK(figure.script.find("$image1") == std::string::npos);
    const auto drawings = xgrad::page::draw({figure}, dir.path());
    REQUIRE(drawings.failures.empty());
    const std::string& svg = drawings.svgs.at("mistakes");
    CHECK(svg.find("`frog`") != svg.npos);
    CHECK(svg.find("a cat") != svg.npos);
    CHECK(svg.find("70 %") != svg.npos);
    CHECK(
        xgrad::page::draw({apps::mistakes_figure({}, 24, three_images(), "")}, dir.path()).failures.empty());
}
