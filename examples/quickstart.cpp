// Trains a small net to separate two half moons.
#include <cmath>
#include <iostream>
#include <numbers>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

struct Points {
    Tensor<> x;  // (count, 2)
    Indices labels;
};

// Two interlocking half circles with noise.
Points two_moons(std::size_t count, Rng& rng) {
    Array<float> x(Shape{count, 2});
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < count; ++i) {
        const bool lower = i % 2 == 1;
        const double angle = std::numbers::pi * rng.uniform();
        x(i, 0) = static_cast<float>((lower ? 1 - std::cos(angle) : std::cos(angle)) + 0.1 * rng.normal());
        x(i, 1) = static_cast<float>((lower ? 0.5 - std::sin(angle) : std::sin(angle)) + 0.1 * rng.normal());
        labels.push_back(lower);
    }
    return {Tensor(std::move(x)), labels};
}

int main() {
    Rng rng(1);
    const Points train = two_moons(200, rng), test = two_moons(1000, rng);

    Sequential net{Linear(2, 32, rng), BatchNorm1d(32), ReLU(), Linear(32, 2, rng)};
    std::cout << net;

    SGD sgd(net.parameters(), {.momentum = 0.9, .weight_decay = 1e-4});
    const LrSchedule rate = lr::cyclic({.min = 1e-3, .max = 0.1, .half_cycle = 100});
    for (std::uint64_t step = 0; step < 400; ++step) {
        sgd.set_learning_rate(rate(step));
        net.zero_grad();
        Tape tape;  // records from here to the end of the scope
        const Tensor loss = cross_entropy(net(train.x), train.labels);
        loss.backward();
        sgd.step();
        if (step % 100 == 0) std::cout << "step " << step << ", loss " << loss.item() << "\n";
    }

    net.eval();
    const double result = accuracy(net(test.x), test.labels);
    std::cout << "test accuracy: " << 100 * result << " %\n";
    return result > 0.98 ? 0 : 1;
}
