#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include "apps/cifar_bn/gradcheck/random_net.hpp"
#include "cifar_bn/gradcheck/numerical_gradient.hpp"

using namespace cifar_bn;
using xgrad::Rng;
using xgrad::test::random_batch;
using xgrad::test::random_net;

namespace {

HandNet random_hand_net(const NetCheckOptions& options, Rng& rng) {
    auto net = random_net(options, rng);
    return hand_net(net, options);
}

// One input, one hidden unit, two classes: the hidden score is x + bias.
HandNet one_unit(double bias) {
    HandNet net;
    net.layers.push_back({1, 1, {1.0}, {bias}, {}, {}});
    net.layers.push_back({1, 2, {1.0, -1.0}, {0.0, 0.0}, {}, {}});
    return net;
}

}  // namespace

TEST_CASE(
    "hand-derived, autodiff and numerical gradients agree: 1 to 9 layers, with and without batch norm") {
    Rng rng(11);
    for (const std::vector<std::size_t>& hidden :
         {std::vector<std::size_t>{}, {6}, {6, 5}, {8, 7, 6, 6, 5, 5, 4, 4}})
        for (const bool batch_norm : {true, false})
            for (const double lambda : {0.0, 0.02})
                for (const std::size_t size : {2U, 5U, 10U}) {
                    NetCheckOptions options{
                        .hidden = hidden, .batch_norm = batch_norm, .lambda = lambda, .threads = 1};
                    CAPTURE(hidden.size());
                    CAPTURE(batch_norm);
                    CAPTURE(lambda);
                    CAPTURE(size);
                    auto net = random_net(options, rng);
                    const auto gradients = parameter_gradients(net, random_batch(size, 7, 4, rng), options);
                    CHECK(gradients.size() == (batch_norm ? 4 : 2) * hidden.size() + 2);
                    const Judgement judgement = judge(gradients);
                    for (const Finding& f : judgement.findings) CHECK(f.hand <= 1e-11 * f.scale);
                    for (const std::string& failure : judgement.failures) FAIL_CHECK(failure);
                }
}

TEST_CASE("the gradient of a bias before batch norm is 0, and so is W's component along W") {
    Rng rng(3);
    HandNet net = random_hand_net({.hidden = {6, 5}}, rng);
    net.epsilon = 0;
    const auto gradient = gradients(net, random_batch(10, 7, 4, rng));
    for (const std::size_t l : {0U, 1U}) {
        const HandLayer& layer = net.layers[l];
        for (std::size_t i = 0; i < layer.out; ++i) {
            CHECK(std::abs(gradient[l].bias[i]) < 1e-15);
            double along = 0;  // batch norm does not see the scale of s
            for (std::size_t j = 0; j < layer.in; ++j)
                along += layer.weight[i * layer.in + j] * gradient[l].weight[i * layer.in + j];
            CHECK(std::abs(along) < 1e-15);
        }
    }
}

TEST_CASE(
    "without weights the cost is log(classes), and the last bias has the gradient 1 / classes - its share of the labels") {
    HandNet net;
    net.layers.push_back({2, 4, Values(8), Values(4), {}, {}});
    const HandBatch batch{5, Values(10, 1.0), {0, 0, 0, 2, 1}};
    CHECK(cost(net, batch) == doctest::Approx(std::log(4.0)).epsilon(1e-15));
    const Values expected{0.25 - 0.6, 0.25 - 0.2, 0.25 - 0.2, 0.25};
    const auto gradient = gradients(net, batch);
    for (std::size_t c = 0; c < 4; ++c)
        CHECK(gradient[0].bias[c] == doctest::Approx(expected[c]).epsilon(1e-14));
}

TEST_CASE("PerturbedCost is the cost of the changed net") {
    Rng rng(5);
    for (const bool batch_norm : {true, false}) {
        const NetCheckOptions options{
            .hidden = {6, 5, 4}, .batch_norm = batch_norm, .epsilon = 1e-5, .lambda = 0.01};
        const HandNet net = random_hand_net(options, rng);
        const HandBatch batch = random_batch(8, 7, 4, rng);
        PerturbedCost perturbed(net, batch);
        const auto expect = [&](std::size_t l, Kind kind, Values HandLayer::* values) {
            for (std::size_t i = 0; i < (net.layers[l].*values).size(); ++i)
                for (const double delta : {0.0, 1e-3, -0.7}) {
                    HandNet changed = net;
                    (changed.layers[l].*values)[i] += delta;
                    CHECK(perturbed.at({l, kind}, i, delta) ==
                          doctest::Approx(cost(changed, batch)).epsilon(1e-13));
                    bool crossed = false;
                    const auto before = forward(net, batch), after = forward(changed, batch);
                    for (std::size_t k = 0; k + 1 < before.size(); ++k)
                        for (std::size_t n = 0; n < before[k].scores.size(); ++n)
                            crossed |= (before[k].scores[n] > 0) != (after[k].scores[n] > 0);
                    CHECK(perturbed.crossed_kink() == crossed);
                }
        };
        for (std::size_t l = 0; l < net.layers.size(); ++l) {
            expect(l, Kind::weight, &HandLayer::weight);
            expect(l, Kind::bias, &HandLayer::bias);
            expect(l, Kind::gamma, &HandLayer::gamma);
            expect(l, Kind::beta, &HandLayer::beta);
        }
    }
}

TEST_CASE("numerical_gradient: shortens the step before a kink, and names an entry that sits on one") {
    const HandBatch batch{1, {1.0}, {0}};
    const auto of_bias = [&](double bias) {
        const HandNet net = one_unit(bias);
        return numerical_gradient(net, batch, {0, Kind::bias}, 1e-5, 1, 1).extrapolated[0];
    };
    for (const double bias : {-1 + 1e-3, -1 + 1e-5, -1 - 1e-5}) {
        CAPTURE(bias);
        const Estimate estimate = of_bias(bias);
        const double h = std::max(1 + bias, 0.0);  // logits h and -h, label 0: J = log(1 + exp(-2 h))
        const double exact = h > 0 ? -2 / (1 + std::exp(2 * h)) : 0;
        CHECK(!estimate.kink);
        CHECK(std::abs(estimate.value - exact) <= 10 * estimate.error);
        CHECK(estimate.error < 1e-7);
    }
    CHECK(of_bias(-1).kink);
}

TEST_CASE("numerical_gradient: the same on any number of threads") {
    Rng rng(6);
    const HandNet net = random_hand_net({.hidden = {6, 5}}, rng);
    const HandBatch batch = random_batch(4, 7, 4, rng);
    const auto one = numerical_gradient(net, batch, {0, Kind::weight}, 1e-5, 1, 1);
    const auto three = numerical_gradient(net, batch, {0, Kind::weight}, 1e-5, 1, 3);
    CHECK(one.central == three.central);
    for (std::size_t i = 0; i < one.extrapolated.size(); ++i)
        CHECK(one.extrapolated[i].value == three.extrapolated[i].value);
}

TEST_CASE("hand-derived: refuses a net and a batch that do not fit") {
    Rng rng(1);
    HandNet net = random_hand_net({.hidden = {6}}, rng);
    HandBatch batch = random_batch(3, 7, 4, rng);
    batch.labels.pop_back();
    CHECK_THROWS_WITH_AS(cost(net, batch), "hand_derived: expected 3 labels, got 2", xgrad::ShapeError);
    net.layers[1].in = 5;
    CHECK_THROWS_WITH_AS(cost(net, random_batch(3, 7, 4, rng)), "hand_derived: expected 6 inputs, got 5",
                         xgrad::ShapeError);
}
