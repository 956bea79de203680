#include <xgrad/train/metrics_log.hpp>

#include <cmath>
#include <fstream>
#include <limits>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/train/training_loop.hpp>
#include "support/stop_after.hpp"
#include "support/temp_dir.hpp"

using namespace xgrad;
using test::read_file;
using test::stop_after;
using test::TempDir;

namespace {

// A training of 20 steps that logs to two files.
struct Training {
    explicit Training(const TempDir& dir, Checkpointing checkpointing = {})
        : loop(20, [&] {
              checkpointing.folder = dir.path() / "checkpoints";
              return checkpointing;
          }()) {
        loop.state().add("rng", rng);
        loop.observe<CsvLog>(dir.path() / "new folder/metrics.csv",
                             std::vector<std::string>{"loss", "accuracy"})
            .observe<JsonLinesLog>(dir.path() / "metrics.jsonl");
    }
    void run() {
        loop.resume();
        loop.run([&](std::uint64_t step) {
            if (step % 2 == 0) loop.log("loss", rng.uniform());
            if (step % 5 == 4) loop.log("accuracy", static_cast<double>(step) / 20);
            return true;
        });
    }

    Rng rng{3};
    TrainingLoop loop;
};

std::string csv(const TempDir& dir) { return read_file((dir.path() / "new folder/metrics.csv").string()); }
std::string jsonl(const TempDir& dir) { return read_file((dir.path() / "metrics.jsonl").string()); }

}  // namespace

TEST_CASE("CsvLog, JsonLinesLog: an entry for each step that logged something") {
    const TempDir dir;
    TrainingLoop loop(4);
    loop.observe<CsvLog>(dir.path() / "a.csv", std::vector<std::string>{"loss", "a \"quoted\", name"})
        .observe<JsonLinesLog>(dir.path() / "a.jsonl");
    loop.run([&](std::uint64_t step) {
        if (step == 0) loop.log("loss", 0.1);
        if (step == 2) {
            loop.log("a \"quoted\", name", -1.5e300);
            loop.log("loss", std::nan(""));
        }
        if (step == 3) loop.log("only in JSON", std::numeric_limits<double>::infinity());
        return true;
    });
    CHECK(read_file(dir.file("a.csv")) == "step,loss,\"a \"\"quoted\"\", name\"\n1,0.1,\n3,nan,-1.5e+300\n");
    CHECK(read_file(dir.file("a.jsonl")) ==
          "{\"step\":1,\"loss\":0.1}\n{\"step\":3,\"a \\\"quoted\\\", name\":-1.5e+300,\"loss\":null}\n"
          "{\"step\":4,\"only in JSON\":null}\n");
}

TEST_CASE("MetricsLog: ends with the same bytes wherever the training was interrupted") {
    const TempDir whole;
    Training(whole).run();
    CHECK(csv(whole).starts_with("step,loss,accuracy\n1,"));
    for (const int step : {1, 6, 7, 12, 19}) {
        CAPTURE(step);
        const TempDir dir;
        CHECK_THROWS_AS(Training(dir, {.every = 6, .stop_requested = stop_after(step)}).run(), Stopped);
        if (step > 6)  // as if it had been killed: the last checkpoint is older than the last entry
            std::filesystem::remove(
                CheckpointFolder(dir.path() / "checkpoints").file(static_cast<std::uint64_t>(step)));
        std::ofstream(dir.file("metrics.jsonl"), std::ios::app) << "{\"step\":99,\"lo";  // cut by the kill
        Training(dir, {.every = 6, .resume = true}).run();
        CHECK(csv(dir) == csv(whole));
        CHECK(jsonl(dir) == jsonl(whole));
    }
    Training(whole).run();  // a new training replaces the file
    CHECK(jsonl(whole).find("\"step\":1,") == jsonl(whole).rfind("\"step\":1,"));
}

TEST_CASE("MetricsLog: what it refuses") {
    const TempDir dir;
    CHECK_THROWS_AS(Training(dir, {.stop_requested = stop_after(10)}).run(), Stopped);
    std::filesystem::resize_file(dir.path() / "metrics.jsonl", 5);
    const std::string size = std::to_string(jsonl(dir).size());
    std::string message;
    try {
        Training(dir, {.resume = true}).run();
    } catch (const DataError& error) {
        message = error.what();
    }
    CHECK(message.starts_with("MetricsLog: " + dir.file("metrics.jsonl") + ": has 5 bytes, but had "));
    CHECK(message.ends_with(" when the checkpoint was written: put the file back, or start anew"));

    TrainingLoop loop(1);
    loop.observe<JsonLinesLog>(dir.path());
    CHECK_THROWS_WITH_AS(loop.run([](std::uint64_t) { return true; }),
                         ("MetricsLog: " + dir.path().string() + ": cannot open it: Is a directory").c_str(),
                         DataError);
    CHECK_THROWS_WITH_AS(CsvLog("a.csv", {}), "CsvLog: there are no columns", ValueError);
    CHECK_THROWS_WITH_AS(CsvLog("a.csv", {"loss", "loss"}), "CsvLog: there are two columns loss", ValueError);
    CHECK_THROWS_WITH_AS(CsvLog("a.csv", {"step"}), "CsvLog: there are two columns step", ValueError);
}
