// Trains a small net and writes it as an ONNX model. Usage: export_onnx [FILE]
#include <filesystem>
#include <iostream>

#include <xgrad/onnx/export.hpp>
#include <xgrad/xgrad.hpp>

using namespace xgrad;

int main(int argc, char** argv) {
    const std::filesystem::path path = argc > 1 ? argv[1] : "sign_of_product.onnx";
    Rng rng(1);
    const Tensor x = randn({500, 2}, rng);
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < 500; ++i) labels.push_back(x.value()(i, 0) * x.value()(i, 1) > 0);
    const Indices positive(labels);

    Sequential net{Linear(2, 16, rng), BatchNorm1d(16), ReLU(), Linear(16, 2, rng)};
    SGD sgd(net.parameters(), {.learning_rate = 0.1, .momentum = 0.9});
    for (int step = 0; step < 100; ++step) {
        net.zero_grad();
        Tape tape;
        cross_entropy(net(x), positive).backward();
        sgd.step();
    }

    net.set_name("sign_of_product");
    export_onnx(path, net,
                {.doc_string = "Whether the product of two numbers is positive: logits of no and yes."});

    net.eval();
    std::cout << "wrote " << path.string() << ", " << std::filesystem::file_size(path) << " bytes; accuracy "
              << 100 * accuracy(net(x), positive) << " %\n";
}
