#include "shared/jobs/tasks.hpp"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <initializer_list>
#include <map>
#include <mutex>

#include <doctest/doctest.h>

#include <xgrad/train/stop_signals.hpp>
#include "apps/small_data.hpp"
#include "shared/data/data_source.hpp"
#include "shared/files/packed_folder.hpp"
#include "shared/jobs/folder_lock.hpp"
#include "shared/jobs/job_locks.hpp"
#include "shared/jobs/jobs_display.hpp"
#include "shared/jobs/receipt.hpp"
#include "shared/jobs/spreading.hpp"
#include "shared/report/provenance.hpp"
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
                             [i] { return i == 2 ? Task::Found::finished : Task::Found::nothing; },
                             [&runs, i](std::size_t rank, const auto& on_step) {
                                 CHECK(rank == 0);
                                 on_step(10);
                                 ++runs[i];
                                 return std::vector<xgrad::LinePart>{{"outcome " + std::to_string(i)}};
                             }});
        {
            std::vector<JobPlan> plans;
            for (const Task& task : tasks) plans.push_back(task.plan);
            JobsDisplay display(log);
            display.plan(plans);
            run_tasks(tasks, std::vector<std::size_t>(static_cast<std::size_t>(at_once)), display);
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
    const auto never = [] { return Task::Found::nothing; };
    const auto task = [&](const char* name, std::function<Task::Found()> find,
                          std::function<void()> run) -> Task {
        return {{name, 1, 1}, std::move(find), [run](std::size_t, const auto&) {
                    run();
                    return std::vector<xgrad::LinePart>{{"ran"}};
                }};
    };
    const auto fails = [] { xgrad::fail<xgrad::DataError>("file", "is damaged"); };
    const std::vector<Task> tasks{
        task("a", never, fails),
        task(
            "b", [&]() -> Task::Found { xgrad::fail<xgrad::DataError>("old", "is none"); }, [] {}),
        task("c", never, [&] { done = true; })};
    CHECK_THROWS_WITH_AS(
        run_tasks(tasks, {0}, display),
        "jobs: 2 of 3 trainings failed; the others are done\n  a: file: is damaged\n  b: old: is none",
        xgrad::Error);
    CHECK(done);
}

TEST_CASE("run_tasks: two of one name are refused before any is run") {
    JobsDisplay display(stdout);
    const Task task{{"a", 1, 1}, []() -> Task::Found { throw std::logic_error("run"); }, {}};
    CHECK_THROWS_WITH_AS(run_tasks({task, task}, {0}, display),
                         "jobs: two trainings would be called a; give each value once", xgrad::ValueError);
}

TEST_CASE("run_tasks: what a lost process gives back is run by another; what runs elsewhere is not run") {
    const Threads threads(1);
    const TempDir dir;
    std::FILE* log = std::fopen(dir.file("log").c_str(), "w");
    std::mutex mutex;  // protects `ran`
    std::map<std::string, std::vector<std::size_t>> ran;
    std::vector<Task> tasks;
    for (const char* name : {"a", "b", "c", "d"})
        tasks.push_back(
            {{name, 1, 1},
             [name] { return std::string(name) == "d" ? Task::Found::elsewhere : Task::Found::nothing; },
             [&, name](std::size_t rank, const auto&) {
                 const std::scoped_lock lock(mutex);
                 ran[name].push_back(rank);
                 if (rank == 7) throw GivenBack("rank 7 is lost");
                 return std::vector<xgrad::LinePart>{{"ran"}};
             }});
    {
        std::vector<JobPlan> plans;
        for (const Task& task : tasks) plans.push_back(task.plan);
        JobsDisplay display(log);
        display.plan(plans);
        run_tasks(tasks, {7, 0, 7}, display);
        CHECK(display.status().planned == 3);
        CHECK(display.status().done == 3);
    }
    std::fclose(log);
    CHECK(ran.size() == 3);
    std::size_t lost = 0;
    for (const auto& [name, ranks] : ran) {
        CHECK(ranks.back() == 0);
        lost += ranks.size() - 1;
    }
    CHECK(lost <= 2);  // each of two, which may have found nothing to do
    const std::string text = read_file(dir.file("log"));
    std::size_t told = 0;
    for (std::size_t at = 0; (at = text.find("given back: rank 7 is lost\n", at)) != text.npos; ++at) ++told;
    CHECK(told == lost);
}

TEST_CASE("JobLocks: one owner of a training at a time; who works is known; all ends with the owner") {
    const TempDir dir;
    const JobLocks locks(dir.file("jobs")), others(dir.file("jobs"));
    CHECK_FALSE(locks.are_used());
    CHECK_FALSE(std::filesystem::exists(dir.file("jobs")));
    {
        const auto a = locks.take("a");
        CHECK(a);
        CHECK(locks.are_used());
        CHECK_FALSE(others.take("a"));
        CHECK_FALSE(locks.take("a"));
        CHECK(others.take("b"));
        CHECK_FALSE(others.anyone_works());
        const auto work = locks.work();
        const auto more = others.work();
        CHECK(others.anyone_works());
    }
    CHECK(others.take("a"));
    CHECK_FALSE(others.anyone_works());
    dir.write("file", "");
    CHECK_THROWS_WITH_AS(
        JobLocks(dir.file("file/jobs")).take("a"),
        ("--out: " + dir.file("file/jobs/.locks") + ": cannot be written to: Not a directory").c_str(),
        xgrad::DataError);
}

TEST_CASE("parse_part, part_of_array: which part; what is none is refused") {
    CHECK(parse_part("2/8").number == 2);
    CHECK(parse_part("2/8").count == 8);
    CHECK(parse_part("2/8").text() == "2/8");
    CHECK(parse_part("2/8").has(1));
    CHECK(parse_part("2/8").has(9));
    CHECK_FALSE(parse_part("2/8").has(2));
    for (const char* text : {"", "2", "2/", "/8", "0/8", "9/8", "2/8/", "-1/8", "1/8x", "a/b"})
        CHECK_THROWS_WITH_AS(
            parse_part(text),
            fmt::format("--part: expected I/N, such as 2/8, with I from 1 to N, got '{}'", text).c_str(),
            xgrad::ValueError);

    const std::array<const char*, 4> names{"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT",
                                           "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_STEP"};
    const auto array = [&](std::initializer_list<const char*> values) -> std::string {
        std::size_t i = 0;
        for (const char* value : values) ::setenv(names[i++], value, 1);
        Spreading spreading;
        std::string error;
        try {
            complete(spreading);
        } catch (const xgrad::ValueError& refused) {
            error = refused.what();
        }
        for (const char* name : names) ::unsetenv(name);
        if (!error.empty()) return error;
        return spreading.part ? spreading.part->text() : "none";
    };
    CHECK(array({}) == "none");
    CHECK(array({"0", "4", "0", "1"}) == "1/4");
    CHECK(array({"7", "4", "1", "2"}) == "4/4");
    CHECK(array({"3", "1", "3", "1"}) == "none");  // all
    CHECK(array({"6", "3", "1", "1"}) ==
          "--part: SLURM's task 6 is in an array of 3 that is no range, such as 1-3: give --part I/N");
    Spreading impatient{.patience = 0};
    CHECK_THROWS_WITH_AS(complete(impatient), "--patience: expected at least 1, got 0", xgrad::ValueError);
}

TEST_CASE("packed, unpack: the files of a folder, any bytes; what is not from there is refused") {
    const TempDir dir;
    std::filesystem::create_directories(dir.file("from/folder"));
    const std::string bytes{"\0\xff\n", 3};
    dir.write("from/a", bytes);
    dir.write("from/b", "");
    dir.write("from/folder/c", "is left out");
    std::filesystem::create_directories(dir.file("to"));
    dir.write("to/old", "is removed");
    unpack(packed(dir.file("from")), dir.file("to"), "a");
    CHECK(read_file(dir.file("to/a")) == bytes);
    CHECK(read_file(dir.file("to/b")).empty());
    CHECK(std::distance(std::filesystem::directory_iterator(dir.file("to")), {}) == 2);
    for (const std::string& damaged :
         {std::string(), std::string("text"), packed(dir.file("from")).substr(1)}) {
        try {
            unpack(damaged, dir.file("to"), "a");
            FAIL("no error");
        } catch (const xgrad::DataError& error) {
            CHECK(std::string(error.what()).starts_with("unpack: [json.exception."));
        }
    }
    CHECK(read_file(dir.file("to/a")) == bytes);
}

TEST_CASE("receipt_rows: of the builds, if it is not this one that has run all") {
    const TempDir dir;
    const Receipt receipt = make_receipt("program", split(open_data(write_small_data(dir)), 100), {});
    const std::string own = build_of(receipt);
    CHECK(own.find(receipt.compiler) != own.npos);
    const std::size_t rows = receipt_rows(receipt, {{own, 3}}).size();
    const auto mixed = receipt_rows(receipt, {{own, 3}, {"another", 2}});
    CHECK(mixed.size() == rows + 2);
    CHECK(receipt_rows(receipt, {{"another", 2}}).back() ==
          std::vector<std::string>{"2 of the trainings", "another"});
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
    {
        const FolderLock lock(out, "cifar_bn", true);
        CHECK_NOTHROW(FolderLock(out, "cifar_bn", true));
        CHECK_THROWS_AS(FolderLock(out, "cifar_bn"), xgrad::DataError);
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
