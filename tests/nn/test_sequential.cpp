#include <xgrad/nn/sequential.hpp>

#include <type_traits>
#include <utility>

#include <doctest/doctest.h>

#include <xgrad/nn/activation.hpp>
#include <xgrad/nn/batch_norm.hpp>
#include <xgrad/nn/linear.hpp>

using namespace xgrad;

namespace {

const Linear<>& linear_at(Sequential<>& net, std::size_t position) {
    return dynamic_cast<const Linear<>&>(net[position]);
}

}  // namespace

TEST_CASE("Sequential: an empty one can be kept, printed and cloned, but not called") {
    Sequential net;
    static_assert(std::is_same_v<decltype(net), Sequential<float>>);
    CHECK(net.size() == 0);
    CHECK(net.parameters().empty());
    CHECK(net.state_dict().empty());
    CHECK(dynamic_cast<Sequential<>&>(*net.clone()).size() == 0);
    CHECK(to_string(net) == "Sequential\n    Sequential()            -\n  0 parameters\n");
    CHECK_THROWS_AS(net(ones({2, 3})), ValueError);
    net.add(ReLU());
    CHECK(net(ones({2, 3})).value() == ones({2, 3}).value());
}

TEST_CASE("Sequential: applies its modules one after the other") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)};
    const Tensor x = randn({5, 3}, rng);
    CHECK(net(x).value() == net[2](net[1](net[0](x))).value());
    CHECK(net(x).shape() == Shape{5, 2});
}

TEST_CASE("Sequential: the scalar type follows from the first module") {
    Rng rng(1);
    Sequential net{Linear<double>(3, 4, rng), ReLU<double>()};
    static_assert(std::is_same_v<decltype(net), Sequential<double>>);
    Sequential single{ReLU<double>()};
    static_assert(std::is_same_v<decltype(single), Sequential<double>>);
    CHECK(single.size() == 1);
    static_assert(!std::is_copy_constructible_v<Sequential<>>);
    static_assert(std::is_nothrow_move_constructible_v<Sequential<>>);
}

TEST_CASE("Sequential: in braces, modules are constructed from left to right") {
    Rng rng(1), same(1);
    Sequential net{Linear(3, 4, rng), ReLU(), Linear(4, 2, rng)};
    const Linear first(3, 4, same), second(4, 2, same);
    CHECK(linear_at(net, 0).weight().value() == first.weight().value());
    CHECK(linear_at(net, 2).weight().value() == second.weight().value());
}

TEST_CASE(
    "Sequential: one Sequential inside another is nested, but a single one in braces is that one itself") {
    Sequential nested{Sequential{ReLU(), ReLU()}, ReLU()};
    CHECK(nested.size() == 2);
    CHECK(dynamic_cast<Sequential<>&>(nested[0]).size() == 2);
    Sequential same{Sequential{ReLU(), ReLU()}};
    CHECK(same.size() == 2);
    Sequential wrapped;
    wrapped.add(Sequential{ReLU(), ReLU()});
    CHECK(wrapped.size() == 1);
    Sequential twice{Sequential{ReLU()}, Sequential{ReLU()}};
    CHECK(twice.size() == 2);
}

TEST_CASE("Sequential::add: by value or by pointer, one call after the other") {
    Rng rng(1), same(1);
    Sequential net;
    net.add(Linear(3, 4, rng)).add(std::make_unique<ReLU<>>()).add(Linear(4, 2, rng));
    Sequential braces{Linear(3, 4, same), ReLU(), Linear(4, 2, same)};
    CHECK(net.state_dict() == braces.state_dict());
    CHECK_THROWS_AS(net.add(std::unique_ptr<Module<>>()), ValueError);
    CHECK(net.size() == 3);
}

TEST_CASE("Sequential: a module by its position") {
    Sequential net{ReLU(), ReLU()};
    CHECK(net[1].kind() == "ReLU");
    CHECK(&std::as_const(net)[1] == &net[1]);
}

TEST_CASE("Sequential: a clone has modules of its own") {
    Rng rng(1);
    Sequential net{Linear(3, 4, rng), Sequential{BatchNorm1d(4), ReLU()}};
    const auto copy = net.clone();
    auto& same = dynamic_cast<Sequential<>&>(*copy);
    CHECK(same.size() == 2);
    CHECK(&same[0] != &net[0]);
    CHECK_FALSE(linear_at(same, 0).weight().is_same(linear_at(net, 0).weight()));
    const Tensor x = randn({5, 3}, rng);
    CHECK(same(x).value() == net(x).value());
    CHECK(to_string(same) == to_string(net));
}
