// The best state that a TrainingLoop keeps.
#include <xgrad/train/training_loop.hpp>

#include <algorithm>
#include <optional>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/stop_after.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::stop_after;
using test::TempDir;

TEST_CASE("TrainingLoop: the best state of an earlier checkpoint is there when it is resumed from that") {
    const TempDir dir;
    const auto run = [&](std::vector<std::uint64_t> best, std::uint64_t end) {
        TrainingLoop loop(40, {.folder = dir.path(), .every = 10, .resume = true});
        std::string text;
        loop.state().add("text", text);
        loop.resume();
        struct Killed {};
        try {
            loop.run([&](std::uint64_t step) {
                if (step == end) throw Killed();
                text = std::to_string(step + 1);
                if (std::ranges::find(best, step + 1) != best.end()) loop.keep_best();
                return true;
            });
        } catch (const Killed&) {
        }
        CHECK(loop.load_best({"text"}));
        return text;
    };
    CHECK(run({5, 22, 24, 27}, 28) == "27");
    CHECK(CheckpointFolder(dir.path() / "best").steps() == std::vector<std::uint64_t>{5, 27});
    CHECK(run({}, 25) == "5");  // resumed after 20: what was the best at 27 has not been computed again
    CHECK(run({25}, 40) == "25");
    CHECK(CheckpointFolder(dir.path() / "best").steps() == std::vector<std::uint64_t>{25});
}

TEST_CASE("TrainingLoop: keeps the best state, of which parts can be loaded") {
    std::optional<TempDir> dir(std::in_place);
    const auto run = [&](std::uint64_t best, bool resume, int until) {
        if (!resume) dir.emplace();
        TrainingLoop loop(
            20, {.folder = dir->path(), .every = 5, .resume = resume, .stop_requested = stop_after(until)});
        std::string text, other;
        loop.state().add("text", text).add("other", other);
        loop.resume();
        try {
            loop.run([&](std::uint64_t step) {
                text = other = std::to_string(step);
                if (step == 2 || step == best) loop.keep_best();
                return true;
            });
        } catch (const Stopped&) {
            return std::string("stopped");
        }
        CHECK(loop.load_best({"text"}));
        CHECK(other == "19");
        CHECK(loop.step() == 20);
        CHECK_THROWS_WITH_AS(loop.load_best({"none"}), "TrainingState: there is no part none", ValueError);
        return text;
    };
    CHECK(run(13, false, 100) == "13");
    CHECK(run(2, false, 100) == "2");
    CHECK(run(13, false, 16) == "stopped");
    CHECK(run(13, true, 100) == "13");
    TrainingLoop without(1);
    CHECK_THROWS_WITH_AS(without.keep_best(),
                         "TrainingLoop::keep_best: there is no folder for it: set Checkpointing::folder",
                         ValueError);
    CHECK_FALSE(without.load_best({}));
    TrainingLoop none(1, {.folder = dir->path() / "none"});
    CHECK_FALSE(none.load_best({}));
}
