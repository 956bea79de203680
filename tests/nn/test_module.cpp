#include <xgrad/nn/module.hpp>

#include <sstream>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

// A module with parameters of its own, two named children, and a buffer.
class Gated final : public Module<float> {
public:
    explicit Gated(Rng& rng)
        : body_(4, 4, rng), gate_(4, 4, rng, {.bias = false}), scale_(ones({4})), offset_(zeros({4})) {
        scale_.set_requires_grad(RequiresGrad::yes);
    }
    std::string kind() const override { return "Gated"; }
    void visit(StateVisitor<float>& state) override {
        state.parameter("scale", scale_);
        state.buffer("offset", offset_);
        state.child("body", body_);
        state.child("gate", gate_);
    }
    std::unique_ptr<Module<float>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, Gated(rng));
    }
    Linear<>& body() { return body_; }

protected:
    Tensor<> forward(const Tensor<>& x) override { return scale_ * body_(x) * sigmoid(gate_(x)) + offset_; }

private:
    Linear<> body_, gate_;
    Tensor<> scale_, offset_;
};

// The report's 3-layer net.
Sequential<> report_net(Rng& rng) {
    return Sequential{Linear(3072, 50, rng), BatchNorm1d(50), ReLU(),
                      Linear(50, 50, rng),   BatchNorm1d(50), ReLU(),
                      Linear(50, 10, rng)};
}

Sequential<> small_net(Rng& rng) {
    return Sequential{Linear(4, 3, rng), BatchNorm1d(3), ReLU(), Linear(3, 2, rng)};
}

std::vector<std::string> names_of(Module<>& module) {
    std::vector<std::string> names;
    for (const Parameter<>& parameter : module.parameters()) names.push_back(parameter.name);
    return names;
}

void train_once(Module<>& net, const Tensor<>& x, const Indices& labels) {
    SGD sgd(net.parameters(), {.learning_rate = 0.1});
    net.zero_grad();
    Tape tape;
    cross_entropy(net(x), labels).backward();
    sgd.step();
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("Module::parameters: in the order of visit, depth first, with PyTorch's names") {
    Rng rng(1);
    Sequential net = small_net(rng);
    CHECK(names_of(net) == Names{"0.weight", "0.bias", "1.weight", "1.bias", "3.weight", "3.bias"});
    Gated gated(rng);
    CHECK(names_of(gated) == Names{"scale", "body.weight", "body.bias", "gate.weight"});
    Sequential nested{Gated(rng), Sequential{ReLU(), Gated(rng)}};
    CHECK(names_of(nested) == Names{"0.scale", "0.body.weight", "0.body.bias", "0.gate.weight", "1.1.scale",
                                    "1.1.body.weight", "1.1.body.bias", "1.1.gate.weight"});
}

TEST_CASE("Module::parameters: weights decay, biases and batch norm's gamma and beta do not") {
    Rng rng(1);
    Sequential net = small_net(rng);
    for (const Parameter<>& parameter : net.parameters()) {
        CAPTURE(parameter.name);
        CHECK((parameter.decay == Decay::yes) ==
              (parameter.name == "0.weight" || parameter.name == "3.weight"));
        CHECK(parameter.tensor.requires_grad());
    }
}

TEST_CASE("Module::parameters: handles of the module's own Tensors") {
    Rng rng(1);
    Linear layer(3, 2, rng);
    layer.parameters()[0].tensor.assign(Array<float>(Shape{2, 3}, 7));
    CHECK(layer.weight().value()(1, 2) == 7);
}

TEST_CASE("Module::parameter_count: parameters, not buffers") {
    Rng rng(1);
    CHECK(report_net(rng).parameter_count() == 3072 * 50 + 50 + 100 + 50 * 50 + 50 + 100 + 50 * 10 + 10);
    CHECK(Gated(rng).parameter_count() == 4 + 4 * 4 + 4 + 4 * 4);
    CHECK(ReLU().parameter_count() == 0);
}

TEST_CASE("Module::zero_grad: every gradient becomes absent") {
    Rng rng(1);
    Sequential net{Linear(4, 4, rng), Gated(rng), BatchNorm1d(4)};
    Tape tape;
    sum(net(randn({5, 4}, rng))).backward();
    for (const Parameter<>& parameter : net.parameters()) CHECK(parameter.tensor.has_grad());
    net.zero_grad();
    for (const Parameter<>& parameter : net.parameters()) CHECK_FALSE(parameter.tensor.has_grad());
}

TEST_CASE("Module::train, eval: reach all modules inside") {
    Rng rng(1);
    Sequential net{Sequential{BatchNorm1d(4), ReLU()}, Gated(rng)};
    auto& inner = dynamic_cast<Sequential<>&>(net[0]);
    auto& gated = dynamic_cast<Gated&>(net[1]);
    CHECK(net.is_training());
    net.eval();
    for (const Module<>* module :
         std::initializer_list<const Module<>*>{&net, &inner, &inner[0], &inner[1], &gated, &gated.body()})
        CHECK_FALSE(module->is_training());
    inner.train();
    CHECK(inner[0].is_training());
    CHECK_FALSE(net.is_training());
    CHECK_FALSE(gated.is_training());
    net.train();
    CHECK(gated.body().is_training());
}

TEST_CASE("EvaluationMode: afterwards, every module is in the mode that it was in") {
    Rng rng(1);
    Sequential net{Linear(4, 4, rng), BatchNorm1d(4), Gated(rng)};
    net[1].eval();
    {
        const EvaluationMode evaluating(net);
        CHECK_FALSE(net.is_training());
        CHECK_FALSE(net[2].is_training());
    }
    CHECK(net.is_training());
    CHECK(net[0].is_training());
    CHECK_FALSE(net[1].is_training());
    CHECK(net[2].is_training());
}

TEST_CASE("Module::clone: training one leaves the other alone") {
    Rng rng(1);
    Sequential net = small_net(rng);
    const auto copy = net.clone();
    const StateDict<> before = net.state_dict();
    CHECK(copy->state_dict() == before);
    const Tensor x = randn({6, 4}, rng);
    train_once(*copy, x, {0, 1, 0, 1, 1, 0});
    CHECK(net.state_dict() == before);
    const StateDict<> after = copy->state_dict();
    for (const auto& entry : before) {
        CAPTURE(entry.first);
        CHECK(after.at(entry.first) !=
              entry.second);  // parameters, running statistics and the counter, all of the copy
    }
    for (const Parameter<>& parameter : net.parameters()) CHECK_FALSE(parameter.tensor.has_grad());
}

TEST_CASE("Module::clone: keeps every module's mode and name, and which parameters are frozen") {
    Rng rng(1);
    Sequential net{Linear(4, 4, rng), BatchNorm1d(4), Gated(rng)};
    net.set_name("encoder");
    net[1].eval();  // a frozen batch norm in a net that trains
    dynamic_cast<Gated&>(net[2]).body().eval();
    net[2].set_name("gate");
    net.parameters()[0].tensor.set_requires_grad(RequiresGrad::no);

    const auto copy = net.clone();
    auto& same = dynamic_cast<Sequential<>&>(*copy);
    CHECK(same.name() == "encoder");
    CHECK(same.is_training());
    CHECK(same[0].is_training());
    CHECK_FALSE(same[1].is_training());
    CHECK(same[2].is_training());
    CHECK_FALSE(dynamic_cast<Gated&>(same[2]).body().is_training());
    CHECK(same[2].name() == "gate");
    CHECK_FALSE(same.parameters()[0].tensor.requires_grad());
    CHECK(same.parameters()[1].tensor.requires_grad());

    net.eval();
    net[1].train();
    const auto evaluating = net.clone();
    CHECK_FALSE(evaluating->is_training());
    CHECK(dynamic_cast<Sequential<>&>(*evaluating)[1].is_training());
}

TEST_CASE("Module: a moved one works, and an optimizer's handles stay valid") {
    Rng rng(1);
    Sequential net = small_net(rng);
    net.set_name("net");
    SGD sgd(net.parameters(), {.learning_rate = 0.1});
    const Tensor x = randn({6, 4}, rng);
    const Tensor before = net(x).detach();
    Sequential moved = std::move(net);
    CHECK(moved.name() == "net");
    {
        Tape tape;
        cross_entropy(moved(x), Indices{0, 1, 0, 1, 1, 0}).backward();
    }
    sgd.step();
    CHECK(moved(x).value() != before.value());

    Linear a(3, 2, rng), b(3, 2, rng);
    const Tensor weight = b.weight();
    a = std::move(b);
    CHECK(a.weight().is_same(weight));
    CHECK_THROWS_AS(b(ones({1, 3})), GraphError);
}

TEST_CASE("Module: prints its layers, shapes and counts") {
    Rng rng(1);
    std::ostringstream out;
    out << report_net(rng);
    CHECK(out.str() ==
          "Sequential\n"
          "  0  Linear(3072, 50)  weight (50, 3072), bias (50)     153650\n"
          "  1  BatchNorm1d(50)   weight (50), bias (50)              100\n"
          "  2  ReLU()                                                  -\n"
          "  3  Linear(50, 50)    weight (50, 50), bias (50)         2550\n"
          "  4  BatchNorm1d(50)   weight (50), bias (50)              100\n"
          "  5  ReLU()                                                  -\n"
          "  6  Linear(50, 10)    weight (10, 50), bias (10)          510\n"
          "  156910 parameters\n");
    CHECK(to_string(Sequential{Gated(rng), BatchNorm1d(4, {.affine = false})}) ==
          "Sequential\n"
          "  0       Gated()                     scale (4)                        4\n"
          "  0.body  Linear(4, 4)                weight (4, 4), bias (4)         20\n"
          "  0.gate  Linear(4, 4, no bias)       weight (4, 4)                   16\n"
          "  1       BatchNorm1d(4, not affine)                                   -\n"
          "  40 parameters\n");
    CHECK(to_string(Linear(3, 2, rng)) ==
          "Linear\n    Linear(3, 2)  weight (2, 3), bias (2)          8\n  8 parameters\n");
}

TEST_CASE(
    "Module::set_requires_grad: freezes what a pattern names, or a module; the optimizer leaves it alone") {
    Rng rng(1);
    Sequential net = small_net(rng);
    using Frozen = std::vector<std::string>;
    CHECK(net.set_requires_grad(RequiresGrad::no, "0.*") == Frozen{"0.weight", "0.bias"});
    CHECK(net.set_requires_grad(RequiresGrad::no, "?.bias") == Frozen{"0.bias", "1.bias", "3.bias"});
    CHECK(net.set_requires_grad(RequiresGrad::yes).size() == 6);
    net[0].set_requires_grad(RequiresGrad::no);
    const StateDict<float> before = net.state_dict();
    train_once(net, randn({6, 4}, rng), {0, 1, 0, 1, 1, 0});
    const StateDict<float> after = net.state_dict();
    CHECK(after.at("0.weight") == before.at("0.weight"));
    CHECK(after.at("0.bias") == before.at("0.bias"));
    CHECK(after.at("3.weight") != before.at("3.weight"));
    CHECK(net.parameters().size() == 6);
}
