#include "shared/jobs/tasks.hpp"

#include <atomic>
#include <csignal>
#include <initializer_list>

#include <doctest/doctest.h>

#include <xgrad/train/stop_signals.hpp>
#include "apps/small_data.hpp"
#include "shared/data/data_source.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/receipt.hpp"
#include "support/temp_dir.hpp"
#include "support/threads.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>

using namespace apps;
using xgrad::test::read_file;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;

TEST_CASE("run_tasks: each runs once, but for those that can be reused; the display is told") {
    for (const int at_once : {1, 3}) {
        CAPTURE(at_once);
        const Threads threads(2);
        const TempDir dir;
        std::FILE* log = std::fopen(dir.file("log").c_str(), "w");
        std::vector<std::atomic<int>> runs(6);
        std::vector<Task> tasks;
        for (std::size_t i = 0; i < runs.size(); ++i)
            tasks.push_back({{"task" + std::to_string(i), 10, 1},
                             [i] { return i == 2; },
                             [&runs, i](const auto& on_step) {
                                 on_step(10);
                                 ++runs[i];
                                 return std::vector<xgrad::LinePart>{{"outcome " + std::to_string(i)}};
                             }});
        {
            std::vector<JobPlan> plans;
            for (const Task& task : tasks) plans.push_back(task.plan);
            JobsDisplay display(log);
            display.plan(plans);
            run_tasks(tasks, at_once, display);
        }
        std::fclose(log);
        CHECK(xgrad::num_threads() == 1);
        for (std::size_t i = 0; i < runs.size(); ++i) CHECK(runs[i] == (i == 2 ? 0 : 1));
        const std::string text = read_file(dir.file("log"));
        CHECK(std::count(text.begin(), text.end(), '\n') == 5);
        CHECK(text.find("task4                    outcome 4    0.0 s  ") != text.npos);
        // Side by side, the one that is reused may be the last.
        if (at_once == 1) CHECK(text.find("6 of 6 trainings  (1 from before)  ETA 0:00\n") != text.npos);
    }
}

TEST_CASE("run_tasks: names every one that fails, in reuse or in run, after the others are done") {
    const Threads threads(1);
    JobsDisplay display(stdout);
    bool done = false;
    const auto never = [] { return false; };
    const auto task = [&](const char* name, std::function<bool()> reuse, std::function<void()> run) -> Task {
        return {{name, 1, 1}, std::move(reuse), [run](const auto&) {
                    run();
                    return std::vector<xgrad::LinePart>{{"ran"}};
                }};
    };
    const auto fails = [] { xgrad::fail<xgrad::DataError>("file", "is damaged"); };
    const std::vector<Task> tasks{
        task("a", never, fails),
        task(
            "b", [&]() -> bool { xgrad::fail<xgrad::DataError>("old", "is none"); }, [] {}),
        task("c", never, [&] { done = true; })};
    CHECK_THROWS_WITH_AS(
        run_tasks(tasks, 1, display),
        "jobs: 2 of 3 trainings failed; the others are done\n  a: file: is damaged\n  b: old: is none",
        xgrad::Error);
    CHECK(done);
}

TEST_CASE("run_tasks: two of one name are refused before any is run") {
    JobsDisplay display(stdout);
    const Task task{{"a", 1, 1}, []() -> bool { throw std::logic_error("run"); }, {}};
    CHECK_THROWS_WITH_AS(run_tasks({task, task}, 1, display),
                         "jobs: two trainings would be called a; give each value once", xgrad::ValueError);
}

TEST_CASE("make_receipt: the program, the data and the options, and what it is written as is what is read") {
    const TempDir dir;
    const Split data = split(open_data(write_small_data(dir)), 100);
    const Receipt receipt = make_receipt("program", data, {{"file", "sum"}}, {{"lambda", 0.5}});
    CHECK(receipt.program == "program");
    CHECK(receipt.data.name == "small");
    CHECK(receipt.data.image_shape == std::array<std::size_t, 3>{1, 4, 5});
    CHECK(receipt.data.train == 500);
    CHECK(receipt.data.validation == 100);
    CHECK(receipt.data.test == 100);
    CHECK(receipt.binary_sha256.size() == 64);
    const nlohmann::json json = receipt;
    CHECK(json[options_key]["lambda"] == 0.5);
    CHECK(nlohmann::json(json.get<Receipt>()) == json);
}

TEST_CASE("receipt_differences: what makes another training, and what may change the last bits") {
    const nlohmann::json one{
        {"data", "small"}, {"isa", "avx2"}, {"options", {{"lambda", 0.5}, {"threads", 2}}}};
    nlohmann::json other = one;
    CHECK(receipt_differences(one.dump(), other.dump(2)).training.empty());
    CHECK(receipt_differences(one.dump(), other.dump(2)).last_bits.empty());
    other["isa"] = "sse2";
    other["options"] = {{"lambda", 0.25}, {"threads", 1}, {"seed", 1}};
    const auto differences = receipt_differences(one.dump(), other.dump());
    CHECK(differences.training ==
          std::vector<std::string>{"options/lambda was 0.5, is 0.25", "options/seed was nothing, is 1"});
    CHECK(differences.last_bits ==
          std::vector<std::string>{R"(isa was "avx2", is "sse2")", "options/threads was 2, is 1"});
    for (const std::string& damaged :
         {std::string(), std::string("[]"), std::string("{"), std::string(100, '[')})
        CHECK(receipt_differences(damaged, one.dump()).training.size() == 2);
}

TEST_CASE("FolderLock: one at a time; a folder that cannot be used is named, with the reason") {
    const TempDir dir;
    const std::string out = dir.file("out");
    {
        const FolderLock lock(out, "cifar_bn");
        CHECK_THROWS_WITH_AS(
            FolderLock(out, "cifar_bn"),
            ("--out: " + out +
             ": another cifar_bn is writing to this folder: wait for it, or give another --out")
                .c_str(),
            xgrad::DataError);
    }
    CHECK_NOTHROW(FolderLock(out, "cifar_bn"));
    dir.write("file", "");
    CHECK_THROWS_WITH_AS(FolderLock(dir.file("file/out"), "cifar_bn"),
                         ("--out: " + dir.file("file/out") + ": cannot be created: Not a directory").c_str(),
                         xgrad::DataError);
}

TEST_CASE("xgrad::StopSignals: a signal is remembered, and afterwards is what it was") {
    const auto before = std::signal(SIGINT, SIG_DFL);  // a shell may have had it ignored
    for (const int signal : {SIGINT, SIGTERM}) {
        const xgrad::StopSignals signals;
        CHECK(xgrad::StopSignals::received() == 0);
        std::raise(signal);
        CHECK(xgrad::StopSignals::received() == signal);
        for (const int second : {SIGINT, SIGTERM})  // either would end the program
            CHECK((std::signal(second, SIG_DFL) == SIG_DFL));
    }
    CHECK((std::signal(SIGINT, SIG_IGN) == SIG_DFL));
    {
        const xgrad::StopSignals signals;
    }
    CHECK((std::signal(SIGINT, before) == SIG_IGN));
}
