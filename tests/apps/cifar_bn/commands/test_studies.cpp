#include <map>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <xgrad/core/error.hpp>
#include "shared/data/data_source.hpp"
#include "support/threads.hpp"

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"

using namespace cifar_bn;
using xgrad::test::read_file;
using xgrad::test::run_command;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;

namespace {

const std::string small = " --half-cycle 5 --cycles 1 --batch-size 20 --validation 50 --hidden 6 --jobs 2";

// Every file below a folder but for the times, and pages without the lines that have them.
std::map<std::string, std::string> results(const std::string& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.path().filename() == "time.json") continue;
        std::istringstream lines(read_file(entry.path()));
        std::string& text = files[std::filesystem::relative(entry.path(), folder)];
        for (std::string line; std::getline(lines, line);)
            if (line.find("training time") == std::string::npos &&
                line.find("wall time") == std::string::npos)
                text += line + "\n";
    }
    return files;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += part.size()) ++found;
    return found;
}

}  // namespace

TEST_CASE("cifar_bn search: a training for each lambda, the table, the plot") {
    const Threads threads(2);
    const TempDir dir;
    run_command("search --count 3 --from 1e-3 --to 1e-1 --spacing log --data " + write_small_data(dir) +
                " --out " + dir.file("out") + small);
    const auto files = results(dir.file("out"));
    CHECK(files.contains("jobs/search-custom-03/result.json"));
    CHECK(files.contains("figures/lambda-search.png"));
    CHECK(files.at("index.html").find("3 values of λ from 0.001 to 0.1, on a log grid") != std::string::npos);
    CHECK(files.at("index.html").find("1.000e-02") != std::string::npos);
}

TEST_CASE(
    "cifar_bn search: --fine is the report's fine search, and other options change it in either order") {
    const Threads threads(2);
    const TempDir dir;
    const std::string data = write_small_data(dir);
    for (const std::string options : {"--fine --count 2", "--count 2 --fine"}) {
        run_command("search " + options + " --data " + data + " --out " + dir.file("out") + small);
        CHECK(results(dir.file("out"))
                  .at("report.md")
                  .find("The custom search: 2 values of λ from 1e-05 to 0.01, uniformly random in log λ") !=
              std::string::npos);
    }
}

TEST_CASE("cifar_bn sensitivity: the matrix and the curves of every pair, without and with batch norm") {
    const Threads threads(2);
    const TempDir dir;
    run_command("sensitivity --sigmas 0.1,0.02 --seeds 2 --data " + write_small_data(dir) + " --out " +
                dir.file("out") + small);
    const auto files = results(dir.file("out"));
    for (const char* job :
         {"sigma-0.1-seed1", "sigma-0.1-bn-seed2", "sigma-0.02-seed2", "sigma-0.02-bn-seed1"})
        CHECK(files.contains("jobs/" + std::string(job) + "/result.json"));
    CHECK(files.contains("figures/sigma-0.02-bn-accuracy.svg"));
    CHECK(files.at("report.md").find("| σ = 0.1 | ") != std::string::npos);
    CHECK(files.at("report.md").find("published") == std::string::npos);  // that was on other data
}

TEST_CASE(
    "cifar_bn report --quick: every section, and the same bytes when it is run again, anew or half done") {
    const Threads threads(2);
    const TempDir dir;
    const std::string data = write_small_data(dir, "small", 3100, 200);
    const auto run = [&](int jobs) {
        run_command(fmt::format("report --quick --seeds 1 --jobs {} --data {} --out {}", jobs, data,
                                dir.file("out")));
        return results(dir.file("out"));
    };
    const auto first = run(2);
    const std::string& html = first.at("index.html");
    for (const char* id : {"summary", "gradients", "three-layers", "nine-layers", "lambda", "sensitivity",
                           "layers", "best-net", "checklist"})
        CHECK(count(html, fmt::format("<section id=\"{}\">", id)) == 1);
    CHECK(count(html, "<figure ") == 37);
    CHECK(count(html, "<svg") == 37);
    CHECK(count(first.at("report.md"), "](figures/") == 37);

    CHECK(run(2) == first);
    std::filesystem::remove(dir.file("out/jobs/search-fine-07/result.json"));
    std::filesystem::create_directory(dir.file("out/jobs/3-layers-seed2"));  // of more seeds, killed
    std::filesystem::remove_all(dir.file("out/jobs/9-layers-bn-seed1"));
    std::filesystem::remove_all(dir.file("out/figures"));
    std::filesystem::remove(dir.file("out/index.html"));
    CHECK(run(2) == first);
}

TEST_CASE("cifar_bn sensitivity: a value given twice is refused; what diverges is a result") {
    const Threads threads(2);
    const TempDir dir;
    const std::string data = write_small_data(dir);
    CHECK_THROWS_WITH_AS(run_command("sensitivity --sigmas 0.1,0.1 --seeds 1 --data " + data + " --out " +
                                     dir.file("out") + small),
                         "jobs: two trainings would be called sigma-0.1-seed1; give each value once",
                         xgrad::ValueError);
    run_command("sensitivity --sigmas 1e20 --seeds 1 --data " + data + " --out " + dir.file("out") + small);
    CHECK(results(dir.file("out"))
              .at("report.md")
              .find("Seed 1 diverged: the loss of step 1 was not finite.") != std::string::npos);
}

TEST_CASE("studies: wrong options are errors, and nothing is written") {
    const TempDir dir;
    const std::string out = " --out " + dir.file("out");
    const auto check_message = [&](const std::string& arguments, const char* message) {
        CHECK_THROWS_WITH_AS(run_command(arguments + out), message, xgrad::ValueError);
    };
    check_message("report --seeds 0", "--seeds: expected 1 to 1000, got 0");
    check_message("search --part 3/2", "--part: expected I/N, such as 2/8, with I from 1 to N, got '3/2'");
    check_message("search --part 1/2 --serve",
                  "--serve: expected no --part, whose page only the last call makes");
    check_message("search --patience 0", "--patience: expected at least 1, got 0");
    check_message("search --jobs 0", "--jobs: expected 1 to 1000, got 0");
    check_message("search --spacing cubic", "--spacing: expected uniform, log or random, got 'cubic'");
    check_message("sensitivity --sigmas -1",
                  "--init: expected xavier, he, or a standard deviation such as 0.001, got '-1'");
    check_message("sensitivity --half-cycle 0", "--half-cycle: expected 1 to 1000000000, got 0");
    CHECK_THROWS_AS(run_command("report --data " + dir.file("none") + out), xgrad::DataError);
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
}
