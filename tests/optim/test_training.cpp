// Modules, tape and optimizer together.
#include <cmath>
#include <numbers>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "support/threads.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/metrics.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/lr_schedule.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

template <class T>
struct Points {
    Tensor<T> x;
    Indices labels;
};

// Two spirals of one turn each, half a turn apart.
template <class T>
Points<T> two_spirals(std::size_t points_per_arm) {
    Array<T> x(Shape{2 * points_per_arm, 2});
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < 2 * points_per_arm; ++i) {
        const auto arm = static_cast<std::int32_t>(i % 2);
        const double along = static_cast<double>(i / 2 + 1) / static_cast<double>(points_per_arm);
        const double angle = 2 * std::numbers::pi * along + std::numbers::pi * arm;
        x(i, 0) = static_cast<T>(2 * along * std::cos(angle));
        x(i, 1) = static_cast<T>(2 * along * std::sin(angle));
        labels.push_back(arm);
    }
    return {Tensor<T>(std::move(x)), std::move(labels)};
}

template <class T>
Points<T> exclusive_or() {
    return {Tensor<T>(Array<T>{{0, 0}, {0, 1}, {1, 0}, {1, 1}}), {0, 1, 1, 0}};
}

template <class T>
Sequential<T> small_net(std::size_t hidden, std::uint64_t seed) {
    Rng rng(seed);
    return Sequential<T>{Linear<T>(2, hidden, rng), BatchNorm1d<T>(hidden), ReLU<T>(),
                         Linear<T>(hidden, 2, rng)};
}

// The losses of all steps.
template <class T>
std::vector<T> train(Module<T>& net, const Points<T>& points, int steps) {
    SGD<T> sgd(net.parameters(), {.momentum = 0.9, .nesterov = true, .weight_decay = 1e-4});
    const LrSchedule rate = lr::cyclic({.min = 1e-3, .max = 0.2, .half_cycle = 50});
    std::vector<T> losses;
    for (int step = 0; step < steps; ++step) {
        sgd.set_learning_rate(rate(static_cast<std::uint64_t>(step)));
        net.zero_grad();
        Tape<T> tape;
        const Tensor<T> loss = cross_entropy(net(points.x), points.labels);
        loss.backward();
        sgd.step();
        losses.push_back(loss.item());
    }
    return losses;
}

}  // namespace

TEST_CASE_TEMPLATE("a net of two layers learns exclusive or", T, float, double) {
    const Points<T> points = exclusive_or<T>();
    Sequential<T> net = small_net<T>(8, 1);
    const std::vector<T> losses = train(net, points, 200);
    CHECK(losses.back() < T(0.05));
    CHECK(accuracy(net(points.x), points.labels) == 1);
    net.eval();
    CHECK(accuracy(net(points.x), points.labels) == 1);
}

TEST_CASE_TEMPLATE("a net of two layers tells two spirals apart", T, float, double) {
    const Points<T> points = two_spirals<T>(60);
    Sequential<T> net = small_net<T>(32, 1);
    train(net, points, 600);
    CHECK(accuracy(net(points.x), points.labels) == 1);
    net.eval();
    CHECK(accuracy(net(points.x), points.labels) == 1);
}

TEST_CASE("training: one seed gives the same bits twice, another seed does not") {
    const Points<float> points = two_spirals<float>(60);
    Sequential<float> a = small_net<float>(32, 1), b = small_net<float>(32, 1),
                      other = small_net<float>(32, 2);
    const std::vector<float> losses = train(a, points, 100);
    CHECK(losses == train(b, points, 100));
    CHECK(a.state_dict() == b.state_dict());
    CHECK(losses != train(other, points, 100));
}

TEST_CASE("training: a clone taken half way goes on to the same bits") {
    const Points<float> points = exclusive_or<float>();
    Sequential<float> net = small_net<float>(8, 3);
    train(net, points, 20);
    const auto copy = net.clone();
    CHECK(train(net, points, 20) == train(*copy, points, 20));  // each with a new optimizer
    CHECK(net.state_dict() == copy->state_dict());
}

namespace {

// The state after some steps of a net with products, updates and elementwise ops that are large enough to be
// split between threads.
StateDict<> trained(std::uint64_t seed) {
    Rng rng(seed);
    Sequential net{Linear(2048, 40, rng), BatchNorm1d(40), ReLU(), Linear(40, 5, rng)};
    const Tensor x = randn({64, 2048}, rng);
    std::vector<std::int32_t> labels(64);
    for (auto& label : labels) label = static_cast<std::int32_t>(rng.below(5));
    SGD sgd(net.parameters(), {.learning_rate = 0.05, .momentum = 0.9});
    for (int step = 0; step < 20; ++step) {
        net.zero_grad();
        Tape tape;
        cross_entropy(net(x * 0.5), labels).backward();
        sgd.step();
    }
    return net.state_dict();
}

}  // namespace

TEST_CASE("Two models that are trained in two threads at once become what each becomes alone") {
    const test::Threads set(3);
    const std::vector<StateDict<>> alone{trained(1), trained(2)};
    for (int round = 0; round < 3; ++round) {
        std::vector<StateDict<>> together(2);
        std::thread other([&] { together[1] = trained(2); });
        together[0] = trained(1);
        other.join();
        CHECK(together[0] == alone[0]);
        CHECK(together[1] == alone[1]);
    }
}
