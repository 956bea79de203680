#include "cifar_bn/report/images.hpp"

#include <doctest/doctest.h>

#include "shared/page/gnuplot.hpp"

#include "support/temp_dir.hpp"

using namespace cifar_bn;
using xgrad::test::TempDir;

TEST_CASE("confusion_figure: class names are text, whatever is in them") {
    const TempDir dir;
    const std::string touched = dir.file("touched");
    const std::vector<std::string> names{"my \"cat\"", "it's", "`touch " + touched + "`"};
    const auto drawings = apps::draw({confusion_figure(xgrad::ConfusionMatrix(3), names, "")}, dir.path());
    REQUIRE(drawings.failures.empty());
    const std::string& svg = drawings.svgs.at("confusion");
    CHECK(svg.find("it's") != svg.npos);
    CHECK(svg.find("`touch ") != svg.npos);
    CHECK_FALSE(std::filesystem::exists(touched));
}
