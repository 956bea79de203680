// What every optimizer has of its base class.
#include <xgrad/optim/optimizer.hpp>

#include <limits>

#include <doctest/doctest.h>

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>
#include <xgrad/optim/adagrad.hpp>
#include <xgrad/optim/adam.hpp>
#include <xgrad/optim/lion.hpp>
#include <xgrad/optim/rmsprop.hpp>
#include <xgrad/optim/sgd.hpp>

using namespace xgrad;

namespace {

// Bernstein et al. 2018, arXiv:1802.04434: steps of one length, by the sign of the gradients' moving average.
template <class T = float>
class SignSgd final : public Optimizer<T> {
public:
    SignSgd(std::vector<Parameter<T>> parameters, double learning_rate)
        : Optimizer<T>(std::move(parameters), {"SignSgd", learning_rate, 0, {"exp_avg"}, {"step"}}) {}

private:
    void update(const ParameterStep<T>& step) override {
        Array<T>& mean = step.arrays[0];
        const T keep = step.scalars[0]++ == 0 ? 0 : T(0.9);
        mean = keep * mean + (1 - keep) * step.gradient;
        step.values -= static_cast<T>(step.learning_rate) * xt::sign(mean);
    }
};

template <class O>
O make(std::vector<Parameter<typename O::value_type>> parameters, double learning_rate) {
    if constexpr (std::is_same_v<O, SGD<typename O::value_type>>)
        return O(std::move(parameters), {.learning_rate = learning_rate, .momentum = 0.9, .nesterov = true});
    else if constexpr (std::is_same_v<O, SignSgd<typename O::value_type>>)
        return O(std::move(parameters), learning_rate);
    else if constexpr (std::is_same_v<O, RMSprop<typename O::value_type>>)
        return O(std::move(parameters), {.learning_rate = learning_rate, .momentum = 0.5, .centered = true});
    else
        return O(std::move(parameters), {.learning_rate = learning_rate, .weight_decay = 0.1});
}

template <class O>
struct Model {
    using T = typename O::value_type;

    Model(std::uint64_t seed, double learning_rate)
        : rng(seed),
          net{Linear<T>(3, 4, rng), ReLU<T>(), Linear<T>(4, 2, rng)},
          optimizer(make<O>(net[0].parameters(), learning_rate)) {
        std::vector<Parameter<T>> rest = net.parameters();
        rest.erase(rest.begin(), rest.begin() + 2);
        optimizer.add_group(std::move(rest), {.weight_decay = 0.2, .learning_rate_scale = 0.5});
    }

    void train(int steps) {
        Rng data(7);
        const Tensor<T> x = randn<T>({5, 3}, data);
        for (int i = 0; i < steps; ++i) {
            net.zero_grad();
            Tape<T> tape;
            sum(square(net(x))).backward();
            optimizer.step();
        }
    }

    Rng rng;
    Sequential<T> net;
    O optimizer;
};

// A state of `Adam` for the one parameter "w" of shape (2).
NamedArrays adam_state() {
    return {{"learning_rate", Array<double>(Shape{}, 0.1)},
            {"w.exp_avg", Array<float>{1, 2}},
            {"w.exp_avg_sq", Array<float>{3, 4}},
            {"w.step", Array<float>(Shape{}, 5)}};
}

}  // namespace

TEST_CASE_TEMPLATE("Optimizer: with its state and the net's, another one goes on bit by bit", O, SGD<float>,
                   SGD<double>, Adam<float>, Adam<double>, AdamW<float>, AdamW<double>, NAdam<float>,
                   NAdam<double>, RMSprop<float>, RMSprop<double>, Adagrad<float>, Adagrad<double>,
                   Lion<float>, Lion<double>, SignSgd<float>, SignSgd<double>) {
    for (const int done : {0, 1, 6}) {
        CAPTURE(done);
        Model<O> whole(2, 0.01), first(2, 0.01), second(3, 0.5);
        whole.train(12);
        first.train(done);
        second.train(2);
        load_state_arrays(second.net, state_arrays(first.net));
        second.optimizer.load_state_arrays(first.optimizer.state_arrays());
        second.train(12 - done);
        CHECK(second.net.state_dict() == whole.net.state_dict());
        CHECK(second.optimizer.state_arrays() == whole.optimizer.state_arrays());
    }
}

TEST_CASE_TEMPLATE("Optimizer: every one lowers the loss that it is to minimize", O, SGD<float>, Adam<float>,
                   AdamW<float>, NAdam<float>, RMSprop<float>, Adagrad<float>, Lion<float>, SignSgd<float>) {
    Tensor w(Array<float>{1, -2}, RequiresGrad::yes);
    O optimizer = make<O>({{"w", w}}, 0.01);
    for (int step = 0; step < 100; ++step) {
        w.zero_grad();
        Tape tape;
        sum(square(w)).backward();
        optimizer.step();
    }
    CHECK(sum(square(w)).item() < 4);  // from 5
}

TEST_CASE("Optimizer: options by a predicate: decay only matrices, and the first layer at a tenth") {
    Rng rng(1);
    Sequential<double> net{Linear<double>(2, 2, rng), Linear<double>(2, 1, rng)};
    for (auto& parameter : net.parameters())
        parameter.tensor.assign(Array<double>(parameter.tensor.shape(), 1.0));
    std::vector<Parameter<double>> parameters = net.parameters();
    for (Parameter<double>& parameter : parameters) parameter.decay = Decay::yes;
    SGD<double> sgd(parameters, {.learning_rate = 1, .weight_decay = 0.5});
    CHECK(sgd.set_options([](const auto& p) { return p.tensor.dim() < 2; }, {.weight_decay = 0}) == 2);
    CHECK(sgd.set_options([](const auto& p) { return p.name == "0.weight"; }, {.learning_rate_scale = 0.1}) ==
          1);
    {
        Tape<double> tape;
        Tensor<double> zero = zeros<double>({});
        for (const auto& parameter : parameters) zero = zero + sum(0.0 * parameter.tensor);
        zero.backward();
    }
    sgd.step();
    CHECK(parameters[0].tensor.value()(0, 0) == doctest::Approx(1 - 0.05));
    CHECK(parameters[1].tensor.value()(0) == 1);
    CHECK(parameters[2].tensor.value()(0, 0) == 0.5);
    CHECK(parameters[3].tensor.value()(0) == 1);
}

TEST_CASE("Optimizer: the formula of a new one is all that it needs") {
    Tensor<double> w(Array<double>{{1, -2}, {3, 4}}, RequiresGrad::yes),
        idle(Array<double>{5}, RequiresGrad::yes);
    SignSgd<double> optimizer({{"w", w}, {"idle", idle}}, 0.5);
    {
        Tape<double> tape;
        sum(w * Tensor<double>(Array<double>{{2, -3}, {0, 1}})).backward();
    }
    optimizer.step();
    CHECK(w.value() == Array<double>{{0.5, -1.5}, {3, 3.5}});
    CHECK(idle.item() == 5);
    CHECK(optimizer.state_arrays() == NamedArrays{{"learning_rate", Array<double>(Shape{}, 0.5)},
                                                  {"w.exp_avg", Array<double>{{2, -3}, {0, 1}}},
                                                  {"w.step", Array<float>(Shape{}, 1)}});
    CHECK_THROWS_WITH_AS(optimizer.add_group({{"again", w}}, {}), "SignSgd: parameter again is given twice",
                         ValueError);
}

TEST_CASE("Optimizer: of each parameter it loads all that it keeps, or nothing") {
    const Tensor w(Array<float>{0, 0}, RequiresGrad::yes), idle(Array<float>{0}, RequiresGrad::yes);
    Adam<float> adam({{"w", w}, {"idle", idle}});
    adam.load_state_arrays(adam_state());
    CHECK(adam.state_arrays() == adam_state());
    const auto check_refused = [&](const std::string& name, const AnyArray* array,
                                   const std::string& problem) {
        NamedArrays state = adam_state();
        state.erase(name);
        if (array) state.emplace(name, *array);
        CHECK_THROWS_WITH_AS(adam.load_state_arrays(state), ("Adam: nothing was loaded: " + problem).c_str(),
                             StateError);
        CHECK(adam.state_arrays() == adam_state());
    };
    for (const std::string name : {"w.exp_avg", "w.exp_avg_sq", "w.step"})
        check_refused(name, nullptr, "missing " + name);
    const AnyArray number = Array<float>(Shape{}, 1), negative = Array<float>(Shape{}, -1),
                   not_a_number = Array<float>(Shape{}, NAN), long_one = Array<float>{1},
                   in_double = Array<double>(Shape{}, 1);
    for (const AnyArray* array : {&negative, &not_a_number, &long_one, &in_double})
        check_refused("w.step", array, "w.step: expected a finite F32 of shape () that is not negative");
    check_refused("w.exp_avg_sq", &number,
                  "w.exp_avg_sq: expected the dtype and the shape (2) of its parameter");
    check_refused("w.momentum_buffer", &number, "unexpected w.momentum_buffer");
}

TEST_CASE_TEMPLATE("Adam: weight decay leaves Decay::no parameters alone", O, Adam<double>, AdamW<double>) {
    Tensor<double> decays(Array<double>{2}, RequiresGrad::yes), stays(Array<double>{2}, RequiresGrad::yes);
    O adam({{"decays", decays}, {"stays", stays, Decay::no}}, {.learning_rate = 0.5, .weight_decay = 0.1});
    {
        Tape<double> tape;
        sum(0.0 * decays + 0.0 * stays).backward();
    }
    adam.step();
    // Adam: the decay is the only gradient, and its step has the length of the learning rate.
    CHECK(decays.item() == doctest::Approx(std::is_same_v<O, Adam<double>> ? 2 - 0.5 : 2 - 0.5 * 0.1 * 2));
    CHECK(stays.item() == 2);
}

namespace {

struct SgdModel {
    explicit SgdModel(std::uint64_t seed, const SgdOptions& options = {.learning_rate = 0.1, .momentum = 0.9})
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
    SgdModel model(2);
    CHECK(model.sgd.state_arrays() ==
          NamedArrays{{"learning_rate", Array<double>(Shape{}, 0.1)}});  // no step yet
    model.train(randn({5, 3}, rng), 1);
    NamedArrays arrays = model.sgd.state_arrays();
    CHECK(arrays.size() == 5);
    CHECK(std::get<Array<float>>(arrays.at("0.weight.momentum_buffer")) ==
          model.net.parameters()[0].tensor.grad().value());

    SgdModel plain(2, {.learning_rate = 0.1});
    plain.train(randn({5, 3}, rng), 1);
    CHECK(plain.sgd.state_arrays().size() == 1);

    model.sgd.load_state_arrays(
        {{"learning_rate", Array<double>(Shape{}, 0.25)}});  // as before the first step
    CHECK(model.sgd.learning_rate() == 0.25);
    CHECK(model.sgd.state_arrays().size() == 1);
}

TEST_CASE("SGD: a state that does not fit is refused as a whole") {
    Rng rng(1);
    SgdModel model(2);
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

    SgdModel plain(2, {.learning_rate = 0.1});  // has no use for velocities
    CHECK_THROWS_AS(plain.sgd.load_state_arrays(before), StateError);
}
