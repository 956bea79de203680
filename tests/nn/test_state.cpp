// What a net keeps: Module::state_dict and load_state_dict, and the files of save_state and load_state.
#include <xgrad/nn/module.hpp>

#include <cmath>
#include <cstring>
#include <iterator>

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

#include <xgrad/nn/layers/activation.hpp>
#include <xgrad/nn/layers/batch_norm.hpp>
#include <xgrad/nn/layers/linear.hpp>
#include <xgrad/nn/sequential.hpp>
#include <xgrad/nn/state.hpp>

using namespace xgrad;
using test::TempDir;

namespace {

template <class T>
Sequential<T> small_net(Rng& rng) {
    return Sequential<T>{Linear<T>(4, 3, rng), BatchNorm1d<T>(3), ReLU<T>(), Linear<T>(3, 2, rng)};
}

}  // namespace

TEST_CASE("Module::state_dict: parameters and buffers under PyTorch's names") {
    Rng rng(1);
    const StateDict<> state = small_net<float>(rng).state_dict();
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
    Sequential net = small_net<float>(rng), other = small_net<float>(rng);
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
    Sequential net = small_net<float>(rng), other = small_net<float>(rng);
    const std::vector<Parameter<>> handles = other.parameters();
    other.load_state_dict(net.state_dict());
    for (std::size_t i = 0; i < handles.size(); ++i) {
        CHECK(handles[i].tensor.value() == net.parameters()[i].tensor.value());
        CHECK(handles[i].tensor.requires_grad());
    }
}

TEST_CASE("Module::load_state_dict: where anything is wrong, it loads nothing") {
    Rng rng(1);
    Sequential net = small_net<float>(rng);
    const StateDict<> before = net.state_dict();
    StateDict<> state = small_net<float>(rng).state_dict();
    state.erase("3.bias");
    CHECK_THROWS_AS(net.load_state_dict(state), StateError);
    CHECK(net.state_dict() == before);

    struct Recurrent : Module<float> {
        Tensor<float> weight = ones<float>({2}), hidden = zeros<float>({2});
        std::string kind() const override { return "Recurrent"; }
        std::unique_ptr<Module<float>> clone() const override { return nullptr; }
        void visit(StateVisitor<float>& visitor) override {
            visitor.parameter("weight", weight);
            visitor.buffer("hidden", hidden);
        }
    } recurrent;
    const StateDict<float> fresh = recurrent.state_dict();
    recurrent.weight.set_requires_grad(RequiresGrad::yes);
    recurrent.weight.assign({3, 4});
    const Tape<float> tape;
    recurrent.hidden = recurrent.weight * 2.0;
    CHECK_THROWS_WITH_AS(
        recurrent.load_state_dict(fresh),
        "load_state_dict: nothing was loaded: hidden: is the result of a recorded op: detach() it",
        StateError);
    CHECK(recurrent.weight.value() == Array<float>{3, 4});
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

namespace {

template <class T>
Sequential<T> trained_net(Rng& rng) {
    Sequential<T> net = small_net<T>(rng);
    for (int i = 0; i < 3; ++i) net(randn<T>({6, 4}, rng));  // moves the running statistics
    return net;
}

template <class V>
std::string bytes(std::initializer_list<V> values) {
    std::string text(values.size() * sizeof(V), '\0');
    std::memcpy(text.data(), std::data(values), text.size());
    return text;
}

}  // namespace

TEST_CASE_TEMPLATE("save_state, load_state: the other net then has the same state", T, float, double) {
    const TempDir dir;
    Rng rng(1);
    const Sequential<T> net = trained_net<T>(rng);
    Sequential<T> other = small_net<T>(rng);
    save_state(dir.file("net"), net);
    load_state(dir.file("net"), other);
    CHECK(other.state_dict() == net.state_dict());
    CHECK(std::get<std::int64_t>(other.state_dict().at("1.num_batches_tracked")) == 3);
}

TEST_CASE("load_state: float's state into double, exactly") {
    const TempDir dir;
    Rng rng(1);
    const Sequential<float> net = trained_net<float>(rng);
    Sequential<double> other = small_net<double>(rng);
    save_state(dir.file("net"), net);
    load_state(dir.file("net"), other);
    const auto before = net.state_dict();
    const auto after = other.state_dict();
    CHECK(std::get<std::int64_t>(after.at("1.num_batches_tracked")) == 3);
    for (const auto& [name, value] : before)
        if (const auto* values = std::get_if<Array<float>>(&value))
            CHECK(std::get<Array<double>>(after.at(name)) == *values);
}

TEST_CASE("load_state: double's state into float, rounded") {
    const TempDir dir;
    Rng rng(1);
    Linear<double> layer(2, 1, rng);
    layer.load_state_dict({{"weight", Array<double>{{0.1, 1e300}}}, {"bias", Array<double>{-1.0 / 3}}});
    Linear<float> other(2, 1, rng);
    save_state(dir.file("layer"), layer);
    load_state(dir.file("layer"), other);
    CHECK(other.weight().value()(0, 0) == 0.1F);
    CHECK(other.weight().value()(0, 1) == INFINITY);
    CHECK(std::get<Array<float>>(other.state_dict().at("bias"))(0) == -1.0F / 3);
}

TEST_CASE("save_state: the bytes of a file, large elements first") {
    const TempDir dir;
    const std::string expected = bytes<std::uint64_t>({352}) +
                                 R"({"__metadata__":{"format":"pt"},)"
                                 R"("num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[0,8]},)"
                                 R"("bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},)"
                                 R"("running_mean":{"dtype":"F32","shape":[2],"data_offsets":[16,24]},)"
                                 R"("running_var":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},)"
                                 R"("weight":{"dtype":"F32","shape":[2],"data_offsets":[32,40]}})"
                                 "  " +
                                 bytes<std::int64_t>({7}) + bytes<float>({1, 2, 3, 4, 5, 6, 7, 8});
    BatchNorm1d layer(2);
    layer.load_state_dict({{"num_batches_tracked", std::int64_t{7}},
                           {"bias", Array<float>{1, 2}},
                           {"running_mean", Array<float>{3, 4}},
                           {"running_var", Array<float>{5, 6}},
                           {"weight", Array<float>{7, 8}}});
    for (int repetition = 0; repetition < 2; ++repetition) {
        save_state(dir.file("layer"), layer, {{"format", "pt"}});
        CHECK(test::read_file(dir.file("layer")) == expected);
    }
    BatchNorm1d other(2);
    load_state(dir.file("layer"), other);
    CHECK(other.state_dict() == layer.state_dict());
}

TEST_CASE("save_state, load_state: a module without state") {
    const TempDir dir;
    ReLU layer;
    save_state(dir.file("relu"), layer);
    CHECK(test::read_file(dir.file("relu")) == bytes<std::uint64_t>({8}) + "{}      ");
    CHECK_NOTHROW(load_state(dir.file("relu"), layer));
}

TEST_CASE("load_state: a file that does not fit loads nothing and is told apart entry by entry") {
    const TempDir dir;
    Rng rng(1);
    Sequential<float> net = small_net<float>(rng);
    const StateDict<> before = net.state_dict();
    const std::string file = dir.file("file");
    const auto check = [&](const Safetensors& contents, const std::string& message) {
        write_safetensors(file, contents);
        CHECK_THROWS_WITH_AS(load_state(file, net), ("load_state: " + file + ": " + message).c_str(),
                             StateError);
        CHECK(net.state_dict() == before);
    };
    save_state(file, small_net<float>(rng));
    const Safetensors contents = read_safetensors(file);
    Safetensors other = contents;
    other.arrays.erase("0.bias");
    other.arrays["0.weight"] = Array<double>(Shape{4, 3}, 0);
    other.arrays["1.running_mean"] = Array<std::int64_t>(Shape{}, 3);
    other.arrays["4.weight"] = Array<float>{1};
    check(
        other,
        "load_state_dict: nothing was loaded: 0.weight: expected shape (3, 4), got (4, 3); missing 0.bias; 1.running_mean: expected an array, got an integer; unexpected 4.weight");
    other = contents;
    other.arrays["1.running_mean"] = Array<std::int64_t>{1, 2, 3};
    check(other, "\"1.running_mean\": expected F32 or F64, or I64 of shape (), found I64 of shape (3)");
    other = contents;
    other.arrays["1.num_batches_tracked"] = Array<float>(Shape{}, 3);
    check(
        other,
        "load_state_dict: nothing was loaded: 1.num_batches_tracked: expected an integer, got an array of shape ()");
}

TEST_CASE("load_state: a damaged file loads nothing") {
    const TempDir dir;
    Rng rng(1);
    Sequential<float> net = small_net<float>(rng);
    save_state(dir.file("net"), small_net<float>(rng));
    const std::string whole = test::read_file(dir.file("net"));
    const StateDict<> before = net.state_dict();
    for (std::size_t length = 0; length < whole.size(); ++length) {
        CAPTURE(length);
        const std::string cut = dir.write("cut", whole.substr(0, length));
        CHECK_THROWS_AS(load_state(cut, net), DataError);
    }
    CHECK(net.state_dict() == before);
}

TEST_CASE("Module::load_state_dict: with options it renames a prefix, and returns what it skipped") {
    Rng rng(1);
    Linear<float> layer(3, 2, rng), other(3, 2, rng);
    StateDict<float> state{{"body.weight", layer.state_dict().at("weight")},
                           {"head.weight", Array<float>(Shape{1}, 5.0F)}};
    const LoadOptions rename{.rename_prefix = {"body.", ""}};
    CHECK_THROWS_WITH_AS(other.load_state_dict(state, rename),
                         "load_state_dict: nothing was loaded: missing bias; unexpected head.weight",
                         StateError);
    const Skipped skipped = other.load_state_dict(
        state, {.rename_prefix = {"body.", ""}, .allow_missing = true, .allow_unexpected = true});
    CHECK(skipped.missing == std::vector<std::string>{"bias"});
    CHECK(skipped.unexpected == std::vector<std::string>{"head.weight"});
    CHECK(other.state_dict().at("weight") == layer.state_dict().at("weight"));

    // What is there must fit, whatever is allowed.
    state["body.weight"] = Array<float>(Shape{2}, 1.0F);
    CHECK_THROWS_WITH_AS(
        other.load_state_dict(
            state, {.rename_prefix = {"body.", ""}, .allow_missing = true, .allow_unexpected = true}),
        "load_state_dict: nothing was loaded: weight: expected shape (2, 3), got (2)", StateError);
}

TEST_CASE("load_state: with the same options, from a file") {
    const test::TempDir dir;
    Rng rng(1);
    Linear<float> layer(3, 2, rng);
    save_state(dir.path() / "layer.safetensors", layer);
    Sequential<float> net{Linear<float>(3, 2, rng), Linear<float>(2, 2, rng)};
    const Skipped skipped = load_state(dir.path() / "layer.safetensors", net,
                                       {.rename_prefix = {"", "0."}, .allow_missing = true});
    CHECK(skipped.missing == std::vector<std::string>{"1.weight", "1.bias"});
    CHECK(net.state_dict().at("0.bias") == layer.state_dict().at("bias"));

    // Integers that the module lacks, as a transformer's positions.
    NamedArrays arrays = state_arrays(layer);
    arrays.emplace("position_ids", Array<std::int64_t>(Shape{1, 4}, 7));
    CHECK_THROWS_WITH_AS(load_state_arrays(layer, arrays, {}),
                         "load_state_dict: nothing was loaded: unexpected position_ids", StateError);
    CHECK(load_state_arrays(layer, arrays, {.allow_unexpected = true}).unexpected ==
          std::vector<std::string>{"position_ids"});
}
