// Files that PyTorch has written (tests/pytorch/write_test_files.py). scripts/check-pytorch goes both ways,
// with PyTorch itself.
#include <algorithm>
#include <cmath>
#include <filesystem>

#include <doctest/doctest.h>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>

using namespace xgrad;

namespace {

const std::filesystem::path folder = std::filesystem::path(XGRAD_SOURCE_DIR) / "tests/nn/data";

// The largest difference over the largest expected number.
template <class T>
double relative_difference(const Array<T>& found, const Array<T>& expected) {
    REQUIRE(found.shape() == expected.shape());
    double difference = 0, largest = 0;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        REQUIRE(std::isfinite(found.data()[i]));
        difference = std::max(difference, std::abs(static_cast<double>(found.data()[i]) -
                                                   static_cast<double>(expected.data()[i])));
        largest = std::max(largest, std::abs(static_cast<double>(expected.data()[i])));
    }
    return difference / largest;
}

template <class T>
Sequential<T> torch_net() {
    Rng rng(1);
    Sequential<T> net{Linear<T>(8, 12, rng), BatchNorm1d<T>(12), ReLU<T>(),           Linear<T>(12, 6, rng),
                      BatchNorm1d<T>(6),     ReLU<T>(),          Linear<T>(6, 4, rng)};
    load_state(folder / "torch_state.safetensors", net);
    net.eval();
    return net;
}

}  // namespace

TEST_CASE("load_state: a state of PyTorch gives PyTorch's outputs") {
    const Safetensors file = read_safetensors(folder / "torch_outputs.safetensors");
    const auto& x = std::get<Array<float>>(file.arrays.at("x"));
    auto net = torch_net<float>();
    CHECK(relative_difference(net(Tensor<float>(x)).value(), std::get<Array<float>>(file.arrays.at("y"))) <
          1e-6);
    auto double_net = torch_net<double>();
    CHECK(relative_difference(double_net(Tensor<double>(Array<double>(x))).value(),
                              std::get<Array<double>>(file.arrays.at("y_double"))) < 1e-12);
    CHECK(std::get<std::int64_t>(net.state_dict().at("4.num_batches_tracked")) == 100);
}
