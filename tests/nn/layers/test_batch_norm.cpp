#include <xgrad/nn/layers/batch_norm.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include "nn/module_gradcheck.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/convolution.hpp>
#include <xgrad/nn/observer.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

template <class T>
void check_close(const Array<T>& got, const Array<T>& expected, double tolerance) {
    REQUIRE(got.shape() == expected.shape());
    for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(i);
        CHECK(std::abs(static_cast<double>(got.data()[i]) - static_cast<double>(expected.data()[i])) <=
              tolerance);
    }
}

// (x - mean) / sqrt(biased variance + epsilon), column by column.
Array<double> normalized(const Array<double>& x, double epsilon) {
    Array<double> y(x.shape());
    const std::size_t rows = x.shape()[0];
    for (std::size_t j = 0; j < x.shape()[1]; ++j) {
        double mean = 0, variance = 0;
        for (std::size_t i = 0; i < rows; ++i) mean += x(i, j) / static_cast<double>(rows);
        for (std::size_t i = 0; i < rows; ++i)
            variance += (x(i, j) - mean) * (x(i, j) - mean) / static_cast<double>(rows);
        for (std::size_t i = 0; i < rows; ++i) y(i, j) = (x(i, j) - mean) / std::sqrt(variance + epsilon);
    }
    return y;
}

template <class T>
Tensor<T> first_batch() {
    return Tensor<T>(Array<T>{{1, 10}, {3, 20}, {5, 60}});  // mean (3, 30), unbiased variance (4, 700)
}

template <class T>
Tensor<T> second_batch() {
    return Tensor<T>(Array<T>{{0, 0}, {2, 4}});  // mean (1, 2), unbiased variance (2, 8)
}

}  // namespace

TEST_CASE("BatchNorm1d: in training it normalizes with the batch's mean and biased variance") {
    Rng rng(1);
    const Tensor x = randn<double>({7, 5}, rng) * 3.0 + 2.0;
    for (const double epsilon : {1e-5, 0.1, 1e-300}) {
        BatchNorm1d<double> plain(5, {.epsilon = epsilon});
        check_close(plain(x).value(), normalized(x.value(), epsilon), 1e-12);
        BatchNorm1d<double> without(5, {.epsilon = epsilon, .affine = false});
        check_close(without(x).value(), normalized(x.value(), epsilon), 1e-12);
    }
}

TEST_CASE("BatchNorm1d: tells its options, gamma and beta") {
    const BatchNorm1d plain(2), without(2, {.epsilon = 0.5, .momentum = 0.25, .affine = false});
    CHECK(plain.weight().value() == Array<float>{1, 1});
    CHECK(plain.bias().value() == Array<float>{0, 0});
    CHECK(!without.weight().defined());
    CHECK(!without.bias().defined());
    CHECK(without.options().epsilon == 0.5);
    CHECK(without.options().momentum == 0.25);
    CHECK(!without.options().affine);
}

TEST_CASE("BatchNorm1d: gamma scales and beta shifts, in both modes") {
    BatchNorm1d<double> layer(2), affine(2);
    StateDict<double> state = affine.state_dict();
    state["weight"] = Array<double>{2, -3};
    state["bias"] = Array<double>{5, 7};
    affine.load_state_dict(state);
    const Tensor x = first_batch<double>();
    const auto expected = [](const Tensor<double>& y) {
        return y * Tensor(Array<double>{2, -3}) + Tensor(Array<double>{5, 7});
    };
    check_close(affine(x).value(), expected(layer(x)).value(), 1e-14);
    layer.eval();
    affine.eval();
    check_close(affine(x).value(), expected(layer(x)).value(), 1e-14);
}

TEST_CASE_TEMPLATE("BatchNorm1d: running statistics, as PyTorch keeps them", T, float, double) {
    BatchNorm1d<T> layer(2);
    CHECK(layer.running_mean().value() == Array<T>{0, 0});
    CHECK(layer.running_variance().value() == Array<T>{1, 1});
    layer(first_batch<T>());
    check_close(layer.running_mean().value(), Array<T>{T(0.3), T(3)},
                1e-6);        // 0.1 times the new value, 0.9 times the old
    check_close(layer.running_variance().value(), Array<T>{T(1.3), T(70.9)},
                1e-5);  // of the unbiased variance
    layer(second_batch<T>());
    check_close(layer.running_mean().value(), Array<T>{T(0.37), T(2.9)}, 1e-6);
    check_close(layer.running_variance().value(), Array<T>{T(1.37), T(64.61)}, 1e-5);
    CHECK(std::get<std::int64_t>(layer.state_dict().at("num_batches_tracked")) == 2);
}

TEST_CASE_TEMPLATE("BatchNorm1d: momentum 0 never moves them, momentum 1 keeps the last batch's, exactly", T,
                   float, double) {
    BatchNorm1d<T> still(2, {.momentum = 0}), last(2, {.momentum = 1});
    const Tensor<T> huge(Array<T>{{T(3e9), 1}, {T(5e9), 2}});
    for (const Tensor<T>& batch : {first_batch<T>(), huge, second_batch<T>()}) {
        still(batch);
        last(batch);
    }
    CHECK(still.running_mean().value() == Array<T>{0, 0});
    CHECK(still.running_variance().value() == Array<T>{1, 1});
    CHECK(last.running_mean().value() == Array<T>{1, 2});
    CHECK(last.running_variance().value() == Array<T>{2, 8});
}

TEST_CASE_TEMPLATE("BatchNorm1d: without momentum the running statistics are the mean over all batches", T,
                   float, double) {
    BatchNorm1d<T> layer(2, {.momentum = std::nullopt});
    layer(first_batch<T>());
    check_close(layer.running_mean().value(), Array<T>{3, 30}, 1e-6);
    check_close(layer.running_variance().value(), Array<T>{4, 700}, 1e-4);
    layer(second_batch<T>());
    check_close(layer.running_mean().value(), Array<T>{2, 16}, 1e-6);
    check_close(layer.running_variance().value(), Array<T>{3, 354}, 1e-4);
    CHECK(layer.batches_tracked() == 2);
    layer.reset_statistics();
    CHECK(layer.state_dict() == BatchNorm1d<T>(2).state_dict());
    layer.set_momentum(1);
    layer(first_batch<T>());
    layer(second_batch<T>());
    CHECK(layer.running_mean().value() == Array<T>{1, 2});
}

TEST_CASE("BatchNorm1d: in evaluation mode it normalizes with the running statistics and leaves them alone") {
    BatchNorm1d<double> layer(2, {.epsilon = 0.5, .momentum = 1});
    layer(first_batch<double>());
    layer.eval();
    const StateDict<double> before = layer.state_dict();
    const Tensor y = layer(Tensor(Array<double>{{3, 30}, {5, 0}}));
    check_close(y.value(), Array<double>{{0, 0}, {2 / std::sqrt(4.5), -30 / std::sqrt(700.5)}}, 1e-14);
    CHECK(layer(reshape(Tensor(Array<double>{3, 30}), {1, 2})).value()(0, 1) == 0);  // one row is enough
    CHECK(layer.state_dict() == before);
}

TEST_CASE_TEMPLATE("BatchNorm1d: in evaluation mode the same with a tape as without", T, float, double) {
    for (const bool affine : {false, true}) {
        BatchNorm1d<T> layer(2, {.affine = affine});
        layer(first_batch<T>());
        if (affine) {
            StateDict<T> state = layer.state_dict();
            state["weight"] = Array<T>{2, -3};
            state["bias"] = Array<T>{5, 7};
            layer.load_state_dict(state);
        }
        layer.eval();
        Tensor<T> x = second_batch<T>();
        const Tensor<T> alone = layer(x);
        x.set_requires_grad(RequiresGrad::yes);
        Tape<T> tape;
        const Tensor<T> recorded = layer(x);
        CHECK(tape.size() > 0);
        check_close(alone.value(), recorded.value(), std::is_same_v<T, float> ? 1e-6 : 1e-15);
    }
}

TEST_CASE("BatchNorm1d: in evaluation mode, a mean that is large beside the deviation costs no accuracy") {
    for (const bool affine : {true, false}) {
        BatchNorm1d<float> layer(1, {.epsilon = 1e-30, .momentum = 1, .affine = affine});
        const auto column = [](const Array<float>& values) {
            return reshape(Tensor(values), {values.size(), 1});
        };
        layer(column({9997, 10000, 10003}));  // unbiased variance 9
        layer.eval();
        check_close(layer(column({9999.5F, 10001, 10002})).value(),
                    column({-0.5F / 3, 1.0F / 3, 2.0F / 3}).value(), 1e-6);
    }
}

TEST_CASE("BatchNorm1d: gradients in both modes, affine and not, first and second order") {
    Rng rng(4);
    for (const bool affine : {true, false}) {
        for (const bool training : {true, false}) {
            CAPTURE(affine);
            CAPTURE(training);
            BatchNorm1d<double> layer(3, {.affine = affine});
            layer(randn<double>({6, 3}, rng) * 2.0 + 1.0);
            if (!training) layer.eval();
            const GradcheckResult result = gradcheck_module(layer, randn<double>({5, 3}, rng));
            CHECK_MESSAGE(result.ok, result.message);
            CHECK(result.entries >= (affine ? 2 * (15 + 6) : 2 * 15));
        }
    }
}

TEST_CASE("BatchNorm1d: its state, with PyTorch's names") {
    BatchNorm1d layer(3);
    std::string names;
    for (const auto& [name, value] : layer.state_dict()) names += name + " ";
    CHECK(names == "bias num_batches_tracked running_mean running_var weight ");
    BatchNorm1d without(3, {.affine = false});
    CHECK(without.parameters().empty());
    CHECK(without.state_dict().size() == 3);
}

TEST_CASE("BatchNorm1d: clone keeps options and running statistics") {
    BatchNorm1d<double> layer(2, {.epsilon = 0.25, .momentum = 0.5, .affine = false});
    layer(first_batch<double>());
    const auto copy = layer.clone();
    CHECK(copy->state_dict() == layer.state_dict());
    CHECK((*copy)(second_batch<double>()).value() == layer(second_batch<double>()).value());
    CHECK(copy->state_dict() == layer.state_dict());
    CHECK(copy->describe() == "BatchNorm1d(2, not affine)");
}

TEST_CASE(
    "BatchNorm1d: a batch of one or none is refused in training, and changes no statistics; evaluation takes both") {
    BatchNorm1d layer(3);
    const StateDict<> before = layer.state_dict();
    for (const std::size_t batch : {0U, 1U}) CHECK_THROWS_AS(layer(zeros({batch, 3})), ShapeError);
    CHECK(layer.state_dict() == before);
    layer.eval();
    CHECK(layer(zeros({1, 3})).shape() == Shape{1, 3});
    CHECK(layer(zeros({0, 3})).shape() == Shape{0, 3});
}

namespace {

// Checks a layer of x against one of rows: of its elements, with the channels as the last axis.
template <class Layer>
void check_as_rows(Layer layer, const Tensor<double>& x, const Axes& channels_last) {
    const auto as_rows = [&](const Tensor<double>& y) {
        return reshape(transpose(y, channels_last), {-1, 3});
    };
    const auto close = [](const Tensor<double>& a, const Tensor<double>& b) {
        return amax(abs(a - b)).item() < 1e-14;
    };
    BatchNorm1d<double> of_rows(3);
    CHECK(close(as_rows(layer(x)), of_rows(as_rows(x))));
    CHECK(close(layer.running_mean(), of_rows.running_mean()));
    CHECK(close(layer.running_variance(), of_rows.running_variance()));
    layer.eval();
    of_rows.eval();
    CHECK(close(as_rows(layer(x)), of_rows(as_rows(x))));
}

}  // namespace

TEST_CASE("BatchNorm1d of signals, BatchNorm2d of images: as of the rows that their positions are") {
    Rng rng(8);
    check_as_rows(BatchNorm1d<double>(3), randn<double>({4, 3, 5}, rng), {0, 2, 1});
    check_as_rows(BatchNorm2d<double>(3), randn<double>({4, 3, 5, 2}, rng), {0, 2, 3, 1});
}

TEST_CASE("BatchNorm2d: its name, and a clone that keeps options and running statistics") {
    Rng rng(9);
    BatchNorm2d<double> layer(2, {.momentum = 0.5, .affine = false});
    layer(randn<double>({3, 2, 4, 4}, rng));
    const auto copy = layer.clone();
    CHECK(copy->state_dict() == layer.state_dict());
    CHECK(copy->describe() == "BatchNorm2d(2, not affine)");
    CHECK(copy->kind() == "BatchNorm2d");
}

namespace {

// The same net with another module between batch norm and ReLU.
template <class T>
void check_fused_relu(Sequential<T> net, const Tensor<T>& x) {
    Rng rng(10);
    auto state = net.state_dict();
    state["1.weight"] = randn<T>(net.parameters()[2].tensor.shape(), rng).value();
    state["1.bias"] = randn<T>(net.parameters()[2].tensor.shape(), rng).value();
    net.load_state_dict(state);
    Sequential<T> apart;
    apart.add(net[0].clone()).add(net[1].clone()).add(Identity<T>()).add(ReLU<T>());
    for (const bool training : {true, false}) {
        if (!training) net.eval(), apart.eval();
        std::size_t entries = 0;  // of the forward pass
        const auto step = [&](Sequential<T>& of) {
            const Tape<T> tape;
            of.zero_grad();
            const Tensor<T> y = of(x);
            entries = tape.size();
            sum(square(y)).backward();
            return y.value();
        };
        const Array<T> apart_value = step(apart);
        const std::size_t apart_entries = entries;
        CHECK(step(net) == apart_value);
        CHECK(entries + (training ? 1 : 0) == apart_entries);  // Identity has none
        auto ours = net.parameters(), theirs = apart.parameters();
        for (std::size_t i = 0; i < ours.size(); ++i) {
            CAPTURE(ours[i].name);
            const Tensor<T> gradient = theirs[i].tensor.grad();
            const double most = static_cast<double>(amax(abs(gradient)).item());
            check_close(ours[i].tensor.grad().value(), gradient.value(),
                        (1 + most) * (sizeof(T) == sizeof(float) ? 1e-5 : 1e-13));
        }
        CHECK(net[1].state_dict() == apart[1].state_dict());
    }
}

}  // namespace

TEST_CASE_TEMPLATE(
    "BatchNorm2d, BatchNorm1d and a ReLU behind it in a Sequential: what two calls make, in one", T, float,
    double) {
    Rng rng(10);
    check_fused_relu(Sequential<T>{Conv2d<T>(3, 6, 3, rng, {.padding = 1}), BatchNorm2d<T>(6), ReLU<T>()},
                     randn<T>({4, 3, 5, 2}, rng));
    check_fused_relu(Sequential<T>{Conv1d<T>(3, 6, 3, rng, {.padding = 1}), BatchNorm1d<T>(6), ReLU<T>()},
                     randn<T>({4, 3, 7}, rng));
}

TEST_CASE("BatchNorm2d and a ReLU: an Observer sees both") {
    Rng rng(11);
    Sequential net{BatchNorm2d(3), ReLU()};
    Observer<float> observer(net);
    net(randn({4, 3, 2, 2}, rng));
    CHECK(observer.calls().size() == 3);
}
