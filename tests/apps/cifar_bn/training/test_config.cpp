#include "cifar_bn/training/config.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include "support/temp_dir.hpp"

using namespace cifar_bn;
using xgrad::ValueError;
using xgrad::test::TempDir;

TEST_CASE("TrainConfig: the defaults are the report's 3-layer net") {
    const TrainConfig config;
    CHECK(config.hidden == std::vector<std::size_t>{50, 50});
    CHECK(config.batch_norm);
    CHECK(config.lambda == 0.005);
    CHECK(config.steps() == 9000);
    CHECK(config.schedule()(0) == doctest::Approx(1e-5));
    CHECK(config.schedule()(2250) == doctest::Approx(1e-1));
    CHECK(config.validation == 1000);
    CHECK_NOTHROW(check_config(config));
}

TEST_CASE(
    "TrainConfig: snapshots after step 1, and then ten in each cycle; or only one, after the last step") {
    TrainConfig config;
    CHECK(config.snapshot_steps().size() == 21);
    CHECK(config.snapshot_steps().front() == 1);
    CHECK(config.snapshot_steps()[1] == 450);
    CHECK(config.snapshot_steps().back() == 9000);
    config.half_cycle = 2;  // fewer steps than snapshots: every step once
    config.cycles = 1;
    CHECK(config.snapshot_steps() == std::vector<std::uint64_t>{1, 2, 3, 4});
    config.snapshots = 0;
    CHECK(config.snapshot_steps() == std::vector<std::uint64_t>{4});
}

TEST_CASE("TrainConfig: what is written is what is read") {
    TrainConfig config;
    config.hidden = {50, 30, 20};
    config.batch_norm = false;
    config.lambda = 0.001234567890123;
    config.init = "0.0001";
    config.scalar = "double";
    config.seed = 18446744073709551615U;
    const TempDir dir;
    const std::string file = dir.write("config.json", nlohmann::json{{"options", to_json(config)}}.dump());
    CHECK(to_json(read_config(file)) == to_json(config));
    CHECK(to_json(config).size() == 16);
}

TEST_CASE("to_json: shards only if there are any, and then no threads, which do not matter") {
    TrainConfig config;
    CHECK(to_json(config).contains("threads"));
    CHECK_FALSE(to_json(config).contains("shards"));
    config.shards = 8;
    CHECK(to_json(config)["shards"] == 8);
    CHECK_FALSE(to_json(config).contains("threads"));
    const TempDir dir;
    dir.write("config.json", nlohmann::json{{"options", to_json(config)}}.dump());
    CHECK(read_config(dir.file("config.json")).shards == 8);
}

TEST_CASE("read_config: names the file and what is wrong") {
    const TempDir dir;
    const auto check_message = [&](const std::string& text, const std::string& message) {
        const std::string file = dir.write("config.json", text);
        CHECK_THROWS_WITH_AS(read_config(file), ("--config: " + file + ": " + message).c_str(), ValueError);
    };
    check_message("{", "is not JSON");
    check_message("[]", "has no object \"options\"");
    const std::string deep = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    check_message(R"({"options": {"cycles": )" + deep + "}}", "json: is nested more than 10 deep");
    check_message(R"({"other": )" + deep + R"(, "options": {}})", "json: is nested more than 10 deep");
    check_message(R"({"options": {"lamda": 1}})", "\"lamda\" is no option");
    check_message(R"({"options": {"cycles": -1}})", "\"cycles\" cannot be -1");
    check_message(R"({"options": {"cycles": 1.5}})", "\"cycles\" cannot be 1.5");
    check_message(R"({"options": {"hidden": [50, "x"]}})", "\"hidden\" cannot be [50,\"x\"]");
    check_message(R"({"options": {"batch_norm": 1}})", "\"batch_norm\" cannot be 1");
    CHECK_THROWS_WITH_AS(read_config(dir.file("none")),
                         ("--config: " + dir.file("none") + ": cannot be read").c_str(), ValueError);
}

TEST_CASE("check_config: every option outside its range is named") {
    const auto check_message = [](auto change, const char* message) {
        TrainConfig config;
        change(config);
        CHECK_THROWS_WITH_AS(check_config(config), message, ValueError);
    };
    check_message([](TrainConfig& c) { c.hidden = {50, 0}; }, "--hidden: expected widths from 1 to 1000000");
    check_message([](TrainConfig& c) { c.lambda = -1; },
                  "--lambda: expected a number that is not negative, got -1");
    check_message([](TrainConfig& c) { c.cycles = 0; }, "--cycles: expected 1 to 100000, got 0");
    check_message([](TrainConfig& c) { c.half_cycle = 0; }, "--half-cycle: expected 1 to 1000000000, got 0");
    check_message([](TrainConfig& c) { c.eta_min = 0; }, "--eta-min: expected a positive number, got 0");
    check_message([](TrainConfig& c) { c.eta_max = 1e-6; },
                  "--eta-max: expected a number from eta-min (1e-05) up, got 1e-06");
    check_message([](TrainConfig& c) { c.batch_size = 1; },
                  "--batch-size: expected at least 2 (batch norm needs two images), got 1");
    check_message([](TrainConfig& c) { c.batch_norm = false, c.batch_size = 0; },
                  "--batch-size: expected at least 1, got 0");
    check_message([](TrainConfig& c) { c.scalar = "half"; },
                  "--scalar: expected float or double, got 'half'");
    check_message([](TrainConfig& c) { c.shards = 101; },
                  "--shards: expected at most the batch size, 100, got 101");
    check_message([](TrainConfig& c) { c.threads = 0; }, "--threads: expected 1 to 1024, got 0");
    check_message([](TrainConfig& c) { c.validation = 0; }, "--validation: expected at least 1 image");
    check_message([](TrainConfig& c) { c.snapshots = 1001; }, "--snapshots: expected 0 to 1000, got 1001");
    check_message([](TrainConfig& c) { c.init = "1e-3x"; },
                  "--init: expected xavier, he, or a standard deviation such as 0.001, got '1e-3x'");
    check_message([](TrainConfig& c) { c.init = "-1"; },
                  "--init: expected xavier, he, or a standard deviation such as 0.001, got '-1'");
}
