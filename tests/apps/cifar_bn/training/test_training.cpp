#include "cifar_bn/training/training.hpp"

#include <doctest/doctest.h>

#include "apps/small_data.hpp"
#include "cifar_bn/training/layer_statistics.hpp"
#include "cifar_bn/training/network.hpp"
#include "shared/data/data_source.hpp"
#include "support/threads.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/linear.hpp>

using namespace cifar_bn;
using apps::open_data;
using apps::Split;
using xgrad::test::TempDir;
using xgrad::test::Threads;
using xgrad::test::write_small_data;
using namespace xgrad;
using doctest::Approx;

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

#if XGRAD_HAS_MPI
TEST_CASE("train: in shards, any number of threads gives the same bits, and about those of whole batches") {
    const TempDir dir;
    TrainConfig config = small_config();
    config.scalar = "double";
    const Split data = apps::split(open_data(write_small_data(dir)), config.validation);
    const double whole = train(config, data, {}).last().train.cost;
    config.shards = 7;
    const auto in_threads = [&](int threads) {
        const Threads running(threads);
        return train(config, data, {}).last().train.cost;
    };
    const double alone = in_threads(1);
    CHECK(alone == Approx(whole).epsilon(1e-9));
    for (const int threads : {2, 3}) CHECK(in_threads(threads) == alone);
}
#endif

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

namespace {

// 2 inputs, 2 hidden units, 2 classes; the second hidden unit never is positive.
Sequential<double> small_net() {
    Rng rng(1);
    Sequential<double> net{Linear<double>(2, 2, rng), ReLU<double>(), Linear<double>(2, 2, rng)};
    auto state = net.state_dict();
    state["0.weight"] = Array<double>{{1, 0}, {0, -1}};
    state["2.weight"] = Array<double>{{1, 0}, {0, 0}};
    net.load_state_dict(state);
    return net;
}

}  // namespace

TEST_CASE("layer_statistics: size of outputs, weights and gradients") {
    const Sequential<double> net = small_net();
    const Batch<double> batch{Tensor<double>(Array<double>{{1, 1}, {3, 1}}), {0, 0}};
    const auto layers = layer_statistics(net, batch);
    REQUIRE(layers.size() == 2);
    CHECK(layers[0].output == Approx(std::sqrt((1.0 + 9) / 4)));  // outputs (1, 0) and (3, 0)
    CHECK(layers[0].signal == Approx(0));                         // one class: nothing to tell
    CHECK(layers[0].weight == Approx(std::sqrt(2.0 / 4)));
    CHECK(layers[1].output == Approx(std::sqrt((1.0 + 9) / 4)));  // the logits are (1, 0) and (3, 0)
    CHECK(layers[1].weight == Approx(0.5));
    // d/dW2 of the mean cross-entropy: row 0 is mean of (p0 - 1) h, row 1 its negative; h = (1, 0), (3, 0).
    const double g = ((1 / (1 + std::exp(-1.0)) - 1) * 1 + (1 / (1 + std::exp(-3.0)) - 1) * 3) / 2;
    CHECK(layers[1].gradient == Approx(std::sqrt(2 * g * g / 4)));
}

TEST_CASE(
    "layer_statistics: the signal is the largest singular value of the covariance with the one-hot labels") {
    // The means are (2.5, 1) of all, (1, 0.5) of class 0, which has half the images: its row is half the
    // difference, (-0.75, -0.25), and that of class 1 is the negative.
    Rng rng(1);
    Sequential<double> net{Linear<double>(2, 2, rng)};
    auto state = net.state_dict();
    state["0.weight"] = Array<double>{{1, 0}, {0, 1}};
    net.load_state_dict(state);
    const Batch<double> batch{Tensor<double>(Array<double>{{1, 0}, {1, 1}, {4, 0}, {4, 3}}), {0, 0, 1, 1}};
    CHECK(layer_statistics(net, batch)[0].signal == Approx(std::sqrt(2 * (0.75 * 0.75 + 0.25 * 0.25))));
}

TEST_CASE("layer_statistics: the net is as before, running statistics and gradients included") {
    Rng rng(2);
    auto net = make_network<float>(4, {3}, 2, true, init::xavier_normal(), rng);
    net.eval();
    const auto before = net.state_dict();
    const Batch<float> batch{Tensor<float>(Array<float>(Shape{5, 4}, 0.5F)), {0, 1, 0, 1, 0}};
    CHECK(layer_statistics(net, batch).size() == 2);
    CHECK(net.state_dict() == before);
    CHECK_FALSE(net.is_training());
    CHECK_FALSE(net.parameters().front().tensor.has_grad());
}
