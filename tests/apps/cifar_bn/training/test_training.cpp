#include "cifar_bn/training/training.hpp"

#include <doctest/doctest.h>

#include "apps/small_data.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"

using namespace cifar_bn;
using apps::open_data;
using apps::Split;
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

}  // namespace

TEST_CASE("train: learns the small data set in float and double, with and without batch norm") {
    const TempDir dir;
    TrainConfig config = small_config();
    config.half_cycle = 100;
    const Split data = apps::split(open_data(write_small_data(dir)), config.validation);
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
    const Split data = apps::split(open_data(write_small_data(dir)), config.validation);
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
    const Split data = apps::split(open_data(write_small_data(dir)), config.validation);
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
