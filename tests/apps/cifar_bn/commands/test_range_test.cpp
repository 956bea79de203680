#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"

#include <xgrad/core/error.hpp>

using xgrad::test::contains;
using xgrad::test::output_of;
using xgrad::test::read_file;
using xgrad::test::run_command;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

const std::string small = "range-test --hidden 6 --batch-size 20 --validation 50 --threads 1 --steps 100 ";

}  // namespace

TEST_CASE("cifar_bn range-test: the losses and accuracies, a suggestion, the page and its figure") {
    const TempDir dir;
    const std::string to = "--data " + write_small_data(dir) + " --out " + dir.file("out");
    const std::string text = output_of(small + "--eta-max 0.2 " + to);
    CHECK(contains(text, "small, 550 images to train on: 100 of 100 steps\nsuggested: --eta-min "));
    const std::string csv = read_file(dir.file("out/range-test.csv"));
    CHECK(csv.starts_with("step,learning_rate,loss,smoothed_loss,validation_accuracy\n1,1e-06,"));
    CHECK(std::ranges::count(csv, '\n') == 101);
    CHECK(contains(csv, ",\n4,"));  // the third step has no accuracy
    CHECK_FALSE(contains(csv, ",\n101,"));
    CHECK_FALSE(csv.ends_with(",\n"));  // the last one has
    const std::string page = read_file(dir.file("out/report.md"));
    CHECK(contains(page, "# A learning-rate range test on small\n"));
    CHECK(contains(page, "grows exponentially from 1e-06 to 10 in 100 steps; seed 1, λ = 0.005."));
    CHECK(contains(page, "The trainings' cycles go from 1e-05 to 0.2."));
    CHECK(contains(page, "(figures/range-test.svg)"));
    CHECK(std::filesystem::exists(dir.file("out/index.html")));
    CHECK(std::filesystem::exists(dir.file("out/figures/range-test.png")));
    const std::string figure = read_file(dir.file("out/figures/range-test.gp"));
    CHECK(contains(figure, "set arrow from first 1e-05,"));
    CHECK(contains(figure, "set arrow from first 0.2,"));
    CHECK(contains(figure, "title \"suggested\""));

    run_command(small + to);
    CHECK(read_file(dir.file("out/range-test.csv")) == csv);
}

TEST_CASE("cifar_bn range-test: one that grows linearly, and one that diverges") {
    const TempDir dir;
    const std::string to = "--data " + write_small_data(dir) + " --out " + dir.file("out");
    run_command(small + "--linear --from 1 --to 2 --scalar double " + to);
    CHECK(contains(read_file(dir.file("out/range-test.csv")), "\n100,2,"));
    CHECK(contains(read_file(dir.file("out/report.md")), "grows linearly from 1 to 2"));
    const std::string figure = read_file(dir.file("out/figures/range-test.gp"));
    CHECK_FALSE(contains(figure, "set arrow"));  // both marks are outside
    CHECK_FALSE(contains(figure, "logscale"));

    const auto diverging = [&](const std::string& init) {
        return output_of(small + "--no-batch-norm --from 1 --to 1e3 --init " + init + " " + to);
    };
    CHECK(contains(diverging("1e3"), " of 100 steps, then it diverged\n"));
    CHECK(contains(read_file(dir.file("out/report.md")), "It diverged after "));
    CHECK(contains(
        diverging("1e25"),
        ": 0 of 100 steps, then it diverged\nno range is suggested: the smoothed loss did not fall\n"));
    CHECK(contains(read_file(dir.file("out/report.md")), "It diverged after 0 steps."));
    CHECK(contains(read_file(dir.file("out/report.md")), "No range is suggested"));
}

TEST_CASE("cifar_bn range-test: wrong options are errors, and nothing is written") {
    const TempDir dir;
    const auto refuses = [&](const std::string& options, const char* message) {
        CHECK_THROWS_WITH_AS(run_command("range-test " + options + " --out " + dir.file("out")), message,
                             xgrad::ValueError);
    };
    refuses("--from 0", "--from: expected a positive number, got 0");
    refuses("--to 1e-7", "--to: expected a number above --from (1e-06), got 1e-07");
    refuses("--steps 1", "--steps: expected 2 to 1000000, got 1");
    refuses("--batch-size 1", "--batch-size: expected at least 2 (batch norm needs two images), got 1");
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
}
