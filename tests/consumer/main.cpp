// Another project's program: trains a small net to tell whether a point lies in a ring, and keeps it in a
// file.
#include <cmath>
#include <cstdint>
#include <iostream>
#include <utility>

#include <xgrad/xgrad.hpp>

int main() {
    xgrad::Rng rng(1);
    xgrad::Array<float> points(xgrad::Shape{400, 2});
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < 400; ++i) {
        points(i, 0) = static_cast<float>(rng.uniform(-1, 1));
        points(i, 1) = static_cast<float>(rng.uniform(-1, 1));
        const float radius = std::hypot(points(i, 0), points(i, 1));
        labels.push_back(radius > 0.4F && radius < 0.9F);
    }
    const xgrad::Tensor x(std::move(points));

    const auto make_net = [&] {
        return xgrad::Sequential{xgrad::Linear(2, 32, rng), xgrad::ReLU(), xgrad::Linear(32, 2, rng)};
    };
    auto net = make_net();
    xgrad::SGD sgd(net.parameters(), {.learning_rate = 0.2, .momentum = 0.9});
    for (int step = 0; step < 500; ++step) {
        net.zero_grad();
        xgrad::Tape tape;
        xgrad::cross_entropy(net(x), labels).backward();
        sgd.step();
    }

    xgrad::save_state("net.safetensors", net);
    auto loaded = make_net();
    xgrad::load_state("net.safetensors", loaded);
    const double result = xgrad::accuracy(loaded(x), labels);
    std::cout << "accuracy: " << 100 * result << " %\n";

    try {
        xgrad::open_dataset("no/such/folder");
    } catch (const xgrad::DataError& error) {
        std::cout << error.what() << "\n";
        return result > 0.95 ? 0 : 1;
    }
    return 1;
}
