// Module::state_dict and load_state_dict.
#include <xgrad/nn/module.hpp>

#include <doctest/doctest.h>

#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/batch_norm.hpp>
#include <xgrad/nn/linear.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

Sequential<> small_net(Rng& rng) { return Sequential{Linear(4, 3, rng), BatchNorm1d(3), ReLU(), Linear(3, 2, rng)}; }

// Lists one name twice, as a slip of the pen does.
class Doubled final : public Module<float> {
public:
    std::string kind() const override { return "Doubled"; }
    void visit(StateVisitor<float>& state) override {
        state.parameter("weight", a_);
        state.buffer("weight", b_);
    }
    std::unique_ptr<Module<float>> clone() const override { return with_state_of(*this, Doubled()); }

protected:
    Tensor<> forward(const Tensor<>& x) override { return x; }

private:
    Tensor<> a_ = zeros({2}), b_ = ones({2});
};

}  // namespace

TEST_CASE("Module::state_dict: parameters and buffers under PyTorch's names") {
    Rng rng(1);
    const StateDict<> state = small_net(rng).state_dict();
    std::vector<std::string> names;
    for (const auto& [name, value] : state) names.push_back(name);
    CHECK(names == std::vector<std::string>{"0.bias", "0.weight", "1.bias", "1.num_batches_tracked", "1.running_mean", "1.running_var",
                                            "1.weight", "3.bias", "3.weight"});
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

TEST_CASE("Module::load_state_dict: lists all problems at once and loads nothing") {
    Rng rng(1);
    Sequential net = small_net(rng);
    const StateDict<> before = net.state_dict();
    StateDict<> state = small_net(rng).state_dict();
    state.erase("0.bias");
    state["0.weight"] = Array<float>(Shape{4, 3}, 0);
    state["1.num_batches_tracked"] = Array<float>(Shape{}, 5);
    state["1.running_mean"] = std::int64_t{3};
    state["4.weight"] = Array<float>(Shape{1}, 0);
    state["module.0.bias"] = Array<float>(Shape{3}, 0);
    CHECK_THROWS_WITH_AS(
        net.load_state_dict(state),
        "load_state_dict: nothing was loaded: 0.weight: expected shape (3, 4), got (4, 3); missing 0.bias; "
        "1.running_mean: expected an array, got an integer; 1.num_batches_tracked: expected an integer, got an array of shape (); "
        "unexpected 4.weight; unexpected module.0.bias",
        StateError);
    CHECK(net.state_dict() == before);
    CHECK_THROWS_WITH_AS(
        ReLU().load_state_dict(before),
        "load_state_dict: nothing was loaded: unexpected 0.bias; unexpected 0.weight; unexpected 1.bias; unexpected "
        "1.num_batches_tracked; unexpected 1.running_mean; unexpected 1.running_var; unexpected 1.weight; unexpected 3.bias; "
        "unexpected 3.weight",
        StateError);
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

TEST_CASE("Module::state_dict: a name that visit lists twice is an error, not a loss") {
    CHECK_THROWS_WITH_AS((void)Doubled().state_dict(), "state_dict: visit lists weight twice", StateError);
    CHECK_THROWS_WITH_AS(Doubled().load_state_dict({{"weight", Array<float>(Shape{2}, 0)}}),
                         "load_state_dict: nothing was loaded: visit lists weight twice", StateError);
}

TEST_CASE("Module::state_dict: of a module without state is empty") {
    CHECK(ReLU().state_dict().empty());
    CHECK_NOTHROW(Sequential{}.load_state_dict({}));
}
