#include "cifar_bn/jobs/job.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include "support/threads.hpp"
#include "cifar_bn/jobs/runner.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"
#include <xgrad/nn/state.hpp>

#include "apps/small_data.hpp"

using namespace cifar_bn;
using xgrad::test::read_file;
using xgrad::test::small_config;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;

namespace {

Split small_split(const TempDir& dir) { return split(open_data(write_small_data(dir)), 100); }

const nlohmann::json receipt_1 = {{"a", 1}};

}  // namespace

TEST_CASE("run_job: what it returns is what finished_job reads, bit by bit") {
    const TempDir dir;
    const Split data = small_split(dir);
    const JobResult result = run_job(dir.file("job"), receipt_1, small_config(), data);
    const auto read = finished_job(dir.file("job"), receipt_1);
    REQUIRE(read);
    REQUIRE(read->snapshots.size() == 11);
    for (std::size_t i = 0; i < 11; ++i) {
        CHECK(read->snapshots[i].train.cost == result.snapshots[i].train.cost);
        CHECK(read->snapshots[i].test.accuracy == result.snapshots[i].test.accuracy);
        CHECK(read->snapshots[i].layers.size() == 2);
        CHECK(read->snapshots[i].layers[1].gradient == result.snapshots[i].layers[1].gradient);
    }
    CHECK(read->test_confusion.rows() == result.test_confusion.rows());
    CHECK(read->test_confusion.accuracy() == read->last().test.accuracy);
    CHECK(result.time.total > 0);
    CHECK(read->time.total == result.time.total);
    CHECK(read->time.step == result.time.step);
}

TEST_CASE("run_job: the state it writes is the trained net's") {
    const TempDir dir;
    const Split data = small_split(dir);
    const TrainConfig config = small_config();
    const JobResult result = run_job(dir.file("job"), receipt_1, config, data);
    xgrad::Rng rng(99);
    auto net = make_network<float>(data.train.features(), config.hidden, 10, true,
                                   xgrad::init::xavier_normal(), rng);
    xgrad::load_state(dir.file("job/model.safetensors"), net);
    CHECK(evaluate(net, data.test, data.normalizer).accuracy() == result.last().test.accuracy);
}

TEST_CASE(
    "finished_job: nothing of a job that did not come to its end, lacks a file, or had another receipt") {
    const TempDir dir;
    const Split data = small_split(dir);
    CHECK_FALSE(finished_job(dir.file("job"), receipt_1));
    run_job(dir.file("job"), receipt_1, small_config(), data);
    CHECK_FALSE(finished_job(dir.file("job"), {{"a", 2}}));
    CHECK(finished_job(dir.file("job"), receipt_1));
    for (const char* file : {"result.json", "time.json", "model.safetensors", "metrics.csv", "config.json"}) {
        CAPTURE(file);
        std::filesystem::rename(dir.file("job") + "/" + file, dir.file("aside"));
        CHECK_FALSE(finished_job(dir.file("job"), receipt_1));
        std::filesystem::rename(dir.file("aside"), dir.file("job") + "/" + file);
    }
    TrainConfig impossible = small_config();
    impossible.batch_size = 501;  // of 500 images
    CHECK_THROWS_AS(run_job(dir.file("job"), receipt_1, impossible, data), xgrad::ValueError);
    CHECK_FALSE(
        finished_job(dir.file("job"), receipt_1));  // what was there is void as soon as another one starts
}

TEST_CASE("finished_job: a damaged result is named, with what to do") {
    const TempDir dir;
    run_job(dir.file("job"), receipt_1, small_config(), small_split(dir));
    const std::string file = dir.file("job/result.json");
    const auto message = [&](const char* text) -> std::string {
        dir.write("job/result.json", text);
        try {
            finished_job(dir.file("job"), receipt_1);
        } catch (const xgrad::DataError& error) {
            return error.what();
        }
        return "";
    };
    for (const char* text :
         {"", "{", "{}", "[]", R"({"snapshots": [], "test_confusion": [[1]], "diverged_at": 0})"}) {
        CAPTURE(text);
        const std::string found = message(text);
        CHECK(found.starts_with("job: " + file + ": "));
        CHECK(found.ends_with("; delete " + dir.file("job") + " to train anew"));
    }
    CHECK(
        message(R"({"snapshots": [], "test_confusion": [[1]], "diverged_at": 0})").find(": no snapshots;") !=
        std::string::npos);
}

TEST_CASE("JobRunner: any number side by side gives the same files, and what is complete is not run again") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    std::vector<Job> jobs;
    std::vector<TrainConfig> configs;
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
        TrainConfig config = small_config();
        config.seed = seed;
        jobs.push_back({"seed" + std::to_string(seed), config});
        configs.push_back(config);
    }
    const auto run = [&](const std::string& folder, int at_once) {
        std::FILE* log = std::fopen(dir.file("log").c_str(), "w");
        {
            JobsDisplay display(configs, data, log, false);
            JobRunner(dir.file(folder), data, {}, at_once, display).run(jobs);
        }
        std::fclose(log);
        return read_file(dir.file("log"));
    };
    const std::string log = run("one", 1);
    CHECK(std::count(log.begin(), log.end(), '\n') == 5);
    CHECK(log.starts_with("seed1                    validation "));
    CHECK(log.find("5 of 5 trainings, ETA 0:00\n") != std::string::npos);
    run("three", 3);
    for (const Job& job : jobs)
        for (const char* file : {"config.json", "metrics.csv", "model.safetensors", "result.json"})
            CHECK(read_file(dir.file("one/" + job.name + "/" + file)) ==
                  read_file(dir.file("three/" + job.name + "/" + file)));

    std::filesystem::remove(dir.file("one/seed2/result.json"));
    const std::string second = run("one", 2);
    CHECK(std::count(second.begin(), second.end(), '\n') == 1);
    CHECK(second.find("seed2") == 0);
    CHECK(run("one", 2).empty());
}

TEST_CASE("JobRunner: a training that diverges has a result like any other") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    TrainConfig diverging = small_config();
    diverging.batch_norm = false;
    diverging.eta_min = diverging.eta_max = 1e30;
    JobsDisplay display({}, data, stdout, false);
    JobRunner runner(dir.file("jobs"), data, {}, 1, display);
    const JobResult result = runner.run({{"diverging", diverging}}).front();
    CHECK(result.diverged_at > 0);
    const JobResult read = runner.run({{"diverging", diverging}}).front();
    CHECK(read.diverged_at == result.diverged_at);
    CHECK(std::isnan(read.last().train.cost));
    CHECK(read.last().test.accuracy == result.last().test.accuracy);
    CHECK(read.snapshots.size() == 11);
}

TEST_CASE("JobRunner: two trainings of one name are refused before any is run") {
    const TempDir dir;
    const Split data = small_split(dir);
    JobsDisplay display({}, data, stdout, false);
    JobRunner runner(dir.file("jobs"), data, {}, 2, display);
    CHECK_THROWS_WITH_AS(runner.run({{"a", small_config()}, {"b", small_config()}, {"a", small_config()}}),
                         "jobs: two trainings would be called a; give each value once", xgrad::ValueError);
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs")));
}

TEST_CASE("JobsDisplay: on a terminal, bars are drawn anew, and the lines above them stay") {
    const TempDir dir;
    const Split data = small_split(dir);
    std::FILE* terminal = std::fopen(dir.file("terminal").c_str(), "w");
    {
        JobsDisplay display({small_config(), small_config()}, data, terminal, true);
        for (const char* name : {"first", "second"}) {
            JobsDisplay::Job job(display, name, small_config());
            job.step({10, 0.1, 1.0});
            Snapshot last{};
            last.test.accuracy = 0.5;
            job.finish(last);
        }
        std::fputs("what follows\n", terminal);
    }
    std::fclose(terminal);
    const std::string text = read_file(dir.file("terminal"));
    CHECK(text.starts_with(
        "first                    [############............] step 10/20\n0 of 2 trainings, ETA 0:00\n\033[2A\033[Jfirst                    validation  0.00 %  test 50.00 %    0.0 s\n"));
    CHECK(
        text.ends_with("second                   validation  0.00 %  test 50.00 %    0.0 s\nwhat follows\n"));
}

TEST_CASE("JobRunner: a training that fails does not keep the others from being done, and is named") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    TrainConfig impossible = small_config();
    impossible.batch_size = 501;  // of 500 images
    JobsDisplay display({}, data, stdout, false);
    JobRunner runner(dir.file("jobs"), data, {}, 2, display);
    try {
        runner.run({{"bad", impossible}, {"good", small_config()}});
        FAIL("no error");
    } catch (const xgrad::Error& error) {
        CHECK(std::string(error.what())
                  .starts_with("jobs: 1 of 2 trainings failed; the others are done\n  bad: Batches: "));
    }
    CHECK(std::filesystem::exists(dir.file("jobs/good/result.json")));
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs/bad/result.json")));
    CHECK_THROWS_WITH_AS(JobRunner(dir.file("jobs"), data, {}, 0, display),
                         "--jobs: expected at least 1, got 0", xgrad::ValueError);
}
