// A small residual net on Fashion-MNIST: an epoch of 20,000 images, flipped at random, and the test accuracy.
// Usage: convolutional_net [FOLDER of the data]
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

// Two convolutions beside a shortcut, which changes the shape as they do.
Sequential<> block(std::size_t in, std::size_t out, Rng& rng) {
    Sequential body{Conv2d(in, out, 3, rng, {.stride = 2, .padding = 1}, {.bias = false}), BatchNorm2d(out),
                    ReLU(), Conv2d(out, out, 3, rng, {.padding = 1}, {.bias = false}), BatchNorm2d(out)};
    Sequential shortcut{Conv2d(in, out, 1, rng, {.stride = 2}, {.bias = false}), BatchNorm2d(out)};
    return Sequential{Residual(std::move(body), std::move(shortcut)), ReLU()};
}

int main(int argc, char** argv) {
    const auto [all, test] = open_dataset(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist");
    const Dataset train = all.slice(0, 20'000);
    const Normalizer normalizer(train);
    Rng rng(1);
    Batches batches(train, 100, {.transforms = {RandomHorizontalFlip(), Normalize(normalizer)}});

    Sequential net{Unflatten(1, {1, 28, 28}),
                   Conv2d(1, 16, 3, rng, {.padding = 1}, {.bias = false}),
                   BatchNorm2d(16),
                   ReLU(),
                   MaxPool2d(2),
                   block(16, 32, rng),
                   block(32, 64, rng),
                   AdaptiveAvgPool2d(1),
                   Flatten(),
                   Linear(64, 10, rng)};
    std::cout << net;
    SGD sgd(net.parameters(), {.momentum = 0.9, .weight_decay = 5e-4});
    const LrSchedule schedule = lr::one_cycle({.max = 0.1, .steps = batches.per_epoch()});
    std::uint64_t step = 0;
    for (const auto& batch : batches.epoch(rng)) {
        sgd.set_learning_rate(schedule(step++));
        net.zero_grad();
        Tape tape;
        cross_entropy(net(batch.x), batch.labels).backward();
        sgd.step();
    }

    const double accuracy = evaluate(net, test, normalizer).accuracy();
    std::cout << "test accuracy: " << 100 * accuracy << " %\n";
    return accuracy > 0.8 ? 0 : 1;
}
