#include <xgrad/nn/layers/activation.hpp>

#include <sstream>

#include <doctest/doctest.h>

#include <xgrad/nn/sequential.hpp>
#include "nn/module_gradcheck.hpp"

using namespace xgrad;

namespace {

const Tensor<double> x(Array<double>{{-2, -0.5, 0.25}, {1, 3, -1}});

// A module and its clone compute op(x) in both modes, and have no state.
void check_activation(Module<double>& module, const Tensor<double>& expected,
                      const std::string& description) {
    CAPTURE(description);
    CHECK(module.describe() == description);
    CHECK(module.state_dict().empty());
    module.set_name("name");
    module.eval();
    const auto copy = module.clone();
    for (Module<double>* m : {&module, copy.get()}) {
        CHECK((*m)(x).value() == expected.value());
        CHECK(m->describe() == description);
        CHECK(m->kind() == module.kind());
        CHECK(m->name() == "name");
        CHECK_FALSE(m->is_training());
    }
}

template <class M>
void check_activation(M module, const Tensor<double>& expected, const std::string& description) {
    check_activation(static_cast<Module<double>&>(module), expected, description);
}

}  // namespace

TEST_CASE("activations: the ops of their names, with options, cloned") {
    check_activation(Identity<double>(), x, "Identity()");
    check_activation(Flatten<double>(0), flatten(x), "Flatten(start_dim 0, end_dim -1)");
    check_activation(ReLU<double>(), relu(x), "ReLU()");
    check_activation(Tanh<double>(), tanh(x), "Tanh()");
    check_activation(Sigmoid<double>(), sigmoid(x), "Sigmoid()");
    check_activation(Softmax<double>(), softmax(x), "Softmax()");
    check_activation(LogSoftmax<double>(), log_softmax(x), "LogSoftmax()");
    check_activation(LeakyReLU<double>(0.2), leaky_relu(x, 0.2), "LeakyReLU(negative_slope 0.2)");
    check_activation(ELU<double>(1.5), elu(x, 1.5), "ELU(alpha 1.5)");
    check_activation(GELU<double>(), gelu(x), "GELU(approximate 0)");
    check_activation(GELU<double>(Approximate::tanh), gelu(x, Approximate::tanh), "GELU(approximate 1)");
    check_activation(SiLU<double>(), silu(x), "SiLU()");
    check_activation(Softplus<double>(2, 5), softplus(x, 2, 5), "Softplus(beta 2, threshold 5)");
    check_activation(Lambda<double>([](const Tensor<double>& y) { return y * 2.0; }), x * 2.0, "Lambda()");
}

TEST_CASE("activations: the scalar type is float unless given") {
    const Sequential net{Flatten(), LeakyReLU(0.2), Lambda([](const Tensor<>& y) { return y + 1.0; })};
    static_assert(std::is_same_v<decltype(net), const Sequential<float>>);
}

TEST_CASE("Dropout: in training zeros and scaled elements, with their gradients; in evaluation x itself") {
    Rng rng(1);
    Dropout<double> layer(0.25, rng);
    CHECK(layer.describe() == "Dropout(0.25)");
    CHECK(layer.p() == 0.25);
    const Tensor<double> ones_leaf(Array<double>(Shape{1000}, 1.0), RequiresGrad::yes);
    const Tape<double> tape;
    const Tensor<double> y = layer(ones_leaf);
    std::size_t zeros = 0;
    for (const double v : y.value()) {
        CHECK((v == 0 || v == 1 / 0.75));
        zeros += v == 0;
    }
    CHECK(zeros > 200);
    CHECK(zeros < 300);
    sum(y).backward();
    CHECK(ones_leaf.grad().value() == y.value());
    layer.eval();
    CHECK(layer(ones_leaf).is_same(ones_leaf));
}

TEST_CASE(
    "Dropout: each call draws new numbers; a clone continues with the same ones; state files have none") {
    Rng rng(1);
    Dropout<double> layer(0.5, rng), other(0.5, rng);
    const Tensor<double> many = ones<double>({100});
    const Array<double> first = layer(many).value();
    const auto copy = layer.clone();
    const Array<double> second = layer(many).value();
    CHECK(first != second);
    CHECK((*copy)(many).value() == second);
    CHECK(other(many).value() != first);
    CHECK(layer.state_dict().empty());
    REQUIRE(layer.generators().size() == 1);
    CHECK(layer.generators()[0].first == "generator");
}
