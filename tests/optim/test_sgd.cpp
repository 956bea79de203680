#include <xgrad/optim/sgd.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/linear.hpp>

using namespace xgrad;

namespace {

template <class T>
Tensor<T> parameter(const Array<T>& value) {
    return Tensor<T>(value, RequiresGrad::yes);
}

// Gives w that gradient.
template <class T>
void set_gradient(Tensor<T>& w, const Array<T>& gradient) {
    w.zero_grad();
    Tape<T> tape;
    (w * 1.0).backward(Tensor<T>(gradient));
}

// One step of torch.optim.SGD with dampening 0, as its documentation states it; `velocity` is absent before
// the first step.
struct TorchSgd {
    double learning_rate, momentum, weight_decay;
    bool nesterov;
    std::vector<double> velocity = {};

    void step(std::vector<double>& w, const std::vector<double>& gradient) {
        const bool first = velocity.empty();
        velocity.resize(w.size());
        for (std::size_t i = 0; i < w.size(); ++i) {
            double g = gradient[i];
            if (weight_decay != 0) g += weight_decay * w[i];
            if (momentum != 0) {
                velocity[i] = first ? g : momentum * velocity[i] + g;
                g = nesterov ? g + momentum * velocity[i] : velocity[i];
            }
            w[i] -= learning_rate * g;
        }
    }
};

}  // namespace

TEST_CASE_TEMPLATE("SGD: hand-computed sequences", T, float, double) {
    // w = 1, gradients 2 and -1, learning rate 0.1
    const auto run = [](const SgdOptions& options) {
        Tensor<T> w = parameter<T>({1});
        SGD<T> sgd({{"w", w}}, options);
        std::vector<double> values;
        for (const double g : {2.0, -1.0}) {
            set_gradient<T>(w, {static_cast<T>(g)});
            sgd.step();
            values.push_back(static_cast<double>(w.item()));
        }
        return values;
    };
    const auto check = [&](const SgdOptions& options, double first, double second) {
        const auto values = run(options);
        CHECK(values[0] == doctest::Approx(first).epsilon(1e-6));
        CHECK(values[1] == doctest::Approx(second).epsilon(1e-6));
    };
    check({.learning_rate = 0.1}, 0.8, 0.9);
    check({.learning_rate = 0.1, .weight_decay = 0.5}, 0.75, 0.8125);                 // g = 2.5; -0.625
    check({.learning_rate = 0.1, .momentum = 0.9}, 0.8, 0.72);                        // v = 2; 0.8
    check({.learning_rate = 0.1, .momentum = 0.9, .nesterov = true}, 0.62, 0.648);    // 2 + 1.8; -1 + 0.72
    check({.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.5}, 0.75,
          0.5875);  // v = 2.5; 2.25 - 0.625
    check({.learning_rate = 0}, 1, 1);
}

TEST_CASE_TEMPLATE("SGD: equals PyTorch's published formula over many steps, in all variants", T, float,
                   double) {
    const double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-13;
    for (const double momentum : {0.0, 0.5, 0.99})
        for (const double weight_decay : {0.0, 0.01})
            for (const bool nesterov : {false, true}) {
                if (nesterov && momentum == 0) continue;
                CAPTURE(momentum);
                CAPTURE(weight_decay);
                CAPTURE(nesterov);
                Rng rng(3);
                Tensor<T> w = randn<T>({2, 3}, rng);
                w.set_requires_grad(RequiresGrad::yes);
                std::vector<double> expected(w.value().begin(), w.value().end());
                SGD<T> sgd({{"w", w}}, {.learning_rate = 0.05,
                                        .momentum = momentum,
                                        .nesterov = nesterov,
                                        .weight_decay = weight_decay});
                TorchSgd torch{0.05, momentum, weight_decay, nesterov};
                for (int step = 0; step < 25; ++step) {
                    const Tensor<T> gradient = randn<T>({2, 3}, rng);
                    set_gradient(w, gradient.value());
                    sgd.step();
                    torch.step(expected,
                               std::vector<double>(gradient.value().begin(), gradient.value().end()));
                }
                for (std::size_t i = 0; i < expected.size(); ++i)
                    CHECK(std::abs(static_cast<double>(w.value().data()[i]) - expected[i]) <
                          tolerance * (1 + std::abs(expected[i])));
            }
}

TEST_CASE("SGD: a scalar parameter has a velocity too") {
    Tensor w(Array<double>(Shape{}, 1), RequiresGrad::yes);
    SGD<double> sgd({{"w", w}}, {.learning_rate = 0.1, .momentum = 0.9});
    for (const double expected : {0.9, 0.71}) {
        set_gradient(w, Array<double>(Shape{}, 1));
        sgd.step();
        CHECK(w.item() == doctest::Approx(expected));
    }
}

TEST_CASE("SGD: weight decay leaves Decay::no parameters alone") {
    Rng rng(1);
    Linear<double> layer(2, 2, rng, {.weight = init::ones()});
    layer.parameters()[1].tensor.assign({1, 1});
    SGD<double> sgd(layer.parameters(), {.learning_rate = 0.5, .weight_decay = 0.1});
    for (const Parameter<double>& p : layer.parameters()) {
        Tensor<double> w = p.tensor;
        set_gradient(w, Array<double>(w.shape(), 0));
    }
    sgd.step();
    CHECK(layer.weight().value() == Array<double>(Shape{2, 2}, 0.95));
    CHECK(layer.bias().value() == Array<double>{1, 1});
}

TEST_CASE(
    "SGD: groups have their own weight decay and scale of the learning rate; what is unset is the optimizer's") {
    Tensor a = parameter<double>({1}), b = parameter<double>({1}), c = parameter<double>({1}),
           d = parameter<double>({1});
    SGD<double> sgd({{"a", a}}, {.learning_rate = 0.5, .weight_decay = 0.1});
    sgd.add_group({{"b", b}}, {.weight_decay = 0.2});
    sgd.add_group({{"c", c}}, {.learning_rate_scale = 0.5});
    sgd.add_group({{"d", d, Decay::no}}, {.weight_decay = 0.2, .learning_rate_scale = 0});
    for (Tensor<double>* w : {&a, &b, &c, &d}) set_gradient(*w, {0});
    sgd.step();
    CHECK(a.item() == 0.95);
    CHECK(b.item() == 0.9);
    CHECK(c.item() == 0.975);
    CHECK(d.item() == 1);
    sgd.set_learning_rate(1);
    CHECK(sgd.learning_rate() == 1);
    sgd.step();
    CHECK(c.item() == doctest::Approx(0.975 * 0.95));
}

TEST_CASE("SGD: a parameter without a gradient is untouched, and so is its velocity") {
    Tensor a = parameter<double>({1}), b = parameter<double>({1});
    SGD<double> sgd({{"a", a}, {"b", b}}, {.learning_rate = 0.1, .momentum = 0.9, .weight_decay = 0.1});
    set_gradient(a, {1});
    sgd.step();
    CHECK(b.item() == 1);
    const double after = a.item();
    a.zero_grad();
    set_gradient(b, {1});
    sgd.step();
    CHECK(a.item() == after);
    CHECK(b.item() == doctest::Approx(1 - 0.1 * 1.1));
}

TEST_CASE("SGD: never writes a gradient") {
    for (const SgdOptions& options : {SgdOptions{.weight_decay = 0.1},
                                      SgdOptions{.momentum = 0.9, .nesterov = true, .weight_decay = 0.1}}) {
        Tensor w = parameter<double>({1, 2});
        set_gradient(w, {3, 4});
        SGD<double> sgd({{"w", w}}, options);
        sgd.step();
        sgd.step();
        CHECK(w.grad().value() == Array<double>{3, 4});
    }
}

TEST_CASE("SGD: on a quadratic it converges, at the rate that theory gives") {
    // f = sum(h w^2) / 2 with curvatures from 1 to 10: plain steps of 2 / (1 + 10) shrink the error by 9/11
    // each; momentum with rate (2 / (1 + sqrt 10))^2 and momentum ((sqrt 10 - 1) / (sqrt 10 + 1))^2 by about
    // 0.52 (Polyak 1964).
    const Tensor h(Array<double>{1, 4, 10});
    const auto distance_after = [&](int steps, const SgdOptions& options) {
        Tensor w = parameter<double>({1, 1, 1});
        SGD<double> sgd({{"w", w}}, options);
        for (int step = 0; step < steps; ++step) {
            w.zero_grad();
            Tape<double> tape;
            (sum(h * square(w)) * 0.5).backward();
            sgd.step();
        }
        return sum(abs(w)).item();
    };
    CHECK(distance_after(20, {.learning_rate = 2.0 / 11}) ==
          doctest::Approx(2 * std::pow(9.0 / 11, 20)).epsilon(1e-3));
    const double root = std::sqrt(10);
    const SgdOptions heavy_ball{.learning_rate = std::pow(2 / (1 + root), 2),
                                .momentum = std::pow((root - 1) / (root + 1), 2)};
    CHECK(distance_after(60, heavy_ball) < 1e-12);
    CHECK(distance_after(60, {.learning_rate = 0.05, .momentum = 0.5, .nesterov = true}) < 0.1);
    CHECK(distance_after(60, {.learning_rate = 0.3}) > 1e3);  // above 2 / 10 it diverges
}

TEST_CASE("SGD: a step between forward and backward is found and named") {
    Rng rng(1);
    Linear layer(3, 2, rng);
    Tensor x = randn({4, 3}, rng);
    x.set_requires_grad(RequiresGrad::yes);
    SGD sgd(layer.parameters());
    {
        Tape tape;
        sum(layer(x)).backward();
    }
    Tape tape;
    const Tensor loss = sum(layer(x));
    sgd.step();
    CHECK_THROWS_WITH_AS(
        loss.backward(),
        "linear: a value of shape (2, 3) that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
        GraphError);
}

TEST_CASE("SGD: of a group with a parameter given twice it adds nothing") {
    Tensor a = parameter<double>({1}), b = parameter<double>({1});
    SGD<double> sgd({{"a", a}}, {.learning_rate = 1});
    CHECK_THROWS_AS(sgd.add_group({{"b", b}, {"again", a}}, {}), ValueError);
    set_gradient(b, {1});
    sgd.step();
    CHECK(b.item() == 1);
}
