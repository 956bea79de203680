#include <xgrad/nn/observer.hpp>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/embedding.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/recomputed.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

// x * linear(y)
class Gate final : public Module<float> {
public:
    explicit Gate(Rng& rng) : linear_(2, 3, rng) {}
    Tensor<> operator()(const Tensor<>& a, const Tensor<>& b) {
        ModuleScope<float> scope(*this);
        const auto [x, y] = scope.inputs(a, b);
        return scope.output(x * linear_(y));
    }
    std::string kind() const override { return "Gate"; }
    void visit(StateVisitor<float>& state) override { state.child("linear", linear_); }
    std::unique_ptr<Module<float>> clone() const override {
        Rng rng(0);
        return with_state_of(*this, Gate(rng));
    }

private:
    Linear<> linear_;
};

template <class T>
std::vector<std::string> names(const Observer<T>& observer) {
    std::vector<std::string> all;
    for (const auto& call : observer.calls()) all.push_back(call->name);
    return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE_TEMPLATE("Observer: inputs, outputs and gradients of inner modules, which do not change", T, float,
                   double) {
    Rng rng(1);
    Sequential<T> net{Linear<T>(3, 4, rng), Sequential<T>{BatchNorm1d<T>(4), ReLU<T>()},
                      Linear<T>(4, 2, rng)};
    const Tensor<T> x = randn<T>({5, 3}, rng);
    const auto step = [&] {
        net.zero_grad();
        const Tape<T> tape;
        Tensor<T> loss = sum(square(net(x)));
        loss.backward();
        std::vector<Array<T>> results{loss.value()};
        for (const auto& parameter : net.parameters()) results.push_back(parameter.tensor.grad().value());
        return results;
    };
    const auto plain = step();
    const Observer<T> observer(net);
    CHECK(step() == plain);
    CHECK(names(observer) == Names{"", "0", "1", "1.0", "1.1", "2"});

    const auto& calls = observer.calls();
    CHECK(calls[1]->module->kind() == "Linear");
    CHECK(calls[1]->inputs[0].value() == x.value());
    CHECK_FALSE(calls[1]->input_gradients[0].defined());
    CHECK(calls[1]->output.value() == calls[3]->inputs[0].value());
    CHECK(calls[2]->output.value() == calls[5]->inputs[0].value());
    CHECK(calls[4]->output.value() == relu(calls[3]->output.detach()).value());
    CHECK(calls[0]->output.value() == calls[5]->output.value());
    const Tensor<T> dy = 2.0 * calls[5]->output.detach();
    CHECK(calls[0]->output_gradient.value() == dy.value());
    CHECK(calls[5]->output_gradient.value() == dy.value());
    auto& last = static_cast<Linear<T>&>(net[2]);
    CHECK(calls[5]->input_gradients[0].value() == matmul(dy, last.weight().detach()).value());
    CHECK(calls[4]->output_gradient.value() == calls[5]->input_gradients[0].value());
    CHECK(sum(calls[1]->output_gradient, {0}).value() == plain[2]);  // the bias' gradient
}

TEST_CASE("Observer: a pattern, clear(), the end of its scope, nested ones, and one that ends out of order") {
    Rng rng(1);
    Sequential<> net{Linear(3, 4, rng), Tanh(), Linear(4, 2, rng)};
    const Tensor<> x = randn({5, 3}, rng);
    auto outer = std::make_unique<Observer<>>(net, "[12]");
    {
        Observer<> inner(net, "0");
        net(x);
        CHECK(names(inner) == Names{"0"});
        CHECK_FALSE(inner.calls()[0]->output.requires_grad());
        inner.clear();
        CHECK(inner.calls().empty());
        net(x);
        CHECK(names(inner) == Names{"0"});
        CHECK(names(*outer) == Names{"1", "2", "1", "2"});
        outer.reset();
        net(x);
        CHECK(inner.calls().size() == 2);
    }
    net(x);
    CHECK_THROWS_WITH_AS(Observer<>(net, "3*"), "Observer: no module has a path like '3*'", ValueError);
}

TEST_CASE("Observer: modules of several inputs, of Indices, and calls that throw") {
    Rng rng(1);
    Gate gate(rng);
    Embedding<> words(4, 3, rng);
    const Observer<> of_gate(gate), of_words(words);
    const Tape<> tape;
    const Tensor<> x = words({1, 2}), y = randn({2, 2}, rng);
    const Tensor<> loss = sum(gate(x, y));
    const Tensor<> inner = grad(loss, {of_gate.calls()[1]->output}, {.retain_graph = true})[0];
    CHECK(inner.value() == x.value());
    loss.backward();
    REQUIRE(names(of_gate) == Names{"", "linear"});
    CHECK(of_gate.calls()[0]->inputs[1].value() == y.value());
    CHECK(of_gate.calls()[0]->input_gradients[0].value() == of_gate.calls()[1]->output.value());
    CHECK_FALSE(of_gate.calls()[0]->input_gradients[1].defined());
    REQUIRE(names(of_words) == Names{""});
    CHECK(of_words.calls()[0]->inputs.empty());
    CHECK(of_words.calls()[0]->output_gradient.value() == of_gate.calls()[0]->input_gradients[0].value());

    CHECK_THROWS_AS(gate(x, zeros({2, 3})), ShapeError);
    CHECK(names(of_gate) == Names{"", "linear", "", "linear"});
    CHECK_FALSE(of_gate.calls()[2]->output.defined());
}

TEST_CASE("Observer: gradients that are recorded; a backward pass after its end; recomputed modules") {
    Rng rng(1);
    Sequential<double> net{Linear<double>(3, 4, rng), Tanh<double>(), Linear<double>(4, 1, rng)};
    const Tensor<double> x = randn<double>({5, 3}, rng);
    std::shared_ptr<const ModuleCall<double>> call;
    const Tape<double> tape;
    Tensor<double> loss;
    {
        const Observer<double> observer(net, "1");
        loss = sum(square(net(x)));
        call = observer.calls()[0];
    }
    const Tensor<double> weight = net.parameters()[0].tensor;
    (void)grad(loss, {weight}, {.create_graph = true});
    CHECK(call->output_gradient.requires_grad());
    sum(square(call->output_gradient)).backward();
    CHECK(weight.has_grad());

    const Observer<double> observer(net, "1");
    sum(recomputed(net, x)).backward();
    REQUIRE(observer.calls().size() == 2);
    CHECK_FALSE(observer.calls()[0]->output_gradient.defined());
    CHECK(observer.calls()[1]->output_gradient.defined());
}
