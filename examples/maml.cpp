// Learning to learn (MAML, Finn et al. 2017, arXiv:1703.03400): the weights from which one gradient step on
// ten points of a new sine curve comes closest to that curve. The step is differentiated, too.
#include <iostream>
#include <numbers>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

using Weights = std::vector<Tensor<>>;

// A net of given weights, 1-40-40-1.
Tensor<> net(const Weights& w, const Tensor<>& x) {
    return linear(relu(linear(relu(linear(x, w[0], w[1])), w[2], w[3])), w[4], w[5]);
}

struct Curve {
    double amplitude, phase;
    explicit Curve(Rng& rng) : amplitude(rng.uniform(0.1, 5)), phase(rng.uniform(0, std::numbers::pi)) {}
    Tensor<> operator()(const Tensor<>& x) const { return amplitude * sin(x + phase); }
};

Tensor<> error(const Weights& w, const Curve& curve, const Tensor<>& x) {
    return mean(square(net(w, x) - curve(x)));
}

// The weights after a gradient step on ten points of the curve.
Weights adapted(const Weights& w, const Curve& curve, Rng& rng, bool create_graph) {
    const Tensor x = uniform({10, 1}, rng, -5, 5);
    const std::vector gradients = grad(error(w, curve, x), w, {.create_graph = create_graph});
    Weights next;
    for (std::size_t i = 0; i < w.size(); ++i) next.push_back(w[i] - 0.01 * gradients[i]);
    return next;
}

// The mean error on 200 new curves, before and after a step.
std::pair<float, float> test_errors(const Weights& w) {
    Rng rng(2);
    float before = 0, after = 0;
    for (int task = 0; task < 200; ++task) {
        const Curve curve(rng);
        const Tensor x = uniform({100, 1}, rng, -5, 5);
        Tape tape;
        before += error(w, curve, x).item() / 200;
        after += error(adapted(w, curve, rng, false), curve, x).item() / 200;
    }
    return {before, after};
}

int main() {
    Rng rng(1);
    Sequential start{Linear(1, 40, rng), ReLU(), Linear(40, 40, rng), ReLU(), Linear(40, 1, rng)};
    Weights weights;
    for (const auto& parameter : start.parameters()) weights.push_back(parameter.tensor);
    Adam adam(start.parameters(), {.learning_rate = 2e-3});
    for (int step = 0; step < 10000; ++step) {
        start.zero_grad();
        Tape tape;
        Tensor loss = zeros({});
        for (int task = 0; task < 4; ++task) {
            const Curve curve(rng);
            const Weights then = adapted(weights, curve, rng, true);
            loss = loss + error(then, curve, uniform({10, 1}, rng, -5, 5)) / 4.0;
        }
        loss.backward();
        adam.step();
    }
    const auto [before, after] = test_errors(weights);
    std::cout << "mean squared error on new curves: " << before << " before, " << after
              << " after one step\n";
    return after < 0.35F * before ? 0 : 1;
}
