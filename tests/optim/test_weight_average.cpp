#include <xgrad/optim/weight_average.hpp>

#include <algorithm>
#include <filesystem>

#include <doctest/doctest.h>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/renew_statistics.hpp>
#include <xgrad/nn/sequential.hpp>
#include "support/arrays.hpp"
#include "support/threads.hpp"

using namespace xgrad;

namespace {

template <class T>
Sequential<T> make_net(std::uint64_t seed = 1) {
    Rng rng(seed);
    return Sequential<T>{Linear<T>(5, 70, rng), BatchNorm1d<T>(70), ReLU<T>(), Linear<T>(70, 3, rng)};
}

// Every parameter gets other values.
template <class T>
void change(Module<T>& net, Rng& rng) {
    for (auto& parameter : net.parameters())
        parameter.tensor.assign(randn<T>(parameter.tensor.shape(), rng).value());
}

template <class T>
std::vector<double> weights(Module<T>& net) {
    std::vector<double> all;
    for (const auto& parameter : net.parameters())
        all.insert(all.end(), parameter.tensor.value().begin(), parameter.tensor.value().end());
    return all;
}

// PyTorch's AveragedModel: the first update copies, the others apply avg_fn to each element.
struct Oracle {
    double (*avg_fn)(double average, double now, double updates);
    std::vector<double> averages = {};
    double updates = 0;

    void update(const std::vector<double>& now) {
        if (updates == 0) averages = now;
        for (std::size_t i = 0; updates > 0 && i < now.size(); ++i)
            averages[i] = avg_fn(averages[i], now[i], updates);
        ++updates;
    }
};

double ema_fn(double average, double now, double) { return 0.9 * average + (1 - 0.9) * now; }
double swa_fn(double average, double now, double updates) {
    return average + (now - average) / (updates + 1);
}

// Two layers with one weight.
class Tied final : public Module<double> {
public:
    Tied() : first_(randn<double>({3, 3}, rng())), second_(first_) {
        first_.set_requires_grad(RequiresGrad::yes);
    }
    std::string kind() const override { return "Tied"; }
    void visit(StateVisitor<double>& state) override {
        state.parameter("first", first_);
        state.parameter("second", second_);
    }
    std::unique_ptr<Module<double>> clone() const override { return with_state_of(*this, Tied()); }

private:
    static Rng& rng() {
        static Rng one(5);
        return one;
    }
    Tensor<double> first_, second_;
};

}  // namespace

TEST_CASE_TEMPLATE("WeightAverage: PyTorch's averages over 50 updates", T, float, double) {
    const double most = std::is_same_v<T, float> ? 1e-5 : 1e-12;
    Sequential<T> net = make_net<T>();
    Ema<T> ema(net, {.decay = 0.9});
    SwaAverage<T> swa(net);
    Oracle expected_ema{ema_fn}, expected_swa{swa_fn};
    Rng rng(2);
    for (int step = 0; step < 50; ++step) {
        change(net, rng);
        ema.update();
        swa.update();
        expected_ema.update(weights(net));
        expected_swa.update(weights(net));
        REQUIRE(test::difference(weights(ema.net()), expected_ema.averages) <= most);
        REQUIRE(test::difference(weights(swa.net()), expected_swa.averages) <= most);
    }
    CHECK(ema.n_averaged() == 50);
    CHECK(swa.n_averaged() == 50);
}

TEST_CASE("WeightAverage: the states of PyTorch's AveragedModels after 20 updates and update_bn") {
    const std::filesystem::path tests = std::filesystem::path(XGRAD_SOURCE_DIR) / "tests";
    const NamedArrays file = read_safetensors(tests / "optim/data/torch_averages.safetensors").arrays;
    const auto& values = std::get<Array<double>>(file.at("parameters"));
    const Tensor<double> x(std::get<Array<double>>(file.at("x")));
    Rng rng(1);
    Sequential<double> net{Linear<double>(4, 3, rng), BatchNorm1d<double>(3)};
    Ema ema(net, {.decay = 0.9});
    SwaAverage swa(net);
    const double* next = values.data();
    while (next != values.data() + values.size()) {
        for (auto& parameter : net.parameters())
            parameter.tensor.update([&](Array<double>& to) {
                std::copy_n(next, to.size(), to.data());
                next += to.size();
            });
        ema.update();
        swa.update();
    }
    const auto check = [&](const std::string& kind, Module<double>& average) {
        renew_statistics(average, [&] {
            for (std::ptrdiff_t batch = 0; batch < 3; ++batch)
                average(reshape(slice(x, 0, batch, batch + 1), {8, 4}));
        });
        for (const auto& entry : average.state_dict()) {
            CAPTURE(kind + entry.first);
            const AnyArray& expected = file.at(kind + entry.first);
            if (const auto* counter = std::get_if<std::int64_t>(&entry.second))
                CHECK(*counter == std::get<Array<std::int64_t>>(expected)());
            else
                CHECK(test::difference(test::elements(std::get<Array<double>>(entry.second)),
                                       test::elements(std::get<Array<double>>(expected))) < 1e-12);
        }
    };
    check("ema.", ema);
    check("swa.", swa);
}

TEST_CASE(
    "WeightAverage: before the first update it has the net's first weights, after it exactly those of then") {
    Sequential<float> net = make_net<float>();
    const StateDict<float> first = net.state_dict();
    Ema ema(net);
    CHECK(ema.net().state_dict() == first);
    Rng rng(2);
    change(net, rng);
    CHECK(ema.net().state_dict() == first);
    ema.update();
    CHECK(ema.net().state_dict() == net.state_dict());
}

TEST_CASE("WeightAverage: buffers and counters are the net's") {
    Sequential<double> net = make_net<double>();
    SwaAverage swa(net);
    Rng rng(2);
    for (std::int64_t batch = 1; batch <= 3; ++batch) {
        net(randn<double>({4, 5}, rng));
        swa.update();
        const StateDict<double> ours = swa.net().state_dict(), its = net.state_dict();
        for (const char* buffer : {"1.running_mean", "1.running_var", "1.num_batches_tracked"})
            CHECK(ours.at(buffer) == its.at(buffer));
        CHECK(ours.at("1.num_batches_tracked") == std::variant<Array<double>, std::int64_t>(batch));
    }
}

TEST_CASE("WeightAverage: tied weights are averaged once and stay tied; frozen ones stay as they are") {
    Tied tied;
    Ema ema(tied, {.decay = 0.5});
    ema.update();
    for (auto& parameter : tied.parameters()) parameter.tensor.assign(Array<double>({3, 3}, 1.0));
    const Array<double> before = ema.net().parameters()[0].tensor.value();
    ema.update();
    CHECK(ema.net().parameters().size() == 1);
    CHECK(ema.net().parameters()[0].tensor.value()(1, 2) == before(1, 2) + 0.5 * (1 - before(1, 2)));

    Sequential<double> net = make_net<double>();
    net.set_requires_grad(RequiresGrad::no, "0.*");
    SwaAverage swa(net);
    for (int step = 0; step < 7; ++step) swa.update();
    CHECK(swa.net().state_dict() == net.state_dict());
    CHECK(!swa.net().parameters()[0].tensor.requires_grad());
    CHECK(swa.net().parameters().back().tensor.requires_grad());
}

TEST_CASE("WeightAverage: is a module that computes with the averaged weights") {
    Sequential<float> net = make_net<float>();
    net.eval();
    Ema ema(net, {.decay = 0.75});
    Rng rng(3);
    const Tensor<float> x = randn<float>({4, 5}, rng);
    CHECK(ema(x).value() == net(x).value());
    CHECK(ema.describe() == "Ema(decay 0.75)");
    CHECK(SwaAverage(net).describe() == "SwaAverage()");
    CHECK(ema.state_dict().contains("n_averaged"));
    CHECK(ema.state_dict().contains("module.1.running_mean"));
    CHECK_THROWS_WITH_AS(ema(zeros<float>({4, 6})),
                         "module.0.Linear: linear: expected x (..., 5), got (4, 6): 5 != 6", ShapeError);
}

TEST_CASE_TEMPLATE("WeightAverage: a clone and one with its state go on bit by bit", A, Ema<float>,
                   SwaAverage<float>) {
    Sequential<float> net = make_net<float>();
    A whole(net), other(net);
    Rng rng(2);
    for (int step = 0; step < 3; ++step) {
        change(net, rng);
        whole.update();
    }
    other.load_state_dict(whole.state_dict());
    const std::unique_ptr<Module<float>> copy = whole.clone();
    auto& clone = dynamic_cast<A&>(*copy);
    A moved = std::move(other);
    change(net, rng);
    for (A* average : {&whole, &clone, &moved}) average->update();
    CHECK(clone.state_dict() == whole.state_dict());
    CHECK(moved.state_dict() == whole.state_dict());
}

TEST_CASE("WeightAverage: the same bits on any number of threads") {
    const auto average_on = [](int threads) {
        const test::Threads count(threads);
        Rng rng(1);
        Linear<float> layer(3000, 50, rng);
        Ema<float> ema(layer);
        for (int step = 0; step < 3; ++step) {
            change(layer, rng);
            ema.update();
        }
        return ema.state_dict();
    };
    CHECK(average_on(1) == average_on(3));
}
