#include "cifar_bn/jobs/runner.hpp"

#include <doctest/doctest.h>

#include "apps/small_data.hpp"
#include "shared/data/data_source.hpp"
#include "support/threads.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/isa.hpp>

using namespace cifar_bn;
using apps::Split;
using xgrad::test::read_file;
using xgrad::test::small_config;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;

namespace {

Split small_split(const TempDir& dir) { return apps::split(apps::open_data(write_small_data(dir)), 100); }

}  // namespace

TEST_CASE("JobRunner: any number side by side gives the same files, and what is complete is not run again") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    std::vector<Job> jobs;
    for (const std::uint64_t seed : {1U, 2U, 3U, 4U, 5U}) {
        TrainConfig config = small_config();
        config.seed = seed;
        jobs.push_back({"seed" + std::to_string(seed), config});
    }
    const auto run = [&](const std::string& folder, int at_once) {
        std::FILE* log = std::fopen(dir.file("log").c_str(), "w");
        {
            apps::JobsDisplay display(log);
            JobRunner(dir.file(folder), data, {}, {.jobs = at_once}, display).run(jobs);
        }
        std::fclose(log);
        return read_file(dir.file("log"));
    };
    const std::string log = run("one", 1);
    CHECK(std::count(log.begin(), log.end(), '\n') == 5);
    CHECK(log.starts_with("seed1                    validation "));
    CHECK(log.find("5 of 5 trainings  ETA 0:00\n") != std::string::npos);
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
    apps::JobsDisplay display(stdout);
    JobRunner runner(dir.file("jobs"), data, {}, {.jobs = 1}, display);
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
    apps::JobsDisplay display(stdout);
    JobRunner runner(dir.file("jobs"), data, {}, {.jobs = 2}, display);
    CHECK_THROWS_WITH_AS(runner.run({{"a", small_config()}, {"b", small_config()}, {"a", small_config()}}),
                         "jobs: two trainings would be called a; give each value once", xgrad::ValueError);
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs")));
}

TEST_CASE("JobRunner: a training that fails does not keep the others from being done, and is named") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    TrainConfig impossible = small_config();
    impossible.batch_size = 501;  // of 500 images
    apps::JobsDisplay display(stdout);
    JobRunner runner(dir.file("jobs"), data, {}, {.jobs = 2}, display);
    try {
        runner.run({{"bad", impossible}, {"good", small_config()}});
        FAIL("no error");
    } catch (const xgrad::Error& error) {
        CHECK(std::string(error.what())
                  .starts_with("jobs: 1 of 2 trainings failed; the others are done\n  bad: Batches: "));
    }
    CHECK(std::filesystem::exists(dir.file("jobs/good/result.json")));
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs/bad/result.json")));
    CHECK_THROWS_WITH_AS(JobRunner(dir.file("jobs"), data, {}, {}, display),
                         "--jobs: expected 1 to 1000, got 0", xgrad::ValueError);
}

TEST_CASE("JobRunner: parts run their own trainings; the last has all, and a call for all runs none again") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    std::vector<Job> jobs;
    for (const char* name : {"a", "b", "c", "d", "e"}) jobs.push_back({name, small_config()});
    apps::JobsDisplay display(stdout);
    const auto has = [&](const char* job) {
        return std::filesystem::exists(dir.file(std::string("jobs/") + job + "/result.json"));
    };
    const auto part = [&](std::size_t number) {
        return JobRunner(dir.file("jobs"), data, {}, {.jobs = 1, .part = apps::Part{number, 3}}, display);
    };
    CHECK_THROWS_WITH_AS(
        part(2).run(jobs),
        "part 2/3 is done; 3 of 5 trainings are not, and no part works on them: run the other parts, or call without --part",
        apps::PartDone);
    for (const char* job : {"a", "c", "d"}) CHECK_FALSE(has(job));
    for (const char* job : {"b", "e"}) CHECK(has(job));
    part(3).run_part(jobs);  // does not wait
    CHECK(has("c"));
    {
        // Another process runs one of those: it is left to it.
        const apps::JobLocks others(dir.file("jobs"));
        const auto lock = others.take("a");
        CHECK_THROWS_AS(part(1).run(jobs), apps::PartDone);
        CHECK_FALSE(has("a"));
        CHECK(has("d"));
    }
    {
        auto last = part(1);
        CHECK(last.run(jobs).size() == 5);
        CHECK(has("a"));
        CHECK_THROWS_WITH_AS(last.end_part(),
                             "part 1/3 is done, and so are all others: call without --part for the page",
                             apps::PartDone);
    }
    const auto before = std::filesystem::last_write_time(dir.file("jobs/a/result.json"));
    JobRunner all(dir.file("jobs"), data, {}, {.jobs = 1}, display);
    CHECK(all.run(jobs).size() == 5);
    CHECK_NOTHROW(all.end_part());
    CHECK(std::filesystem::last_write_time(dir.file("jobs/a/result.json")) == before);
    CHECK(all.builds() == std::map<std::string, std::size_t>{{apps::build_of(all.receipt()), 5}});
}

TEST_CASE(
    "JobRunner: in a folder of parts, what another build has trained is refused, or used and told apart") {
    const Threads threads(1);
    const TempDir dir;
    const Split data = small_split(dir);
    const std::vector<Job> jobs{{"a", small_config()}, {"b", small_config()}};
    apps::JobsDisplay display(stdout);
    const auto runner = [&](apps::Spreading spreading) {
        spreading.jobs = 1;
        return JobRunner(dir.file("jobs"), data, {}, spreading, display);
    };
    CHECK_THROWS_AS(runner({.part = apps::Part{1, 2}}).run(jobs), apps::PartDone);
    nlohmann::json receipt = nlohmann::json::parse(read_file(dir.file("jobs/a/config.json")));
    receipt["isa"] = "another";
    dir.write("jobs/a/config.json", receipt.dump(2) + "\n");

    const std::string isa(to_string(xgrad::isa()));
    const std::string message = "jobs: " + dir.file("jobs/a") +
                                " was trained by another build or processor: isa was \"another\", is \"" +
                                isa + "\"; --mixed uses it as it is, and without " + dir.file("jobs") +
                                " all are trained anew";
    CHECK_THROWS_WITH_AS(runner({.part = apps::Part{2, 2}}).run(jobs), message.c_str(), xgrad::ValueError);
    CHECK_THROWS_WITH_AS(runner({}).run(jobs), message.c_str(), xgrad::ValueError);
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs/b/result.json")));

    auto mixed = runner({.mixed = true});
    CHECK(mixed.run(jobs).size() == 2);
    CHECK(mixed.builds().size() == 2);
    CHECK(nlohmann::json::parse(read_file(dir.file("jobs/a/config.json"))) == receipt);

    receipt["options"]["lambda"] = 0.5;  // another training: not used, whatever the build
    dir.write("jobs/a/config.json", receipt.dump(2) + "\n");
    auto anew = runner({.mixed = true});
    anew.run(jobs);
    CHECK(anew.builds().size() == 1);

    std::filesystem::remove(dir.file("jobs/.locks"));  // a folder of no parts: trained anew
    receipt = nlohmann::json::parse(read_file(dir.file("jobs/a/config.json")));
    receipt["isa"] = "another";
    dir.write("jobs/a/config.json", receipt.dump(2) + "\n");
    CHECK(runner({}).run(jobs).size() == 2);
    CHECK(nlohmann::json::parse(read_file(dir.file("jobs/a/config.json")))["isa"] == isa);
}

TEST_CASE("step_details: cycle, step, learning rate, loss") {
    const TrainConfig config;
    CHECK(xgrad::fitted(step_details(config, {4500, 1e-5, 1.25}), 80) ==
          "cycle 1/2  step 4500/9000  lr 1.00e-05  batch loss 1.2500");
    CHECK(xgrad::fitted(step_details(config, {9000, 0.1, 1}), 80) ==
          "cycle 2/2  step 9000/9000  lr 1.00e-01  batch loss 1.0000");
}

TEST_CASE("snapshot_row, outcome: costs and accuracies") {
    const Snapshot snapshot{450, 1, 0.02, {1.5, 0.5}, {1.6, 0.4}, {1.7, 0.25}, {}};
    std::string values;
    for (const xgrad::TableCell& cell : snapshot_row({}, snapshot))
        values += cell.heading + " " + cell.value + ", ";
    CHECK(values ==
          "cycle 1/2, step  450, lr 2.00e-02, train cost 1.5000, val. cost 1.6000, train acc. 50.00 %, "
          "val. acc. 40.00 %, test acc. 25.00 %, ");
    CHECK(xgrad::fitted(outcome(snapshot), 80) == "validation 40.00 %  test 25.00 %");
    CHECK(xgrad::fitted(outcome(snapshot), 20) == "test 25.00 %");
}
