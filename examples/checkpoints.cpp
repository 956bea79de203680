// A training that may be killed at any moment: started again, it resumes from its newest checkpoint and ends
// with the same net.
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

// Images of noise, 2 x 2, with a brighter upper or lower half.
Dataset halves(std::size_t count, Rng& rng) {
    std::vector<std::uint8_t> images, labels;
    for (std::size_t i = 0; i < count; ++i) {
        labels.push_back(static_cast<std::uint8_t>(i % 2));
        for (std::size_t pixel = 0; pixel < 4; ++pixel)
            images.push_back(static_cast<std::uint8_t>(rng.below(200) + (pixel / 2 == i % 2 ? 55 : 0)));
    }
    return Dataset("halves", {"upper", "lower"}, {1, 2, 2}, std::move(images), std::move(labels));
}

int main(int argc, char** argv) {
    const std::filesystem::path folder = argc > 1 ? argv[1] : "checkpoints";
    Rng rng(1);
    const Dataset data = halves(1000, rng);
    const Normalizer normalizer(data);
    Batches batches(data, normalizer, 50);
    Sequential net{Linear(4, 8, rng), BatchNorm1d(8), ReLU(), Linear(8, 2, rng)};
    SGD sgd(net.parameters(), {.learning_rate = 0.05, .momentum = 0.9});

    TrainingLoop loop(300, {.folder = folder, .every = 50, .resume = true});
    loop.state().add("net", net).add("sgd", sgd).add("batches", batches).add("shuffle", rng);
    loop.resume([](const std::string& warning) { std::cerr << warning << "\n"; });
    std::cout << "from step " << loop.step() << "\n";

    loop.run([&](std::uint64_t) {
        const Batch<>& batch = batches.next(rng);
        net.zero_grad();
        Tape tape;
        cross_entropy(net(batch.x), batch.labels).backward();
        sgd.step();
        return true;
    });

    net.eval();
    save_state(folder / "net.safetensors", net);
    const double result = evaluate(net, data, normalizer).accuracy();
    std::cout << "accuracy: " << 100 * result << " %\n";
    return result > 0.65 ? 0 : 1;
}
