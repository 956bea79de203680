#include <xgrad/nn/recomputed.hpp>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>

using namespace xgrad;

namespace {

// A net whose calls change counters, buffers and a generator.
template <class T>
Sequential<T> changing_net() {
    Rng rng(1);
    return Sequential<T>{Linear<T>(3, 8, rng), BatchNorm1d<T>(8), Dropout<T>(0.5, rng), Tanh<T>(),
                         Linear<T>(8, 2, rng)};
}

// After two calls and a backward pass: gradients, the state, and the generators' next numbers.
template <class T>
auto trained(bool again) {
    Sequential<T> net = changing_net<T>();
    Rng rng(2);
    const Tensor<T> a = randn<T>({6, 3}, rng), b = randn<T>({6, 3}, rng);
    const Tape<T> tape;
    const auto apply = [&](const Tensor<T>& x) { return again ? recomputed(net, x) : net(x); };
    const Tensor<T> loss = sum(square(apply(a))) + sum(square(apply(b)));
    loss.backward({.retain_graph = true});
    loss.backward();
    std::vector<Array<T>> gradients;
    for (const auto& parameter : net.parameters()) gradients.push_back(parameter.tensor.grad().value());
    std::vector<double> next;
    for (const auto& [name, generator] : net.generators()) next.push_back(generator->uniform());
    return std::tuple(gradients, net.state_dict(), next);
}

}  // namespace

TEST_CASE_TEMPLATE("recomputed module: gradients, state and generators as after plain calls, bit by bit", T,
                   float, double) {
    CHECK(trained<T>(true) == trained<T>(false));
}

TEST_CASE("recomputed module: a mode or a running mean that changed before the backward pass is an error") {
    const char* const message =
        "recomputed: the function gave another value, shape (6, 2), in the backward pass than before, shape (6, 2): it must depend on nothing that changes, such as a generator or a mode";
    Sequential<double> net = changing_net<double>();
    Rng rng(3);
    const Tensor<double> x = randn<double>({6, 3}, rng);
    const auto check_error = [&](auto change) {
        const Tape<double> tape;
        const Tensor<double> y = sum(recomputed(net, x));
        change();
        const StateDict<double> before = net.state_dict();
        CHECK_THROWS_WITH_AS(y.backward(), message, GraphError);
        CHECK(net.state_dict() == before);
    };
    check_error([&] { net.eval(); });
    check_error([&] {
        net.train();
        (void)net(x);
        net.eval();
    });
}
