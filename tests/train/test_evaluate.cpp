#include <xgrad/train/evaluate.hpp>

#include <doctest/doctest.h>

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include "support/team.hpp"
#include "support/threads.hpp"

using namespace xgrad;

namespace {

Dataset noise(std::size_t count, std::uint64_t seed,
              const std::vector<std::string>& classes = {"cat", "dog", "frog"}) {
    Rng rng(seed);
    const ImageShape shape{1, 2, 2};
    std::vector<std::uint8_t> images, labels;
    for (std::size_t i = 0; i < count * shape.size(); ++i)
        images.push_back(static_cast<std::uint8_t>(rng.below(256)));
    for (std::size_t i = 0; i < count; ++i)
        labels.push_back(static_cast<std::uint8_t>(rng.below(classes.size())));
    return Dataset("noise", classes, shape, images, labels);
}

template <class T>
Sequential<T> small_net(std::uint64_t seed) {
    Rng rng(seed);
    return Sequential<T>{Linear<T>(4, 5, rng), BatchNorm1d<T>(5), ReLU<T>(), Linear<T>(5, 3, rng)};
}

}  // namespace

TEST_CASE_TEMPLATE("evaluate: the same as one pass over all images at once, whatever the batch size", T,
                   float, double) {
    const Dataset data = noise(23, 1);
    const Normalizer normalizer(data);
    Sequential<T> net = small_net<T>(2);
    ImageBatches<T> all(data, normalizer, 23);
    const Batch<T>& batch = all.next();
    net(batch.x);  // moves the running statistics away from 0 and 1
    net.eval();
    const Tensor<T> logits = net(batch.x);
    const double loss = static_cast<double>(cross_entropy(logits, batch.labels).item());
    for (const std::size_t batch_size : {1u, 4u, 22u, 23u, 500u}) {
        CAPTURE(batch_size);
        const Evaluation found = evaluate(net, data, normalizer, batch_size);
        CHECK(found.loss == doctest::Approx(loss).epsilon(1e-6));
        CHECK(found.accuracy() == accuracy(logits, batch.labels));
        CHECK(found.confusion.total() == 23);
        CHECK(found.confusion.classes() == 3);
    }
}

TEST_CASE("evaluate: changes nothing, not even the mode of a module inside") {
    const Dataset data = noise(10, 1);
    const Normalizer normalizer(data);
    Sequential net = small_net<float>(2);
    net[1].eval();  // a frozen batch norm
    const StateDict<> before = net.state_dict();
    evaluate(net, data, normalizer);
    CHECK(net.state_dict() == before);
    CHECK(net.is_training());
    CHECK(net[0].is_training());
    CHECK_FALSE(net[1].is_training());
    net.eval();
    evaluate(net, data, normalizer);
    CHECK_FALSE(net.is_training());
    for (const Parameter<>& parameter : net.parameters()) CHECK_FALSE(parameter.tensor.has_grad());
}

TEST_CASE("evaluate: in the middle of a training step it is not recorded") {
    const Dataset data = noise(10, 1);
    const Normalizer normalizer(data);
    Sequential net = small_net<float>(2);
    Rng rng(3);
    Tape tape;
    const Tensor loss = sum(net(randn({6, 4}, rng)));
    const std::size_t recorded = tape.size();
    evaluate(net, data, normalizer);
    CHECK(tape.size() == recorded);
    CHECK_NOTHROW(loss.backward());
}

TEST_CASE("evaluate: an error leaves the modes as they were") {
    const Dataset data = noise(10, 1);
    const Normalizer normalizer(data);
    Rng rng(1);
    Sequential net{BatchNorm1d(4), Linear(4, 2, rng)};
    net[0].eval();
    CHECK_THROWS_WITH_AS(evaluate(net, data, normalizer), "cross_entropy: labels[0] is 2, outside [0, 2)",
                         ValueError);  // three classes
    CHECK(net.is_training());
    CHECK_FALSE(net[0].is_training());
    Sequential narrow{Linear(5, 3, rng)};
    CHECK_THROWS_WITH_AS(evaluate(narrow, data, normalizer),
                         "0.Linear: linear: expected x (..., 5), got (10, 4): 5 != 4", ShapeError);
}

TEST_CASE("evaluate: rejects a batch size of 0, and no images") {
    const Dataset data = noise(10, 1);
    Sequential net = small_net<float>(2);
    CHECK_THROWS_WITH_AS(evaluate(net, data, Normalizer(data), 0),
                         "Batches: the batch size must be positive, got 0", ValueError);
    CHECK_THROWS_WITH_AS(evaluate(net, data.slice(0, 0), Normalizer(data)), "Batches: there are no samples",
                         ValueError);
}

TEST_CASE("evaluate: the same to the last bit on any number of threads") {
    const Dataset data = noise(103, 1);
    const Normalizer normalizer(data);
    Sequential net = small_net<float>(2);
    const test::Threads single(1);
    const Evaluation one = evaluate(net, data, normalizer, 10);
    for (const int threads : {2, 3, 16}) {
        const test::Threads set(threads);
        const Evaluation several = evaluate(net, data, normalizer, 10);
        CHECK(several.loss == one.loss);
        CHECK(several.accuracy() == one.accuracy());
        CHECK(several.confusion.total() == 103);
    }
}

TEST_CASE("evaluate: processes that share the batches get the result of one, bit by bit") {
    const Dataset data = noise(93, 1);
    const Normalizer normalizer(data);
    const auto evaluated = [&](const Processes& processes) {
        Sequential net = small_net<float>(2);
        return evaluate(net, data, normalizer, 10, processes);
    };
    const Evaluation alone = evaluated({});
    for (const std::size_t count : {1u, 2u, 3u, 12u})  // there are 10 batches
        test::as_processes(count, [&](const Processes& processes) {
            const Evaluation shared = evaluated(processes);
            CHECK(shared.loss == alone.loss);
            CHECK(shared.confusion.rows() == alone.confusion.rows());
        });
}
