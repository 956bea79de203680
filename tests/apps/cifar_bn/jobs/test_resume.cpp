#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/train/checkpoint.hpp>
#include "cifar_bn/jobs/job.hpp"
#include "shared/data/data_source.hpp"

#include "apps/small_data.hpp"

using namespace cifar_bn;
using apps::Split;
using xgrad::Checkpointing;
using xgrad::Stopped;
using xgrad::test::read_file;
using xgrad::test::small_config;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

const nlohmann::json receipt_1 = {
    {"binary_sha256", "aa"}, {"data", "small"}, {"options", {{"lambda", 0.5}, {"threads", 2}}}};

struct Fixture {
    Fixture() {
        config.hidden = {8};
        config.half_cycle = 30;
    }

    JobResult run(const std::string& folder, Checkpointing checkpointing,
                  const nlohmann::json& receipt = receipt_1) {
        TrainObserver observer;
        observer.on_warning = [&](const std::string& warning) { warnings.push_back(warning); };
        observer.on_start = [&](std::uint64_t step) { resumed_at = step; };
        return run_job(dir.file(folder), receipt, config, data, observer, std::move(checkpointing));
    }

    // Stops after that step.
    void run_until(const std::string& folder, std::uint64_t last, Checkpointing checkpointing) {
        std::uint64_t steps_left = last - (checkpointing.resume ? stopped_at : 0);
        checkpointing.stop_requested = [&] { return --steps_left == 0; };
        try {
            run(folder, checkpointing);
            FAIL("not stopped");
        } catch (const Stopped& stopped) {
            stopped_at = stopped.step;
            CHECK(stopped.step == last);
            CHECK(std::filesystem::exists(stopped.checkpoint));
        }
        CHECK_FALSE(std::filesystem::exists(dir.file(folder + "/result.json")));
    }

    void check_same(const std::string& a, const std::string& b) {
        for (const char* file : {"config.json", "metrics.csv", "model.safetensors", "result.json",
                                 "checkpoints/checkpoint-60.safetensors"}) {
            CAPTURE(file);
            CHECK_FALSE(read_file(dir.file(a + "/" + file)).empty());
            CHECK(read_file(dir.file(a + "/" + file)) == read_file(dir.file(b + "/" + file)));
        }
    }

    TempDir dir;
    TrainConfig config = small_config();
    Split data = apps::split(apps::open_data(write_small_data(dir)), 100);
    std::vector<std::string> warnings;
    std::uint64_t resumed_at = 99, stopped_at = 0;
};

}  // namespace

TEST_CASE_FIXTURE(
    Fixture,
    "resume: a training that was stopped anywhere has the result and the files of one that was not") {
    for (const char* scalar : {"float", "double"}) {
        config.scalar = scalar;
        const std::string whole = std::string(scalar) + "/whole";
        run(whole, {.every = 10});
        for (const std::uint64_t step :
             {1U, 9U, 10U, 25U, 26U, 59U}) {  // 25 batches are an epoch, 6 steps lie between snapshots
            CAPTURE(step);
            const std::string parts = std::string(scalar) + "/" + std::to_string(step);
            run_until(parts, step, {.every = 10});
            const JobResult result = run(parts, {.every = 10, .resume = true});
            CHECK(resumed_at == step);
            CHECK(result.snapshots.size() == 11);
            check_same(whole, parts);
        }
        const std::string often = std::string(scalar) + "/often";
        for (const std::uint64_t step : {7U, 8U, 40U})
            run_until(often, step, {.every = 10, .resume = step > 7});
        run(often, {.every = 10, .resume = true});
        check_same(whole, often);
    }
    CHECK(warnings.empty());
}

TEST_CASE_FIXTURE(
    Fixture,
    "resume: without a checkpoint, from the first step on; after the last step, nothing is left to do") {
    run("whole", {.every = 20});
    run("fresh", {.every = 20, .resume = true});
    CHECK(resumed_at == 0);
    check_same("whole", "fresh");
    std::filesystem::remove(dir.file("fresh/result.json"));
    std::filesystem::remove(dir.file("fresh/metrics.csv"));
    CHECK(run("fresh", {.every = 20, .resume = true}).time.step == 0);
    CHECK(resumed_at == 60);
    check_same("whole", "fresh");
}

TEST_CASE_FIXTURE(Fixture, "resume: a training that diverged has diverged") {
    config.batch_norm = false;
    config.eta_min = config.eta_max = 1e30;
    const JobResult result = run("job", {.every = 1});
    REQUIRE(result.diverged_at > 0);
    const std::string text = read_file(dir.file("job/result.json"));
    CHECK(run("job", {.every = 1, .resume = true}).diverged_at == result.diverged_at);
    CHECK(resumed_at == result.diverged_at);
    CHECK(read_file(dir.file("job/result.json")) == text);
}

TEST_CASE_FIXTURE(
    Fixture,
    "checkpoints: the last ones are kept, also of a training that is finished, and make room for the next one") {
    run("job", {.every = 10, .keep = 3});
    const xgrad::CheckpointFolder checkpoints(dir.file("job/checkpoints"));
    CHECK(checkpoints.steps() == std::vector<std::uint64_t>{40, 50, 60});
    dir.write("job/checkpoints/.checkpoint-50.safetensors.123-4.part", "");
    run("job", {});
    CHECK(std::filesystem::is_empty(dir.file("job/checkpoints")));
}

TEST_CASE_FIXTURE(Fixture, "checkpoints: those of an interrupted training are not thrown away by mistake") {
    run_until("job", 15, {});
    const std::string message =
        "train: " + dir.file("job") +
        " holds a training that was interrupted, with a checkpoint of step 15: continue it with --resume, or delete " +
        dir.file("job/checkpoints") + " to begin anew";
    CHECK_THROWS_WITH_AS(run("job", {}), message.c_str(), xgrad::ValueError);
    run("job", {.resume = true});
    CHECK(resumed_at == 15);
}

TEST_CASE_FIXTURE(
    Fixture, "resume: a damaged checkpoint is reported, the one before it used, and the result is the same") {
    run("whole", {.every = 10});
    run_until("job", 35, {.every = 10});
    const std::string newest = dir.file("job/checkpoints/checkpoint-35.safetensors");
    std::filesystem::resize_file(newest, std::filesystem::file_size(newest) / 2);
    run("job", {.every = 10, .resume = true});
    CHECK(resumed_at == 30);
    REQUIRE(warnings.size() == 1);
    CHECK(warnings[0].starts_with("read_safetensors: " + newest + ": offset "));
    check_same("whole", "job");
}

TEST_CASE_FIXTURE(
    Fixture, "resume: the checkpoint of another training is refused, and of another build where it matters") {
    run_until("job", 15, {});
    const std::string file = dir.file("job/checkpoints/checkpoint-15.safetensors");
    const auto with = [](const char* pointer, const nlohmann::json& value) {
        nlohmann::json other = receipt_1;
        other[nlohmann::json::json_pointer(pointer)] = value;
        return other;
    };
    nlohmann::json both = with("/options/lambda", 0.25);
    both["data"] = "large";
    both["isa"] = "sse2";
    CHECK_THROWS_WITH_AS(
        run("job", {.resume = true}, both),
        ("resume: " + file +
         " is of another training: data was \"small\", is \"large\"; options/lambda was 0.5, is 0.25")
            .c_str(),
        xgrad::ValueError);
    const nlohmann::json threads = with("/options/threads", 1);
    CHECK_THROWS_WITH_AS(
        run("job", {.resume = true, .strict = true}, threads),
        ("resume: " + file + " would not be continued bit by bit: options/threads was 2, is 1").c_str(),
        xgrad::ValueError);
    CHECK(warnings.empty());
    run("job", {.resume = true}, threads);
    CHECK(resumed_at == 15);
    CHECK(
        warnings ==
        std::vector<std::string>{
            "the last bits may differ from those of a training that was not interrupted: options/threads was 2, is 1"});
}

TEST_CASE_FIXTURE(Fixture, "resume: a checkpoint of other contents is named, whatever they are") {
    run_until("job", 15, {});
    const std::string file = dir.file("job/checkpoints/checkpoint-15.safetensors");
    const xgrad::Safetensors intact = xgrad::read_checkpoint(file);
    const auto check_refused = [&](const char* key, const std::string& text, const std::string& message) {
        xgrad::Safetensors state = intact;
        state.metadata[key] = text;
        xgrad::write_checkpoint(file, state);
        CAPTURE(text);
        CHECK_THROWS_WITH_AS(run("job", {.resume = true}), doctest::Contains(message.c_str()), xgrad::Error);
        CHECK_FALSE(std::filesystem::exists(dir.file("job/result.json")));
    };
    check_refused("receipt", "",
                  " is of another training: data was nothing, is \"small\"; options/lambda was nothing");
    check_refused("receipt", "[]", " is of another training: ");
    check_refused("record", std::string(100'000, '['),
                  "resume: " + file + ": json: is nested more than 10 deep");
    check_refused("receipt", std::string(100'000, '['), " is of another training: ");
    check_refused("record", "{", "resume: " + file + ": [json.exception.parse_error.101]");
    check_refused("record", "{}", "resume: " + file + ": [json.exception.out_of_range.403]");
    check_refused("record", R"({"snapshots": [], "test_confusion": [], "diverged_at": 0})",
                  "resume: " + file + ": ConfusionMatrix");
    const std::string other_record = "resume: " + file + ": its record is not that of a training at its step";
    nlohmann::json record = nlohmann::json::parse(intact.metadata.at("record"));
    record["test_confusion"] = {{1, 0}, {0, 1}};
    check_refused("record", record.dump(), other_record);
    record = nlohmann::json::parse(intact.metadata.at("record"));
    record["snapshots"].erase(0);
    check_refused("record", record.dump(), other_record);

    xgrad::Safetensors state = intact;
    state.arrays.erase("net.0.bias");
    xgrad::write_checkpoint(file, state);
    CHECK_THROWS_WITH_AS(
        run("job", {.resume = true}),
        ("resume: " + file + ": TrainingState: net: load_state_dict: nothing was loaded: missing 0.bias")
            .c_str(),
        xgrad::StateError);
    xgrad::write_checkpoint(file, intact);
    run("job", {.resume = true});
    CHECK(resumed_at == 15);
}
