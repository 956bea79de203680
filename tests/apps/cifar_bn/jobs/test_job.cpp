#include "cifar_bn/jobs/job.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <xgrad/core/error.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/train/evaluate.hpp>
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"

#include "apps/small_data.hpp"

using namespace cifar_bn;
using apps::Split;
using xgrad::test::read_file;
using xgrad::test::small_config;
using xgrad::test::TempDir;
using xgrad::test::write_small_data;

namespace {

Split small_split(const TempDir& dir) { return apps::split(apps::open_data(write_small_data(dir)), 100); }

const nlohmann::json receipt_1 = {{"a", 1}};

}  // namespace

TEST_CASE("run_job: what it returns is what finished_job reads, bit by bit") {
    const TempDir dir;
    const Split data = small_split(dir);
    const JobResult result = run_job(dir.file("job"), receipt_1, small_config(), data);
    const auto read = finished_job(dir.file("job"), receipt_1);
    REQUIRE(read);
    REQUIRE(read->snapshots.size() == 11);
    for (std::size_t i = 0; i < 11; ++i) {
        CHECK(read->snapshots[i].train.cost == result.snapshots[i].train.cost);
        CHECK(read->snapshots[i].test.accuracy == result.snapshots[i].test.accuracy);
        CHECK(read->snapshots[i].layers.size() == 2);
        CHECK(read->snapshots[i].layers[1].gradient == result.snapshots[i].layers[1].gradient);
    }
    CHECK(read->test_confusion.rows() == result.test_confusion.rows());
    CHECK(read->test_confusion.accuracy() == read->last().test.accuracy);
    CHECK(result.time.total > 0);
    CHECK(read->time.total == result.time.total);
    CHECK(read->time.step == result.time.step);
}

TEST_CASE("run_job: the state it writes is the trained net's") {
    const TempDir dir;
    const Split data = small_split(dir);
    const TrainConfig config = small_config();
    const JobResult result = run_job(dir.file("job"), receipt_1, config, data);
    xgrad::Rng rng(99);
    auto net = make_network<float>(data.train.features(), config.hidden, 10, true,
                                   xgrad::init::xavier_normal(), rng);
    xgrad::load_state(dir.file("job/model.safetensors"), net);
    CHECK(evaluate(net, data.test, data.normalizer).accuracy() == result.last().test.accuracy);
}

TEST_CASE(
    "finished_job: nothing of a job that did not come to its end, lacks a file, or had another receipt") {
    const TempDir dir;
    const Split data = small_split(dir);
    CHECK_FALSE(finished_job(dir.file("job"), receipt_1));
    run_job(dir.file("job"), receipt_1, small_config(), data);
    CHECK_FALSE(finished_job(dir.file("job"), {{"a", 2}}));
    CHECK(finished_job(dir.file("job"), receipt_1));
    for (const char* file : {"result.json", "time.json", "model.safetensors", "metrics.csv", "config.json"}) {
        CAPTURE(file);
        std::filesystem::rename(dir.file("job") + "/" + file, dir.file("aside"));
        CHECK_FALSE(finished_job(dir.file("job"), receipt_1));
        std::filesystem::rename(dir.file("aside"), dir.file("job") + "/" + file);
    }
    TrainConfig impossible = small_config();
    impossible.batch_size = 501;  // of 500 images
    CHECK_THROWS_AS(run_job(dir.file("job"), receipt_1, impossible, data), xgrad::ValueError);
    CHECK(finished_job(dir.file("job"), receipt_1));  // the other one has not started
}

TEST_CASE("finished_job: a damaged result is named, with what to do") {
    const TempDir dir;
    run_job(dir.file("job"), receipt_1, small_config(), small_split(dir));
    const std::string file = dir.file("job/result.json");
    const auto message = [&](const char* text) -> std::string {
        dir.write("job/result.json", text);
        try {
            finished_job(dir.file("job"), receipt_1);
        } catch (const xgrad::DataError& error) {
            return error.what();
        }
        return "";
    };
    for (const char* text :
         {"", "{", "{}", "[]", R"({"snapshots": [], "test_confusion": [[1]], "diverged_at": 0})"}) {
        CAPTURE(text);
        const std::string found = message(text);
        CHECK(found.starts_with("job: " + file + ": "));
        CHECK(found.ends_with("; delete " + dir.file("job") + " to train anew"));
    }
    CHECK(
        message(R"({"snapshots": [], "test_confusion": [[1]], "diverged_at": 0})").find(": no snapshots;") !=
        std::string::npos);
}
