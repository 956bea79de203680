// Fine-tuning: a net that PyTorch has trained on seven classes of Fashion-MNIST learns the other three from
// 20 images. Its body is frozen, its head is new. Usage: fine_tuning [FOLDER of the data]
#include <algorithm>
#include <array>
#include <iostream>

#include <xgrad/xgrad.hpp>

using namespace xgrad;

constexpr std::array<std::uint8_t, 3> new_classes{3, 4, 7};  // Dress, Coat, Sneaker

// The first `count` images of the new classes.
Dataset of_new_classes(const Dataset& data, std::size_t count) {
    const std::vector<std::string>& all = data.classes();
    std::vector<std::uint8_t> images, labels;
    for (std::size_t i = 0; i < data.size() && labels.size() < count; ++i) {
        const auto found = std::ranges::find(new_classes, data.labels()[i]);
        if (found == new_classes.end()) continue;
        const auto image = data.images().subspan(i * data.features(), data.features());
        images.insert(images.end(), image.begin(), image.end());
        labels.push_back(static_cast<std::uint8_t>(found - new_classes.begin()));
    }
    return Dataset(data.name(), {all[3], all[4], all[7]}, data.image_shape(), std::move(images),
                   std::move(labels));
}

// The test accuracy of a new head on a frozen body: PyTorch's, or one with random weights.
double test_accuracy(bool pretrained, const Dataset& train, const Dataset& test) {
    Rng rng(1);
    Sequential net{Sequential{Linear(784, 32, rng), BatchNorm1d(32), ReLU()}, Linear(32, 3, rng)};
    if (pretrained) {
        const Skipped skipped = load_state(
            XGRAD_SOURCE_DIR "/examples/data/fashion_body.safetensors", net,
            {.rename_prefix = {"features.", "0."}, .allow_missing = true, .allow_unexpected = true});
        for (const std::string& name : skipped.missing) std::cout << "new: " << name << "\n";
        for (const std::string& name : skipped.unexpected) std::cout << "not taken over: " << name << "\n";
    }
    net.set_requires_grad(RequiresGrad::no, "0.*");
    net.eval();  // the body's batch norm keeps its statistics

    const Normalizer to_unit(std::vector(784, 0.0), std::vector(784, 255.0));  // as in PyTorch: 0 to 1
    Batches batches(train, to_unit, 10);
    Adam adam(net.parameters(), {.learning_rate = 0.01});
    for (int epoch = 0; epoch < 30; ++epoch)
        for (const auto& batch : batches.epoch(rng)) {
            net.zero_grad();
            Tape tape;
            cross_entropy(net(batch.x), batch.labels).backward();
            adam.step();
        }
    return evaluate(net, test, to_unit).accuracy();
}

int main(int argc, char** argv) {
    const auto data = open_dataset(argc > 1 ? argv[1] : "/usr/share/datasets/fashion-mnist");
    const Dataset train = of_new_classes(data.train, 20), test = of_new_classes(data.test, 3000);
    const double tuned = test_accuracy(true, train, test), random = test_accuracy(false, train, test);
    std::cout << "test accuracy: " << 100 * tuned << " %; with a random body: " << 100 * random << " %\n";
    return tuned > 0.9 && tuned > random ? 0 : 1;
}
