#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "apps/run_command.hpp"
#include "apps/small_data.hpp"
#include "shared/files/checksum.hpp"
#include "shared/jobs/folder_lock.hpp"

#include <xgrad/core/error.hpp>

using xgrad::test::conversion_error;
using xgrad::test::output_of;
using xgrad::test::read_file;
using xgrad::test::run_command;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

TEST_CASE("cifar_bn train: writes metrics.csv and a config.json that reproduces the run") {
    const TempDir dir;
    const std::string data = write_small_data(dir);
    run_command(
        "train --data " + data +
        " --hidden 6 --half-cycle 10 --cycles 1 --batch-size 20 --validation 50 --lambda 0.01 --seed 3 --out " +
        dir.file("a"));
    run_command("train --data " + data + " --config " + dir.file("a/config.json") + " --out " +
                dir.file("b"));
    const std::string metrics = read_file(dir.file("a/metrics.csv"));
    CHECK(metrics.starts_with(
        "step,cycle,learning_rate,train_cost,validation_cost,test_cost,train_accuracy,validation_accuracy,test_accuracy\n1,1,1e-05,"));
    CHECK(std::count(metrics.begin(), metrics.end(), '\n') == 12);  // header, step 1, ten in the cycle
    CHECK(read_file(dir.file("b/metrics.csv")) == metrics);
    const auto config = nlohmann::json::parse(read_file(dir.file("a/config.json")));
    CHECK(config["data"]["name"] == "small");
    CHECK(config["options"]["lambda"] == 0.01);
    CHECK(config["data"]["sha256"]["train-images-idx3-ubyte"] ==
          apps::sha256(data + "/train-images-idx3-ubyte"));
}

TEST_CASE("cifar_bn train: an option given beside --config overrides the file, in either order") {
    const TempDir dir;
    const std::string data = write_small_data(dir);
    const std::string file = dir.write(
        "config.json",
        R"({"options": {"half_cycle": 5, "cycles": 1, "batch_size": 20, "validation": 50, "seed": 5}})");
    for (const std::string& order : {"--seed 6 --config " + file, "--config " + file + " --seed 6"}) {
        run_command("train --data " + data + " --out " + dir.file("out") + " " + order);
        CHECK(nlohmann::json::parse(read_file(dir.file("out/config.json")))["options"]["seed"] == 6);
        CHECK(nlohmann::json::parse(read_file(dir.file("out/config.json")))["options"]["half_cycle"] == 5);
    }
}

TEST_CASE("cifar_bn train: a training that diverges says when and what to try") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(
        run_command(
            "train --no-batch-norm --init 1e3 --half-cycle 20 --cycles 1 --batch-size 20 --validation 50 --eta-min 1 --eta-max 1 --data " +
            write_small_data(dir) + " --out " + dir.file("out")),
        "train: the loss of step 3 is not finite any more: try a smaller --eta-max or --lambda, or another --init",
        xgrad::NumericsError);
}

TEST_CASE("cifar_bn train: a folder in use is left alone") {
    const TempDir dir;
    const apps::FolderLock lock(dir.file("out"), "cifar_bn");
    const std::string message =
        "--out: " + dir.file("out") +
        ": another cifar_bn is writing to this folder: wait for it, or give another --out";
    CHECK_THROWS_WITH_AS(
        run_command("train --validation 50 --data " + write_small_data(dir) + " --out " + dir.file("out")),
        message.c_str(), xgrad::DataError);
    CHECK_FALSE(std::filesystem::exists(dir.file("out/config.json")));
}

TEST_CASE("cifar_bn train: wrong options and missing data are errors, and nothing is written") {
    const TempDir dir;
    CHECK_THROWS_WITH_AS(run_command("train --half-cycle 0 --out " + dir.file("out")),
                         "--half-cycle: expected 1 to 1000000000, got 0", xgrad::ValueError);
    CHECK_THROWS_AS(run_command("train --data " + dir.file("none") + " --out " + dir.file("out")),
                    xgrad::DataError);
    run_command("train --hidden fifty", conversion_error);
    CHECK_FALSE(std::filesystem::exists(dir.file("out")));
}

TEST_CASE("cifar_bn gradcheck: a table with every parameter") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const std::string text = output_of("gradcheck --hidden 9,8 --images 2,7 --data " + data);
    for (const char* expected :
         {"the first 2 training images\n20-9-8-10 with batch norm (epsilon 2.2e-16), lambda 0, seed 1",
          "the first 7 ", "\nW1 ", "\nb1 ", "\ngamma1 ", "\nbeta2 ", "\nW3 ", "gradcheck: passed\n"}) {
        CAPTURE(expected);
        CHECK(text.find(expected) != std::string::npos);
    }
    CHECK(text.find("publ.") == text.rfind("publ."));  // in the legend: this is not the report's net
}

TEST_CASE("cifar_bn gradcheck: exit status 1, and a line that says why, where the check fails") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    // Behind a unit that is off, the next one has a score of exactly 0.
    const std::string text =
        output_of("gradcheck --hidden 1,1,1,1 --images 4 --no-batch-norm --data " + data, 1);
    CHECK(text.find("at a kink: b2(0), b3(0), b4(0)\n") != std::string::npos);
    CHECK(text.find("FAILED: ") != std::string::npos);
    CHECK(text.find("gradcheck: FAILED (see above)\n") != std::string::npos);
}

TEST_CASE("cifar_bn gradcheck: options") {
    const TempDir dir;
    const std::string data = xgrad::test::write_small_data(dir);
    const auto check = [&](const std::string& options) {
        run_command("gradcheck --data " + data + " " + options);
    };
    check("--hidden 5 --images 3 --no-batch-norm --lambda 0.1 --h 1e-6 --seed 3 --threads 1");
    CHECK_THROWS_WITH_AS(check("--images 601"), "gradcheck: --images must be in 1 ... 600, got 601",
                         xgrad::ValueError);
    CHECK_THROWS_WITH_AS(check("--h 0"), "gradcheck: --h must be positive, got 0", xgrad::ValueError);
    CHECK_THROWS_WITH_AS(check("--threads 0"), "gradcheck: --threads must be at least 1, got 0",
                         xgrad::ValueError);
}
