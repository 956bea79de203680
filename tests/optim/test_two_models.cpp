#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/batch_norm.hpp>
#include <xgrad/nn/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>
#include "support/threads.hpp"

using namespace xgrad;

namespace {

// The state after some steps of a net with products, updates and elementwise ops that are large enough to be
// split between threads.
StateDict<> trained(std::uint64_t seed) {
    Rng rng(seed);
    Sequential net{Linear(2048, 40, rng), BatchNorm1d(40), ReLU(), Linear(40, 5, rng)};
    const Tensor x = randn({64, 2048}, rng);
    Labels labels(64);
    for (auto& label : labels) label = static_cast<std::int32_t>(rng.below(5));
    SGD sgd(net.parameters(), {.learning_rate = 0.05, .momentum = 0.9});
    for (int step = 0; step < 20; ++step) {
        net.zero_grad();
        Tape tape;
        cross_entropy(net(x * 0.5), labels).backward();
        sgd.step();
    }
    return net.state_dict();
}

}  // namespace

TEST_CASE("Two models that are trained in two threads at once become what each becomes alone") {
    const test::Threads set(3);
    const std::vector<StateDict<>> alone{trained(1), trained(2)};
    for (int round = 0; round < 3; ++round) {
        std::vector<StateDict<>> together(2);
        std::thread other([&] { together[1] = trained(2); });
        together[0] = trained(1);
        other.join();
        CHECK(together[0] == alone[0]);
        CHECK(together[1] == alone[1]);
    }
}
