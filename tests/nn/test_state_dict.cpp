// Module::state_dict and load_state_dict.
#include <xgrad/nn/module.hpp>

#include <doctest/doctest.h>

#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/batch_norm.hpp>
#include <xgrad/nn/linear.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

Sequential<> small_net(Rng& rng) {
    return Sequential{Linear(4, 3, rng), BatchNorm1d(3), ReLU(), Linear(3, 2, rng)};
}

}  // namespace

TEST_CASE("Module::state_dict: parameters and buffers under PyTorch's names") {
    Rng rng(1);
    const StateDict<> state = small_net(rng).state_dict();
    std::vector<std::string> names;
    for (const auto& [name, value] : state) names.push_back(name);
    CHECK(names == std::vector<std::string>{"0.bias", "0.weight", "1.bias", "1.num_batches_tracked",
                                            "1.running_mean", "1.running_var", "1.weight", "3.bias",
                                            "3.weight"});
    CHECK(std::get<Array<float>>(state.at("0.weight")).shape() == Shape{3, 4});
    CHECK(std::get<std::int64_t>(state.at("1.num_batches_tracked")) == 0);
}

TEST_CASE("Module::state_dict: a copy, which training does not change") {
    Rng rng(1);
    Linear layer(3, 2, rng);
    const StateDict<> state = layer.state_dict();
    const float before = layer.weight().value()(0, 0);
    layer.parameters()[0].tensor.update([](Array<float>& w) { w(0, 0) += 1; });
    CHECK(std::get<Array<float>>(state.at("weight"))(0, 0) == before);
}

TEST_CASE("Module::load_state_dict: the other net then computes the same, in both modes") {
    Rng rng(1);
    Sequential net = small_net(rng), other = small_net(rng);
    const Tensor x = randn({6, 4}, rng);
    for (int i = 0; i < 3; ++i) net(x);  // moves the running statistics
    other.load_state_dict(net.state_dict());
    CHECK(other.state_dict() == net.state_dict());
    CHECK(other(x).value() == net(x).value());
    net.eval();
    other.eval();
    CHECK(other(x).value() == net(x).value());
    CHECK(std::get<std::int64_t>(other.state_dict().at("1.num_batches_tracked")) == 4);
}

TEST_CASE("Module::load_state_dict: handles stay valid and keep asking for a gradient") {
    Rng rng(1);
    Sequential net = small_net(rng), other = small_net(rng);
    const std::vector<Parameter<>> handles = other.parameters();
    other.load_state_dict(net.state_dict());
    for (std::size_t i = 0; i < handles.size(); ++i) {
        CHECK(handles[i].tensor.value() == net.parameters()[i].tensor.value());
        CHECK(handles[i].tensor.requires_grad());
    }
}

TEST_CASE("Module::load_state_dict: where anything is wrong, it loads nothing") {
    Rng rng(1);
    Sequential net = small_net(rng);
    const StateDict<> before = net.state_dict();
    StateDict<> state = small_net(rng).state_dict();
    state.erase("3.bias");
    CHECK_THROWS_AS(net.load_state_dict(state), StateError);
    CHECK(net.state_dict() == before);
}

TEST_CASE("Module::load_state_dict: between forward and backward, it is found") {
    Rng rng(1);
    Linear layer(3, 2, rng);
    const StateDict<> state = layer.state_dict();
    Tensor x = randn({4, 3}, rng);
    x.set_requires_grad(RequiresGrad::yes);
    Tape tape;
    const Tensor loss = sum(layer(x));
    layer.load_state_dict(state);
    CHECK_THROWS_AS(loss.backward(), GraphError);
}

TEST_CASE("Module::state_dict: of a module without state is empty") {
    CHECK(ReLU().state_dict().empty());
    CHECK_NOTHROW(Sequential{}.load_state_dict({}));
}
