#include "cifar_bn/report/comparison.hpp"

#include <doctest/doctest.h>

#include "apps/cifar_bn/trials.hpp"
#include "cifar_bn/report/images.hpp"
#include "shared/page/document.hpp"
#include "shared/page/gnuplot.hpp"
#include "support/temp_dir.hpp"

using namespace cifar_bn;
using apps::prose;
using xgrad::test::ended_with;
using xgrad::test::TempDir;

TEST_CASE("comparison: within the spread, beyond it, one seed, not learnt, nothing published") {
    CHECK(comparison(ended_with({49, 51, 52})) == prose(R"(
            a net: 50.67 ± 1.53 % of the test images, mean and standard deviation of 3 seeds. Published:
            50.00 %; ours is 0.67 points higher, within the spread of our seeds (1.53).)"));
    CHECK(comparison(ended_with({48, 49})) == prose(R"(
            a net: 48.50 ± 0.71 % of the test images, mean and standard deviation of 2 seeds. Published:
            50.00 %; ours is 1.50 points lower, which is more than the spread of our seeds (0.71). Seed by
            seed: 48.00, 49.00.)"));
    CHECK(comparison(ended_with({48})) == prose(R"(
            a net: 48.00 % of the test images, one seed. Published: 50.00 %; ours is 2.00 points lower,
            and one seed does not tell how much is chance.)"));
    CHECK(comparison(ended_with({10, 50}, std::nullopt)) == prose(R"(
            a net: 30.00 ± 28.28 % of the test images, mean and standard deviation of 2 seeds. Seed by
            seed: 10.00, 50.00. 1 of 2 did not learn at all; the others have 50.00 %.)"));
    CHECK(comparison(ended_with({10, 40, 42})) == prose(R"(
            a net: 30.67 ± 17.93 % of the test images, mean and standard deviation of 3 seeds. Published:
            50.00 %; ours is 19.33 points lower, as not all seeds learn. Seed by seed: 10.00, 40.00,
            42.00. 1 of 3 did not learn at all; the others have 41.00 ± 1.41 %.)"));
    CHECK(comparison(ended_with({49, 51})).find("ours is the same, within the spread of our seeds (1.41).") !=
          std::string::npos);
    Trials diverged = ended_with({10, 10});
    diverged.results[1].diverged_at = 7;
    CHECK(comparison(diverged) == prose(R"(
            a net: 10.00 ± 0.00 % of the test images, mean and standard deviation of 2 seeds. Published:
            50.00 %; ours is 40.00 points lower, which is more than the spread of our seeds (0.00). Seed
            by seed: 10.00, 10.00. None of them learnt at all. Seed 2 diverged: the loss of step 7 was not
            finite.)"));
}

TEST_CASE("test_table: published, ours, difference, spread, and who did not learn") {
    const apps::Table table =
        test_table("id", "caption", {ended_with({49, 51}), ended_with({10}, std::nullopt)});
    CHECK(table.rows[0] ==
          std::vector<std::string>{"2.1", "a net", "50.00", "50.00", "+0.00", "± 1.41", "0 of 2"});
    CHECK(table.rows[1] == std::vector<std::string>{"2.1", "a net", "–", "10.00", "–", "–", "1 of 1"});
}

TEST_CASE("summary_text: titles with their numbers, below them where the lines are too short") {
    std::vector<Trials> trials{ended_with({49, 51}), ended_with({10}, std::nullopt)};
    trials.back().experiment.title = "σ = 0.1, another net";
    CHECK(summary_text(trials, 51) ==
          "                                    ours  published\n"
          "2.1  a net                  50.00 ± 1.41      50.00\n"
          "2.1  σ = 0.1, another net          10.00          -\n");
    CHECK(summary_text(trials, 39) ==
          "                        ours  published\n"
          "2.1  a net      50.00 ± 1.41      50.00\n"
          "2.1  σ = 0.1, another net\n"
          "                       10.00          -\n");
    trials.erase(trials.begin());
    CHECK(summary_text(trials, 39) == "2.1  σ = 0.1, another net         10.00\n");
}

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
