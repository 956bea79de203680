#include "shared/jobs/tasks.hpp"

#include <atomic>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/core/parallel.hpp>
#include "support/temp_dir.hpp"
#include "support/threads.hpp"

using namespace apps;
using xgrad::test::read_file;
using xgrad::test::TempDir;
using xgrad::test::Threads;

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
                                 return "outcome " + std::to_string(i);
                             }});
        {
            std::vector<JobPlan> plans;
            for (const Task& task : tasks) plans.push_back(task.plan);
            JobsDisplay display(plans, log, false);
            run_tasks(tasks, at_once, display);
        }
        std::fclose(log);
        CHECK(xgrad::num_threads() == 1);
        for (std::size_t i = 0; i < runs.size(); ++i) CHECK(runs[i] == (i == 2 ? 0 : 1));
        const std::string text = read_file(dir.file("log"));
        CHECK(std::count(text.begin(), text.end(), '\n') == 5);
        CHECK(text.find("task4                    outcome 4    0.0 s   ") != text.npos);
    // Side by side, the one that is reused may be the last.
        if (at_once == 1) CHECK(text.find("6 of 6 trainings (1 from before), ETA 0:00\n") != text.npos);
    }
}

TEST_CASE("run_tasks: names every one that fails, in reuse or in run, after the others are done") {
    const Threads threads(1);
    JobsDisplay display({}, stdout, false);
    bool done = false;
    const auto never = [] { return false; };
    const auto task = [&](const char* name, std::function<bool()> reuse, std::function<void()> run) -> Task {
        return {{name, 1, 1}, std::move(reuse), [run](const auto&) {
                    run();
                    return std::string("ran");
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
    JobsDisplay display({}, stdout, false);
    const Task task{{"a", 1, 1}, []() -> bool { throw std::logic_error("run"); }, {}};
    CHECK_THROWS_WITH_AS(run_tasks({task, task}, 1, display),
                         "jobs: two trainings would be called a; give each value once", xgrad::ValueError);
}
