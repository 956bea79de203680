#include "cifar_conv/training/training.hpp"

#include <cmath>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/cifar_conv/small_conv.hpp"
#include "cifar_conv/jobs/job.hpp"
#include "cifar_conv/training/network.hpp"
#include "shared/data/data_source.hpp"
#include "support/threads.hpp"

#include <xgrad/core/error.hpp>
#include <xgrad/train/checkpoint.hpp>

using namespace cifar_conv;
using xgrad::Checkpointing;
using xgrad::test::read_file;
using xgrad::test::small_conv;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;

namespace {

const nlohmann::json receipt = {{"binary_sha256", "aa"}, {"data", "small"}, {"options", {{"threads", 1}}}};

struct Fixture {
    Threads threads = Threads(1);
    TempDir dir;
    Config config = small_conv();
    apps::Split data = apps::split(apps::open_data(write_small_data(dir)), 100, 0, normalize_by);
};

void check_same_files(const TempDir& dir, const std::string& a, const std::string& b) {
    for (const char* file :
         {"config.json", "metrics.csv", "model.safetensors", "normalizer.safetensors", "result.json"}) {
        CAPTURE(file);
        CHECK_FALSE(read_file(dir.file(a + "/" + file)).empty());
        CHECK(read_file(dir.file(a + "/" + file)) == read_file(dir.file(b + "/" + file)));
    }
}

}  // namespace

TEST_CASE("make_network: the layers, the parameters and the logits of each net") {
    // A convolution has 9 in out weights; batch norm two parameters for each channel, else there is a bias.
    const auto parameters = [](const std::string& net, bool batch_norm) {
        xgrad::Rng rng(1);
        Config config;
        config.net = net;
        config.batch_norm = batch_norm;
        auto made = make_network(config, {3, 32, 32}, 10, rng);
        const xgrad::NoGrad<float> no_grad;
        made.eval();
        CHECK(made(xgrad::Tensor<float>(xgrad::Array<float>(xgrad::Shape{2, 3072}, 0.5F))).shape() ==
              xgrad::Shape{2, 10});
        return made.parameter_count();
    };
    const std::size_t linear = 256 * 10 + 10, channels = 2 * (64 + 128 + 256),
                      first = 9 * (32 * 64 + 64 * 64 + 64 * 128 + 128 * 128 + 128 * 256 + 256 * 256);
    CHECK(parameters("vgg", false) == 9 * 3 * 32 + first + 32 + channels + linear);
    CHECK(parameters("vgg", true) == 9 * 3 * 32 + first + 2 * (32 + channels) + linear);
    // Two more convolutions of the first width, and a shortcut for each of the others.
    const std::size_t more = 2 * 9 * 32 * 32 + 32 * 64 + 64 * 128 + 128 * 256,
                      biases = 3 * 32 + channels + 64 + 128 + 256;
    CHECK(parameters("resnet", false) == 9 * 3 * 32 + first + more + biases + linear);
    CHECK(parameters("resnet", true) == 9 * 3 * 32 + first + more + 2 * biases + linear);
}

TEST_CASE("make_network: batch norm draws nothing, so that a seed has the same batches without and with it") {
    for (const char* net : {Config::vgg, Config::resnet}) {
        CAPTURE(net);
        xgrad::Rng without(1), with(1);
        Config config;
        config.net = net;
        config.batch_norm = false;
        make_network(config, {3, 32, 32}, 10, without);
        config.batch_norm = true;
        make_network(config, {3, 32, 32}, 10, with);
        CHECK(without == with);
    }
}

TEST_CASE_FIXTURE(Fixture, "train: each net learns, and the same seed gives the same bits") {
    config.epochs = 6;
    for (const char* net : {Config::vgg, Config::resnet})
        for (const bool batch_norm : {false, true}) {
            CAPTURE(net);
            CAPTURE(batch_norm);
            config.net = net;
            config.batch_norm = batch_norm;
            const Record record = train(config, data).record;
            CHECK(record.epochs.size() == 6);
            CHECK(record.diverged_at == 0);
            CHECK(record.epochs.back().train.cost < 0.9 * std::log(10.0));
            CHECK(record.test.accuracy > 0.2);
            CHECK(record.test_confusion.total() == 100);
            CHECK(to_text(train(config, data).record) == to_text(record));
            config.seed = 2;
            CHECK(to_text(train(config, data).record) != to_text(record));
            config.seed = 1;
        }
}

TEST_CASE_FIXTURE(Fixture, "train: crops and flips, label smoothing and weight decay change the training") {
    const std::string plain = to_text(train(config, data).record);
    const auto changes = [&](auto change) {
        Config other = config;
        change(other);
        CHECK(to_text(train(other, data).record) != plain);
    };
    changes([](Config& c) { c.augment = true; });
    changes([](Config& c) { c.label_smoothing = 0; });
    changes([](Config& c) { c.weight_decay = 0; });
}

TEST_CASE_FIXTURE(Fixture, "train: a loss that is not finite ends it, and the other epochs have its scores") {
    config.batch_norm = false;
    config.learning_rate = 1e30;
    config.epochs = 3;
    const JobResult result = run_job(dir.file("job"), receipt, config, data);
    CHECK(result.diverged_at > 0);
    CHECK(result.diverged_at < 25);
    CHECK(result.epochs.size() == 3);
    CHECK(std::isnan(result.epochs.back().train.cost));
    const auto read = finished_job(dir.file("job"), receipt);
    REQUIRE(read);
    CHECK(to_text(*read) == to_text(result));
}

TEST_CASE_FIXTURE(Fixture,
                  "run_job: a training that was stopped anywhere has the files of one that was not") {
    config.augment = true;
    run_job(dir.file("whole"), receipt, config, data);
    for (const std::uint64_t last : {1U, 10U, 25U, 26U, 49U}) {
        CAPTURE(last);
        const std::string folder = fmt::format("stopped{}", last);
        std::uint64_t left = last;
        Checkpointing checkpointing;
        checkpointing.stop_requested = [&] { return --left == 0; };
        CHECK_THROWS_AS(run_job(dir.file(folder), receipt, config, data, {}, checkpointing), xgrad::Stopped);
        CHECK_FALSE(finished_job(dir.file(folder), receipt));
        CHECK_THROWS_WITH_AS(run_job(dir.file(folder), receipt, config, data),
                             doctest::Contains("holds a training that was interrupted"), xgrad::ValueError);
        std::uint64_t resumed_at = 99;
        std::size_t epochs = 0;
        TrainObserver observer;
        observer.on_start = [&](std::uint64_t step) { resumed_at = step; };
        observer.on_epoch = [&](const Record& record) { epochs = record.epochs.size(); };
        run_job(dir.file(folder), receipt, config, data, observer, {.resume = true});
        CHECK(resumed_at == last);
        CHECK(epochs == 2);
        check_same_files(dir, "whole", folder);
    }
}

TEST_CASE_FIXTURE(Fixture, "run_job: what does not go on leaves the folder as it was, and says why") {
    std::uint64_t left = 30;
    CHECK_THROWS_AS(
        run_job(dir.file("job"), receipt, config, data, {}, {.stop_requested = [&] { return --left == 0; }}),
        xgrad::Stopped);
    nlohmann::json other_receipt = receipt;
    other_receipt["data"] = "large";
    CHECK_THROWS_WITH_AS(run_job(dir.file("job"), other_receipt, config, data, {}, {.resume = true}),
                         doctest::Contains(R"( is of another training: data was "small", is "large")"),
                         xgrad::ValueError);
    CHECK(nlohmann::json::parse(read_file(dir.file("job/config.json"))) == receipt);
    const std::string file = dir.file("job/checkpoints/checkpoint-30.safetensors");
    const xgrad::Safetensors intact = xgrad::read_checkpoint(file);
    const auto refuses = [&](const std::string& record, const char* message) {
        xgrad::Safetensors state = intact;
        state.metadata["record"] = record;
        xgrad::write_checkpoint(file, state);
        CHECK_THROWS_WITH_AS(run_job(dir.file("job"), receipt, config, data, {}, {.resume = true}),
                             doctest::Contains(("resume: " + file + message).c_str()), xgrad::DataError);
        CHECK_FALSE(std::filesystem::exists(dir.file("job/result.json")));
    };
    refuses("{", ": [json.exception.parse_error.101]");
    const char* other = ": its record is not that of a training at its step";
    const nlohmann::json kept = nlohmann::json::parse(intact.metadata.at("record"));
    nlohmann::json record = kept;
    record["epochs"].push_back(kept["epochs"][0]);
    refuses(record.dump(), other);
    record = kept;
    record["test_confusion"] = {{1, 0}, {0, 1}};
    refuses(record.dump(), other);
}

TEST_CASE_FIXTURE(Fixture, "JobRunner: goes on after the last epoch, and begins another training anew") {
    apps::JobsDisplay display(stdout);
    const std::vector<Job> jobs{{"a", config}};
    const auto result_of = [&](const std::string& folder) {
        return JobRunner(dir.file(folder), data, {}, {.jobs = 1}, display).run(jobs).front();
    };
    const JobResult whole = result_of("whole");
    // As if it had been killed in its second epoch: what its only checkpoint has is that of the first.
    const nlohmann::json own = nlohmann::json::parse(read_file(dir.file("whole/a/config.json")));
    std::uint64_t left = 25;
    CHECK_THROWS_AS(run_job(dir.file("killed/a"), own, config, data, {},
                            {.every = 25, .stop_requested = [&] { return --left == 0; }}),
                    xgrad::Stopped);
    CHECK(to_text(result_of("killed")) == to_text(whole));
    check_same_files(dir, "whole/a", "killed/a");

    left = 25;
    CHECK_THROWS_AS(run_job(dir.file("other/a"), receipt, config, data, {},
                            {.every = 25, .stop_requested = [&] { return --left == 0; }}),
                    xgrad::Stopped);
    CHECK(to_text(result_of("other")) == to_text(whole));
}

TEST_CASE_FIXTURE(Fixture, "finished_job: a damaged result is an error that says what to do") {
    run_job(dir.file("job"), receipt, config, data);
    dir.write("job/result.json", "{}");
    CHECK_THROWS_WITH_AS(finished_job(dir.file("job"), receipt),
                         doctest::Contains(("; delete " + dir.file("job") + " to train anew").c_str()),
                         xgrad::DataError);
    Record none{{}, {}, xgrad::ConfusionMatrix(10)};
    dir.write("job/result.json", to_text(none));
    CHECK_THROWS_WITH_AS(finished_job(dir.file("job"), receipt), doctest::Contains("record: no epochs"),
                         xgrad::DataError);
}

TEST_CASE_FIXTURE(Fixture, "check_config: each option has its error") {
    const auto refuses = [&](auto change, const char* message) {
        Config wrong = small_conv();
        change(wrong);
        CHECK_THROWS_WITH_AS(train(wrong, data), message, xgrad::ValueError);
    };
    refuses([](Config& c) { c.net = "lenet"; }, "--net: expected vgg or resnet, got 'lenet'");
    refuses([](Config& c) { c.width = 0; }, "--width: expected 1 to 4096, got 0");
    refuses([](Config& c) { c.epochs = 0; }, "--epochs: expected 1 to 100000, got 0");
    refuses([](Config& c) { c.batch_size = 1; }, "--batch-size: expected at least 2, got 1");
    refuses([](Config& c) { c.batch_size = 501; },
            "--batch-size: expected at most the number of training images, 500, got 501");
    refuses([](Config& c) { c.learning_rate = 0; }, "--learning-rate: expected a positive number, got 0");
    refuses([](Config& c) { c.weight_decay = -1; },
            "--weight-decay: expected a number that is not negative, got -1");
    refuses([](Config& c) { c.label_smoothing = 2; }, "--label-smoothing: expected 0 to 1, got 2");
    refuses([](Config& c) { c.shards = c.batch_size + 1; },
            fmt::format("--shards: expected at most the batch size, {0}, got {1}", small_conv().batch_size,
                        small_conv().batch_size + 1)
                .c_str());
    refuses([](Config& c) { c.threads = 0; }, "--threads: expected 1 to 1024, got 0");
    refuses([](Config& c) { c.validation = 0; }, "--validation: expected at least 1 image, got 0");
}
