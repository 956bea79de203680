// What a TrainingLoop tells its observers.
#include <xgrad/train/training_loop.hpp>

#include <memory>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "support/stop_after.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::stop_after;
using test::TempDir;

TEST_CASE("TrainingLoop: observers see what each step logged, and begin and end") {
    struct Seen : TrainingObserver {
        std::vector<std::string> events;
        void on_start(std::uint64_t step, std::uint64_t steps) override {
            events.push_back("start " + std::to_string(step) + " of " + std::to_string(steps));
        }
        void on_step(const StepRecord& record) override {
            events.push_back("step " + std::to_string(record.step));
            for (const auto& [name, value] : record.values) events.back() += " " + name;
            CHECK(record.find("none") == nullptr);
        }
        void on_checkpoint() override { events.emplace_back("checkpoint"); }
        void on_end() override { events.emplace_back("end"); }
    };
    const TempDir dir;
    const auto run = [&](int until) {
        const auto seen = std::make_shared<Seen>();
        TrainingLoop loop(3, {.folder = dir.path(), .resume = true, .stop_requested = stop_after(until)});
        loop.observe(seen);
        loop.every(2, [&](std::uint64_t) { loop.log("after", 1); });
        loop.resume();
        try {
            loop.run([&](std::uint64_t step) {
                if (step == 1) loop.log("within", 1);
                return true;
            });
        } catch (const Stopped&) {
        }
        return seen->events;
    };
    CHECK(run(2) ==
          std::vector<std::string>{"start 0 of 3", "step 1", "step 2 within after", "checkpoint", "end"});
    CHECK(run(100) == std::vector<std::string>{"start 2 of 3", "step 3 after", "end"});
}

TEST_CASE("TrainingLoop: observers with state keep their names, whether or not there are others") {
    struct Counter : TrainingObserver {
        std::uint64_t steps = 0;
        void add_to(TrainingState& state, const std::string& name) override { state.add(name, steps); }
        void on_step(const StepRecord&) override { ++steps; }
    };
    const TempDir dir;
    for (const bool resume : {false, true}) {
        TrainingLoop loop(
            20, {.folder = dir.path(), .every = 5, .resume = resume, .stop_requested = stop_after(7)});
        if (!resume) loop.observe<TrainingObserver>();
        const auto counter = std::make_shared<Counter>();
        loop.observe(counter);
        loop.resume();
        CHECK_THROWS_AS(loop.run([](std::uint64_t) { return true; }), Stopped);
        CHECK(counter->steps == (resume ? 14 : 7));
    }
}

TEST_CASE("TrainingLoop: of several values with one name the last is logged, and none is called step") {
    struct Seen : TrainingObserver {
        std::vector<std::pair<std::string, double>> values;
        void on_step(const StepRecord& record) override { values = record.values; }
    };
    const auto seen = std::make_shared<Seen>();
    TrainingLoop loop(1);
    loop.observe(seen);
    loop.run([&](std::uint64_t) {
        loop.log("loss", 1);
        loop.log("accuracy", 2);
        loop.log("loss", 3);
        CHECK_THROWS_WITH_AS(
            loop.log("step", 4),
            "TrainingLoop::log: the record of a step has its number as `step`: take another name",
            ValueError);
        return true;
    });
    CHECK(seen->values == std::vector<std::pair<std::string, double>>{{"loss", 3}, {"accuracy", 2}});
}
