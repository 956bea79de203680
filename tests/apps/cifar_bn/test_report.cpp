#include "cifar_bn/evidence/comparison.hpp"

#include <doctest/doctest.h>

#include <xgrad/page/document.hpp>
#include "apps/cifar_bn/trials.hpp"

using namespace cifar_bn;
using xgrad::test::ended_with;

TEST_CASE("test_table: published, ours, difference, spread, and who did not learn") {
    const xgrad::page::Table table =
        test_table("id", "caption", {ended_with({49, 51}), ended_with({10}, std::nullopt)});
    CHECK(table.rows[0] ==
          std::vector<std::string>{"2.1", "a net", "50.00", "50.00", "+0.00", "± 1.41", "0 of 2"});
    CHECK(table.rows[1] == std::vector<std::string>{"2.1", "a net", "–", "10.00", "–", "–", "1 of 1"});
}

TEST_CASE("assessment_table: a new run, p, the verdict, the curves") {
    const std::vector<Trials> rows{ended_with({49, 50, 51, 50})};
    CHECK(assessment_table("id", "caption", rows, Assessments(rows)).rows[0] ==
          std::vector<std::string>{"2.1", "a net", "47.09 – 52.91", "1.000", "inside", "–"});
    CHECK(assessment_table("id", "caption", rows, {}).rows[0] ==
          std::vector<std::string>{"2.1", "a net", "–", "–", "–", "–"});
}

TEST_CASE("validation_table: published, ours, difference, spread") {
    CHECK(validation_table("id", "caption", {ended_with({50})}).rows[0] ==
          std::vector<std::string>{"2.1", "a net", "60.00", "0.00", "-60.00", "–"});
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
