#include <limits>

#include <doctest/doctest.h>

#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

struct Model {
    explicit Model(std::uint64_t seed, const SgdOptions& options = {.learning_rate = 0.1, .momentum = 0.9})
        : rng(seed), net{Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)}, sgd(net.parameters(), options) {}

    void train(const Tensor<>& x, int steps) {
        for (int i = 0; i < steps; ++i) {
            net.zero_grad();
            Tape tape;
            sum(square(net(x))).backward();
            sgd.step();
        }
    }

    Rng rng;
    Sequential<> net;
    SGD<> sgd;
};

}  // namespace

TEST_CASE("SGD: its state is the learning rate, and the velocities under PyTorch's name") {
    Rng rng(1);
    Model model(2);
    CHECK(model.sgd.state_arrays() ==
          NamedArrays{{"learning_rate", Array<double>(Shape{}, 0.1)}});  // no step yet
    model.train(randn({5, 3}, rng), 1);
    NamedArrays arrays = model.sgd.state_arrays();
    CHECK(arrays.size() == 5);
    CHECK(std::get<Array<float>>(arrays.at("0.weight.momentum_buffer")) ==
          model.net.parameters()[0].tensor.grad().value());

    Model plain(2, {.learning_rate = 0.1});
    plain.train(randn({5, 3}, rng), 1);
    CHECK(plain.sgd.state_arrays().size() == 1);

    model.sgd.load_state_arrays(
        {{"learning_rate", Array<double>(Shape{}, 0.25)}});  // as before the first step
    CHECK(model.sgd.learning_rate() == 0.25);
    CHECK(model.sgd.state_arrays().size() == 1);
}

TEST_CASE("SGD: a state that does not fit is refused as a whole") {
    Rng rng(1);
    Model model(2);
    model.train(randn({5, 3}, rng), 1);
    const NamedArrays before = model.sgd.state_arrays();
    const auto check_refused = [&](NamedArrays arrays, const std::string& problems) {
        CHECK_THROWS_WITH_AS(model.sgd.load_state_arrays(std::move(arrays)),
                             ("SGD: nothing was loaded: " + problems).c_str(), StateError);
        CHECK(model.sgd.state_arrays() == before);
    };
    const auto with = [&](const std::string& name, AnyArray array) {
        NamedArrays arrays = before;
        arrays[name] = std::move(array);
        return arrays;
    };
    const std::string rate = "learning_rate: expected a finite F64 of shape () that is not negative";
    check_refused({}, "missing learning_rate");
    check_refused(with("learning_rate", Array<double>(Shape{}, -1)), rate);
    check_refused(with("learning_rate", Array<double>(Shape{}, std::numeric_limits<double>::quiet_NaN())),
                  rate);
    check_refused(with("learning_rate", Array<double>(Shape{1}, 1)), rate);
    check_refused(with("learning_rate", Array<float>(Shape{}, 1)), rate);
    check_refused(with("9.weight.momentum_buffer", Array<float>(Shape{4}, 1)),
                  "unexpected 9.weight.momentum_buffer");
    const std::string velocity =
        "0.weight.momentum_buffer: expected the dtype and the shape (4, 3) of its parameter";
    check_refused(with("0.weight.momentum_buffer", Array<float>(Shape{3, 4}, 1)), velocity);
    check_refused(with("0.weight.momentum_buffer", Array<double>(Shape{4, 3}, 1)), velocity);
    NamedArrays wrong = with("0.weight.momentum_buffer", Array<double>(Shape{4, 3}, 1));
    wrong.erase("learning_rate");
    wrong.emplace("x", Array<float>(Shape{}, 0));
    check_refused(wrong, "missing learning_rate; " + velocity + "; unexpected x");

    Model plain(2, {.learning_rate = 0.1});  // has no use for velocities
    CHECK_THROWS_AS(plain.sgd.load_state_arrays(before), StateError);
}
