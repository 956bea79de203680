#include <xgrad/train/training_loop.hpp>

#include <algorithm>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/optim/sgd.hpp>
#include "support/stop_after.hpp"
#include "support/team.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::stop_after;
using test::TempDir;

namespace {

// A training whose result is a text: a random number for every step.
struct Training {
    explicit Training(Checkpointing checkpointing, std::uint64_t steps = 20)
        : loop(steps, std::move(checkpointing)) {
        loop.state().add("rng", rng).add("log", log);
    }

    // From wherever resume() finds it.
    std::string& run() {
        resumed = loop.resume([&](const std::string& warning) { warnings.push_back(warning); });
        loop.run([&](std::uint64_t step) {
            log += std::to_string(step) + ":" + std::to_string(rng.below(1000)) + " ";
            return true;
        });
        return log;
    }

    Rng rng{1};
    std::string log;
    TrainingLoop loop;
    std::optional<std::filesystem::path> resumed;
    std::vector<std::string> warnings;
};

// Stops a training after that step.
void run_until(const TempDir& dir, int step, Checkpointing checkpointing = {}) {
    checkpointing.folder = dir.path();
    checkpointing.stop_requested = stop_after(step);
    CHECK_THROWS_AS(Training(checkpointing).run(), Stopped);
}

}  // namespace

TEST_CASE("TrainingLoop: a training that was stopped anywhere has the result of one that was not") {
    const std::string whole = Training({}).run();
    CHECK(std::count(whole.begin(), whole.end(), ':') == 20);
    for (const int step : {1, 7, 10, 19}) {
        CAPTURE(step);
        const TempDir dir;
        run_until(dir, step, {.every = 5});
        Training second({.folder = dir.path(), .every = 5, .resume = true});
        CHECK(second.run() == whole);
        CHECK(second.resumed == dir.path() / ("checkpoint-" + std::to_string(step) + ".safetensors"));
        CHECK(second.loop.step() == 20);
        CHECK(second.warnings.empty());
    }
}

TEST_CASE("TrainingLoop: a checkpoint every so many steps, and one where it is stopped, with its file") {
    const TempDir dir, of_stopped, of_last;
    Training({.folder = dir.path(), .every = 8, .keep = 9}).run();
    CHECK(CheckpointFolder(dir.path()).steps() == std::vector<std::uint64_t>{8, 16});
    const CheckpointFolder stopped_folder(of_stopped.path());
    try {
        Training({.folder = of_stopped.path(), .stop_requested = stop_after(11)}).run();
        FAIL("not stopped");
    } catch (const Stopped& stopped) {
        CHECK(stopped.step == 11);
        CHECK(stopped.checkpoint == stopped_folder.file(11));
        CHECK(std::filesystem::exists(stopped.checkpoint));
        CHECK(std::string(stopped.what()) == "stopped after step 11: " + stopped_folder.file(11).string());
    }
    // After the last step there is nothing left to stop.
    CHECK_NOTHROW(Training({.folder = of_last.path(), .stop_requested = stop_after(20)}).run());
    CHECK(CheckpointFolder(of_last.path()).steps() == std::vector<std::uint64_t>{20});
    // Without a folder it stops, too.
    CHECK_THROWS_WITH_AS(Training({.stop_requested = stop_after(3)}).run(),
                         "stopped after step 3, without a checkpoint", Stopped);
}

TEST_CASE("TrainingLoop: begins at the first step, unless it is to resume and there is a checkpoint") {
    const TempDir dir;
    Training fresh({.folder = dir.path(), .every = 20, .resume = true});
    fresh.run();
    CHECK_FALSE(fresh.resumed);
    CHECK_THROWS_WITH_AS(
        Training({.folder = dir.path()}).run(),
        ("TrainingLoop: " + dir.path().string() +
         " has the checkpoint of step 20 of an earlier run: resume from it (Checkpointing::resume), or delete it to begin anew")
            .c_str(),
        ValueError);
    Training finished({.folder = dir.path(), .resume = true});
    CHECK(finished.run() == fresh.log);  // of the checkpoint; no step was made
    CHECK(finished.resumed);
}

TEST_CASE("TrainingLoop: ends where the step says so, which counts as made") {
    TrainingLoop loop(20);
    loop.run([](std::uint64_t step) { return step < 4; });
    CHECK(loop.step() == 5);
}

TEST_CASE("TrainingLoop: a damaged checkpoint is reported, and the one before it used") {
    const TempDir dir;
    run_until(dir, 12, {.every = 10});
    const std::filesystem::path newest = CheckpointFolder(dir.path()).file(12);
    std::filesystem::resize_file(newest, std::filesystem::file_size(newest) / 2);
    Training training({.folder = dir.path(), .resume = true});
    CHECK(training.run() == Training({}).run());
    CHECK(training.resumed == CheckpointFolder(dir.path()).file(10));
    REQUIRE(training.warnings.size() == 1);
    CHECK(training.warnings[0].find(newest.string()) != std::string::npos);
}

TEST_CASE("TrainingLoop: another receipt is another training, unless it is told how they differ") {
    const TempDir dir;
    run_until(dir, 12, {.receipt = "one"});
    const std::string file = CheckpointFolder(dir.path()).file(12).string();
    const auto checkpointing = [&](ReceiptDifferences differences, bool strict = false) {
        Checkpointing result{.folder = dir.path(), .resume = true, .strict = strict, .receipt = "two"};
        result.compare = [=](const std::string& written, const std::string& now) {
            CHECK(written == "one");
            CHECK(now == "two");
            return differences;
        };
        return result;
    };
    CHECK_THROWS_WITH_AS(
        Training({.folder = dir.path(), .resume = true, .receipt = "two"}).run(),
        ("resume: " + file + " is of another training: its receipt was 'one', is 'two'").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Training(checkpointing({{"a", "b"}, {"c"}})).run(),
                         ("resume: " + file + " is of another training: a; b").c_str(), ValueError);
    CHECK_THROWS_WITH_AS(Training(checkpointing({{}, {"c", "d"}}, true)).run(),
                         ("resume: " + file + " would not be continued bit by bit: c; d").c_str(),
                         ValueError);
    CHECK_NOTHROW(Training(checkpointing({}, true)).run());
    Training warned(checkpointing({{}, {"c", "d"}}));
    CHECK(warned.run() == Training({}).run());
    CHECK(warned.warnings ==
          std::vector<std::string>{
              "the last bits may differ from those of a training that was not interrupted: c; d"});
    // From now on it is the training of the new receipt.
    std::filesystem::remove(file);
    Checkpointing second = checkpointing({});
    run_until(dir, 5, {.receipt = "one"});
    second.every = 20;
    Training(second).run();
    CHECK_NOTHROW(Training({.folder = dir.path(), .resume = true, .receipt = "two"}).run());
}

TEST_CASE("TrainingLoop: a state that does not fit, a step too many, and a folder that is none are errors") {
    const TempDir dir;
    run_until(dir, 12);
    const std::string file = CheckpointFolder(dir.path()).file(12).string();
    CHECK_THROWS_WITH_AS(TrainingLoop(20, {.folder = dir.path(), .resume = true}).resume(),
                         ("resume: " + file + ": TrainingState: unexpected log").c_str(), StateError);
    Training shorter({.folder = dir.path(), .resume = true}, 11);
    CHECK_THROWS_WITH_AS(shorter.run(),
                         ("resume: " + file +
                          ": is of step 12, and the training has 11: give it more steps, or another folder")
                             .c_str(),
                         ValueError);
    CHECK(shorter.loop.step() == 0);
    CHECK(shorter.log.empty());
    CHECK(shorter.rng == Rng(1));
    const std::string no_folder = dir.write("file", "");
    CHECK_THROWS_WITH_AS(Training({.folder = no_folder, .every = 1}).run(),
                         ("CheckpointFolder: " + no_folder + ": cannot be listed: Not a directory").c_str(),
                         DataError);
    for (const Checkpointing& without : {Checkpointing{.every = 1}, Checkpointing{.resume = true}})
        CHECK_THROWS_WITH_AS(
            TrainingLoop(1, without),
            "TrainingLoop: there is no folder for the checkpoints: set Checkpointing::folder", ValueError);
    CHECK_THROWS_WITH_AS(Training({.keep = 0}),
                         "CheckpointFolder: expected to keep at least 1 checkpoint, got 0", ValueError);
}

TEST_CASE("TrainingLoop: a training that ended early does not go on when it is resumed") {
    const TempDir dir;
    for (const bool resume : {false, true}) {
        TrainingLoop loop(20, {.folder = dir.path(), .every = 5, .resume = resume});
        loop.resume();
        int made = 0;
        loop.run([&](std::uint64_t step) {
            ++made;
            return step < 4;
        });
        CHECK(loop.step() == 5);
        CHECK(made == (resume ? 0 : 5));
    }
}

TEST_CASE("TrainingLoop: sets the learning rate of each step, also after a resumption") {
    const TempDir dir;
    SGD<float> sgd({});
    std::vector<double> rates;
    for (const int until : {7, 100}) {
        TrainingLoop loop(12, {.folder = dir.path(), .resume = true, .stop_requested = stop_after(until)});
        loop.schedule(sgd, [](std::uint64_t step) { return static_cast<double>(step) / 10; });
        loop.resume();
        try {
            loop.run([&](std::uint64_t) {
                rates.push_back(sgd.learning_rate());
                return true;
            });
        } catch (const Stopped&) {
        }
    }
    REQUIRE(rates.size() == 12);
    for (std::size_t step = 0; step < 12; ++step) CHECK(rates[step] == static_cast<double>(step) / 10);
}

TEST_CASE("TrainingLoop: calls a function every so many steps, and after the last one") {
    std::vector<std::uint64_t> called, ended;
    TrainingLoop loop(10), early(10);
    const auto always = [](std::uint64_t) { return true; };
    loop.every(4, [&](std::uint64_t step) { called.push_back(step); });
    loop.run(always);
    CHECK(called == std::vector<std::uint64_t>{4, 8, 10});
    early.every(4, [&](std::uint64_t step) { ended.push_back(step); });
    early.run([](std::uint64_t step) { return step < 5; });
    CHECK(ended == std::vector<std::uint64_t>{4, 6});
    CHECK_THROWS_WITH_AS(loop.every(0, [](std::uint64_t) {}),
                         "TrainingLoop::every: the number of steps must be positive, got 0", ValueError);
}

TEST_CASE("TrainingLoop: what a kill left of a file that was being written is removed") {
    const TempDir dir;
    std::filesystem::create_directories(dir.path() / "best");
    const std::string left[]{dir.write(".checkpoint-5.safetensors.12-3.part", "half"),
                             dir.write("best/.checkpoint-5.safetensors.12-3.part", "half")};
    Training({.folder = dir.path()}).run();
    for (const std::string& file : left) CHECK_FALSE(std::filesystem::exists(file));
}

TEST_CASE(
    "TrainingLoop: of several processes the first one reads and writes, and gives the others its state") {
    const std::string whole = Training({}).run();
    const TempDir dir, empty;
    run_until(dir, 7, {.every = 5});
    test::as_processes(3, [&](const Processes& processes) {
        const auto& folder = processes.is_first() ? dir : empty;
        Training training({.folder = folder.path(), .every = 5, .resume = true, .processes = processes});
        CHECK(training.run() == whole);
        CHECK(training.resumed == dir.path() / "checkpoint-7.safetensors");
    });
    CHECK(CheckpointFolder(dir.path()).steps() == std::vector<std::uint64_t>{15, 20});
    CHECK(std::filesystem::is_empty(empty.path()));

    // Where the first finds nothing, all begin anew; others may have observers without a state.
    const TempDir fresh;
    test::as_processes(2, [&](const Processes& processes) {
        Training training({.folder = fresh.path(), .every = 20, .resume = true, .processes = processes});
        CHECK(training.run() == whole);
        CHECK_FALSE(training.resumed);
    });
}

TEST_CASE("TrainingLoop: the best state is that of the first process, in all") {
    const TempDir dir;
    test::as_processes(2, [&](const Processes& processes) {
        std::string text;
        TrainingLoop loop(6, {.folder = dir.path(), .every = 6, .processes = processes});
        loop.state().add("text", text);
        loop.run([&](std::uint64_t step) {
            text += std::to_string(step);
            if (step == 3) loop.keep_best();
            return true;
        });
        CHECK(text == "012345");
        CHECK(loop.load_best({"text"}));
        CHECK(text == "0123");
    });
}
