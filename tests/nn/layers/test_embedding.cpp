#include <xgrad/nn/layers/embedding.hpp>

#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

// A small language model: its last layer has the embedding's weight.
class TiedModel final : public Module<float> {
public:
    explicit TiedModel(Rng& rng) : words_(5, 3, rng), weight_(words_.weight()) {}
    Tensor<> operator()(const Indices& words) {
        const ModuleScope<float> scope(*this);
        return linear(words_(words), weight_);
    }
    std::string kind() const override { return "TiedModel"; }
    void visit(StateVisitor<float>& state) override {
        state.child("words", words_);
        state.parameter("out.weight", weight_);
    }
    std::unique_ptr<Module<float>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, TiedModel(rng));
    }

private:
    Embedding<> words_;
    Tensor<> weight_;
};

}  // namespace

TEST_CASE("Embedding: the weight's rows, whose state has PyTorch's name, cloned") {
    Rng rng(1);
    Embedding<double> layer(4, 3, rng);
    CHECK(layer.describe() == "Embedding(4, 3)");
    CHECK(layer.state_dict().count("weight") == 1);
    const Indices index({2, 1}, {3, 0});
    const Tensor<double> y = layer(index);
    CHECK(y.shape() == Shape{2, 1, 3});
    CHECK(y.value()(0, 0, 1) == layer.weight().value()(3, 1));
    const auto copy = layer.clone();
    CHECK(static_cast<Embedding<double>&>(*copy)(index).value() == y.value());
}

TEST_CASE("Module of other inputs: errors name it and its children") {
    Rng rng(1);
    TiedModel model(rng);
    model.set_name("model");
    CHECK_THROWS_WITH_AS(model({1, 5}), "model.words.Embedding: embedding: index[1] is 5, outside [0, 5)",
                         ValueError);
}

TEST_CASE("tied weights: one parameter, trained once, two names in the state; a clone is tied, too") {
    Rng rng(1);
    TiedModel model(rng);
    REQUIRE(model.parameters().size() == 1);
    CHECK(model.parameters()[0].name == "out.weight");
    CHECK(model.parameter_count() == 15);
    const auto clone = model.clone();
    auto& copy = static_cast<TiedModel&>(*clone);
    CHECK(copy.parameters().size() == 1);

    const auto train = [](TiedModel& net) {
        SGD sgd(net.parameters(), {.learning_rate = 0.5});
        const Tape tape;
        cross_entropy(net({0, 1}), Indices{1, 2}).backward();
        sgd.step();
    };
    train(model);
    StateDict<float> state = model.state_dict();
    CHECK(state.at("words.weight") == state.at("out.weight"));
    CHECK(copy.state_dict().at("out.weight") != state.at("out.weight"));
    train(copy);
    CHECK(copy.state_dict() == state);

    // Even if the training has diverged.
    model.parameters()[0].tensor.update([](Array<float>& w) { w.fill(NAN); });
    CHECK(static_cast<TiedModel&>(*model.clone()).parameters().size() == 1);

    TiedModel loaded(rng);
    loaded.load_state_dict(state);
    CHECK(loaded.state_dict() == state);
    CHECK(loaded.parameters().size() == 1);
}
