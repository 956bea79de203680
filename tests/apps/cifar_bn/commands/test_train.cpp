#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "apps/small_data.hpp"
#include "cifar_bn/commands/commands.hpp"
#include "cifar_bn/jobs/progress.hpp"
#include "cifar_bn/training/network.hpp"
#include "cifar_bn/training/training.hpp"
#include "shared/data/data_source.hpp"
#include "shared/files/checksum.hpp"
#include "shared/jobs/folder_lock.hpp"

#include <xgrad/core/error.hpp>

using namespace cifar_bn;
using xgrad::test::read_file;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

TrainConfig small_config() {
    TrainConfig config;
    config.hidden = {12, 8};
    config.half_cycle = 20;
    config.cycles = 2;
    config.batch_size = 20;
    config.validation = 100;
    return config;
}

void run_command(const std::string& arguments) {
    CLI::App app;
    add_train(app);
    app.parse("train " + arguments, false);
}

}  // namespace

TEST_CASE("train: learns the small data set in float and double, with and without batch norm") {
    const TempDir dir;
    TrainConfig config = small_config();
    config.half_cycle = 100;
    const Split data = split(open_data(write_small_data(dir)), config.validation);
    for (const char* scalar : {"float", "double"})
        for (const bool batch_norm : {true, false}) {
            CAPTURE(scalar);
            CAPTURE(batch_norm);
            config.scalar = scalar;
            config.batch_norm = batch_norm;
            const TrainResult result = train(config, data, {});
            CHECK(result.last().test.accuracy > 0.9);
            CHECK(result.last().test.accuracy == result.test_confusion.accuracy());
            CHECK(result.last().step == config.steps());
            CHECK(result.last().cycle == 2);
        }
}

TEST_CASE("train: the same seed gives the same numbers bit by bit, another seed others") {
    const TempDir dir;
    TrainConfig config = small_config();
    const Split data = split(open_data(write_small_data(dir)), config.validation);
    const double first = train(config, data, {}).last().train.cost;
    CHECK(train(config, data, {}).last().train.cost == first);
    config.seed = 2;
    CHECK(train(config, data, {}).last().train.cost != first);
}

TEST_CASE(
    "train: the cost is the cross-entropy plus lambda times the sum of squared weights, of weight matrices alone") {
    xgrad::Rng rng(1);
    auto net = make_network<double>(3, {2}, 4, true, xgrad::init::ones(), rng);
    CHECK(regularization(net, 0.5) == doctest::Approx(0.5 * (3 * 2 + 2 * 4)));
}

TEST_CASE(
    "train: where the loss is not finite it stops, and the snapshots that are left are of the net as it is") {
    const TempDir dir;
    TrainConfig config = small_config();
    config.batch_norm = false;
    config.eta_min = config.eta_max = 1e30;
    config.layer_images = 50;
    const Split data = split(open_data(write_small_data(dir)), config.validation);
    std::vector<Snapshot> snapshots;
    TrainObserver observer;
    observer.on_snapshot = [&](const Snapshot& snapshot) { snapshots.push_back(snapshot); };
    const TrainResult result = train(config, data, observer);
    CHECK(result.diverged_at > 0);
    CHECK(result.diverged_at < 5);
    CHECK(snapshots.size() == config.snapshot_steps().size());
    CHECK(snapshots.back().step == config.steps());
    CHECK(std::isnan(snapshots.back().train.cost));
    CHECK(snapshots.back().test.accuracy < 0.3);
}

TEST_CASE("split: refuses to leave nothing to train on") {
    const TempDir dir;
    const auto data = open_data(write_small_data(dir));
    CHECK(split(data, 100).train.size() == 500);
    CHECK(split(data, 100, 40).train.size() == 40);
    CHECK(split(data, 100, 40).validation.size() == 100);
    CHECK_THROWS_WITH_AS(split(data, 600),
                         "--validation: 600 of the 600 training images leave fewer than 2 to train on",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(split(data, 100, 501), "--images: expected 2 to 500, or 0 for all, got 501",
                         xgrad::ValueError);
}

TEST_CASE("cifar_bn train: writes metrics.csv and a config.json that reproduces the run") {
    const TempDir dir;
    const std::string data = write_small_data(dir);
    run_command(
        "--data " + data +
        " --hidden 6 --half-cycle 10 --cycles 1 --batch-size 20 --validation 50 --lambda 0.01 --seed 3 --out " +
        dir.file("a"));
    run_command("--data " + data + " --config " + dir.file("a/config.json") + " --out " + dir.file("b"));
    const std::string metrics = read_file(dir.file("a/metrics.csv"));
    CHECK(metrics.starts_with(
        "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n1,1,1e-05,"));
    CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 12);  // header, step 1, ten in the cycle
    CHECK(read_file(dir.file("b/metrics.csv")) == metrics);
    const auto config = nlohmann::json::parse(read_file(dir.file("a/config.json")));
    CHECK(config["data"]["name"] == "small");
    CHECK(config["options"]["lambda"] == 0.01);
    CHECK(config["data"]["sha256"]["train-images-idx3-ubyte"] ==
          cifar_bn::sha256(data + "/train-images-idx3-ubyte"));
}

TEST_CASE("cifar_bn train: an option given beside --config overrides the file, in either order") {
    const TempDir dir;
    const std::string data = write_small_data(dir);
    const std::string file = dir.write(
        "config.json",
        R"({"options": {"half_cycle": 5, "cycles": 1, "batch_size": 20, "validation": 50, "seed": 5}})");
    for (const std::string& order : {"--seed 6 --config " + file, "--config " + file + " --seed 6"}) {
        run_command("--data " + data + " --out " + dir.file("out") + " " + order);
        CHECK(nlohmann::json::parse(read_file(dir.file("out/config.json")))["options"]["seed"] == 6);
        CHECK(nlohmann::json::parse(read_file(dir.file("out/config.json")))["options"]["half_cycle"] == 5);
    }
}

TEST_CASE("cifar_bn train: a training that diverges says when and what to try") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(
        run_command(
            "--no-batch-norm --init 1e3 --half-cycle 20 --cycles 1 --batch-size 20 --validation 50 --eta-min 1 --eta-max 1 --data " +
            write_small_data(dir) + " --out " + dir.file("out")),
        "train: the loss of step 3 is not finite any more: try a smaller --eta-max or --lambda, or another --init",
        xgrad::NumericsError);
}

TEST_CASE("cifar_bn train: a folder in use is left alone") {
    const TempDir dir;
    const FolderLock lock(dir.file("out"));
    const std::string message =
        "--out: " + dir.file("out") +
        ": another cifar_bn is writing to this folder: wait for it, or give another --out";
    CHECK_THROWS_WITH_AS(
        run_command("--validation 50 --data " + write_small_data(dir) + " --out " + dir.file("out")),
        message.c_str(), xgrad::DataError);
    CHECK_FALSE(std::filesystem::exists(dir.file("out/config.json")));
    dir.write("file", "");
    CHECK_THROWS_WITH_AS(FolderLock(dir.file("file/out")),
                         ("--out: " + dir.file("file/out") + ": cannot be created: Not a directory").c_str(),
                         xgrad::DataError);
}

TEST_CASE("cifar_bn train: wrong options and missing data are errors, and nothing is written") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(run_command("--half-cycle 0 --out " + dir.file("out")),
                         "--half-cycle: expected 1 to 1000000000, got 0", xgrad::ValueError);
    CHECK_THROWS_AS(run_command("--data " + dir.file("none") + " --out " + dir.file("out")),
                    xgrad::DataError);
    CHECK_THROWS_AS(run_command("--hidden fifty"), CLI::ParseError);
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
}

TEST_CASE("sha256: as sha256sum prints it; a file that is not there is named") {
    const TempDir dir;
    CHECK(sha256(dir.write("abc", "abc")) ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256(dir.write("empty", "")) ==
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK_THROWS_WITH_AS(sha256(dir.file("none")),
                         ("sha256: " + dir.file("none") + ": cannot be read").c_str(), xgrad::DataError);
}

TEST_CASE("progress_line: bar, cycle, step, rate and time left") {
    const TrainConfig config;
    CHECK(
        progress_line(config, {4500, 1e-5, 1.25}, 9) ==
        "[############............]  50 %  cycle 1/2  step 4500/9000  lr 1.00e-05  batch loss 1.2500  500 steps/s  ETA 0:09");
    CHECK(
        progress_line(config, {9000, 0.1, 1}, 100) ==
        "[########################] 100 %  cycle 2/2  step 9000/9000  lr 1.00e-01  batch loss 1.0000  90 steps/s  ETA 0:00");
}

TEST_CASE("clock_time: minutes and seconds, hours where there are any") {
    CHECK(clock_time(0) == "0:00");
    CHECK(clock_time(65.4) == "1:05");
    CHECK(clock_time(7400) == "2:03:20");
}
