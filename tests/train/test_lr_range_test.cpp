#include <xgrad/train/lr_range_test.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>
#include <xgrad/train/training_state.hpp>

using namespace xgrad;

namespace {

// A regression that an SGD of a rate above 1 cannot do.
struct Regression {
    Rng rng{1};
    Sequential<double> net{Linear<double>(4, 8, rng), BatchNorm1d<double>(8), ReLU<double>(),
                           Dropout<double>(0.1, rng), Linear<double>(8, 1, rng)};
    SGD<double> sgd{net.parameters(), {.learning_rate = 0.01, .momentum = 0.5}};
    Tensor<double> x = randn<double>({32, 4}, rng), y = sum(square(x), {1}, KeepDims::yes);
    TrainingState state;

    Regression() { state.add("net", net).add("sgd", sgd); }

    double step() {
        net.zero_grad();
        Tape<double> tape;
        const Tensor<double> loss = mse_loss(net(x), y);
        loss.backward();
        sgd.step();
        return loss.item();
    }
};

// A test in which the n-th step has the n-th loss.
LrRangeTest with_losses(const std::vector<double>& losses, LrRangeTestOptions options) {
    Identity<double> net;
    SGD<double> sgd(net.parameters());
    std::size_t next = 0;
    options.steps = losses.size();
    return lr_range_test(net, sgd, options, [&] { return losses.at(next++); });
}

}  // namespace

TEST_CASE("lr_range_test: the rate grows by a factor or by a number, and the step is made with it") {
    Regression r;
    for (const auto& [growth, middle] :
         {std::pair{RateGrowth::exponential, 1e-3}, {RateGrowth::linear, 0.050005}}) {
        std::vector<double> rates;
        const LrRangeTest test =
            lr_range_test(r.net, r.sgd, {.min = 1e-5, .max = 1e-1, .steps = 3, .growth = growth}, [&] {
                rates.push_back(r.sgd.learning_rate());
                return 1.0;
            });
        REQUIRE(rates.size() == 3);
        REQUIRE(test.points.size() == 3);
        CHECK(!test.diverged);
        CHECK(rates[0] == 1e-5);
        CHECK(rates[1] == doctest::Approx(middle));
        CHECK(rates[2] == doctest::Approx(1e-1));
        for (std::size_t i = 0; i < 3; ++i) CHECK(test.points[i].learning_rate == rates[i]);
    }
}

TEST_CASE("lr_range_test: finds where a net learns and where it diverges, and puts everything back") {
    Regression r;
    r.step();
    const Safetensors before = r.state.save();
    const auto test_once = [&] {
        return lr_range_test(r.net, r.sgd, {.min = 1e-6, .max = 1e4, .steps = 400}, [&] { return r.step(); });
    };
    const LrRangeTest test = test_once();
    CHECK(r.state.save() == before);
    CHECK(!r.net.parameters()[0].tensor.has_grad());
    CHECK(test.diverged);
    CHECK(test.points.size() < 400);
    REQUIRE(test.suggestion());
    CHECK(test.suggestion()->min > 1e-6);
    CHECK(test.suggestion()->min < test.suggestion()->max);
    CHECK(test.suggestion()->max < test.points.back().learning_rate);
    const LrRangeTest again = test_once();  // dropout's generator, too, is as before
    for (std::size_t i = 0; i < test.points.size(); ++i)
        CHECK(again.points.at(i).loss == test.points[i].loss);
}

TEST_CASE("lr_range_test: after an error net and optimizer are as before, also one that had no state yet") {
    Regression r;
    const Safetensors before = r.state.save();
    int steps = 0;
    CHECK_THROWS_WITH_AS(lr_range_test(r.net, r.sgd, {.min = 1e-3, .max = 1, .steps = 10},
                                       [&] {
                                           if (++steps == 3) fail<ValueError>("step", "no more data");
                                           return r.step();
                                       }),
                         "step: no more data", ValueError);
    CHECK(r.state.save() == before);
}

TEST_CASE("lr_range_test: smooths the losses without bias to the first ones") {
    const LrRangeTest test = with_losses({4, 2, 1, 1}, {.min = 1, .max = 8, .smoothing = 0.5});
    CHECK(test.points[0].smoothed == 4);
    CHECK(test.points[1].smoothed == doctest::Approx((2 + 0.5 * 4) / 1.5));
    CHECK(test.points[3].smoothed == doctest::Approx((1 + 0.5 * 1 + 0.25 * 2 + 0.125 * 4) / 1.875));
    CHECK(with_losses({4, 2, 1}, {.min = 1, .max = 8, .smoothing = 0}).points[2].smoothed == 1);
}

TEST_CASE(
    "lr_range_test: ends where the smoothed loss is above a multiple of its lowest, or a loss is not finite") {
    const LrRangeTest higher = with_losses({1, 2, 3.9, 4.1, 1}, {.min = 1, .max = 16, .smoothing = 0});
    CHECK(higher.diverged);
    CHECK(higher.points.size() == 4);
    for (const double loss : {double{NAN}, double{INFINITY}}) {
        const LrRangeTest test = with_losses({1, 2, loss, 1}, {.min = 1, .max = 8});
        CHECK(test.diverged);
        CHECK(test.points.size() == 2);
    }
    CHECK(with_losses({NAN, 1}, {.min = 1, .max = 8}).points.empty());
    CHECK(!with_losses({1, 1, 3}, {.min = 1, .max = 4, .smoothing = 0}).diverged);
}

TEST_CASE("lr_range_test: suggests the rates at a tenth and at nine tenths of the fall") {
    const auto suggestion = [](const std::vector<double>& losses) {
        return with_losses(losses, {.min = 1, .max = 8, .growth = RateGrowth::linear, .smoothing = 0})
            .suggestion();
    };
    const auto range = suggestion({10, 9.5, 9, 5, 1.2, 0.9, 0, 30});
    REQUIRE(range);
    CHECK(range->min == 3);
    CHECK(range->max == 6);
    const auto noisy = suggestion({10, 8, 10, 5, 1.2, 0.9, 0, 30});
    REQUIRE(noisy);
    CHECK(noisy->min == 4);
    std::vector<double> long_test(40, 10.0);  // of which two are the first twentieth
    long_test[0] = 14;
    long_test[1] = 6;
    for (std::size_t i = 20; i < 40; ++i) long_test[i] = 39.5 - static_cast<double>(i);
    const double step = 7.0 / 39;
    CHECK(suggestion(long_test)->min == doctest::Approx(1 + 31 * step));
    CHECK(suggestion(long_test)->max == doctest::Approx(8));
    CHECK(!suggestion({1, 1, 1, 2}));
    CHECK(!suggestion({1, 2}));
    CHECK(!LrRangeTest().suggestion());
}

TEST_CASE("lr_range_test: options that it refuses") {
    const auto refuses = [](const LrRangeTestOptions& options, const std::string& message) {
        Identity<float> net;
        SGD<float> sgd(net.parameters());
        CHECK_THROWS_WITH_AS(lr_range_test(net, sgd, options, [] { return 1.0; }),
                             ("lr_range_test: " + message).c_str(), ValueError);
    };
    refuses({}, "min must be finite and positive, got nan");
    refuses({.min = 0, .max = 1, .steps = 2}, "min must be finite and positive, got 0");
    refuses({.min = 1, .max = INFINITY, .steps = 2}, "max must be finite and positive, got inf");
    refuses({.min = 1, .max = 1, .steps = 2}, "min must be below max, got 1 >= 1");
    refuses({.min = 1, .max = 2}, "steps must be at least 2, got 0");
    refuses({.min = 1, .max = 2, .steps = 2, .smoothing = 1}, "smoothing must lie in [0, 1), got 1");
    refuses({.min = 1, .max = 2, .steps = 2, .divergence = 1}, "divergence must be above 1, got 1");
    Identity<float> net;
    SGD<float> sgd(net.parameters());
    CHECK_THROWS_WITH_AS(lr_range_test(net, sgd, {.min = 1, .max = 2, .steps = 2}, nullptr),
                         "lr_range_test: train_step is empty", ValueError);
}
