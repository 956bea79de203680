#include <xgrad/nn/layers/layer_norm.hpp>

#include <doctest/doctest.h>

#include "nn/module_gradcheck.hpp"

using namespace xgrad;

namespace {

Tensor<double> random(const Shape& shape) {
    Rng rng(3);
    return randn<double>(shape, rng);
}

// Moves gamma and beta away from 1 and 0.
void set_parameters(Module<double>& module) {
    double value = 0.5;
    for (auto& parameter : module.parameters())
        parameter.tensor.update([&](Array<double>& a) {
            for (double& v : a) v = value += 0.25;
        });
}

std::vector<std::string> names(const Module<double>& module) {
    std::vector<std::string> found;
    for (const auto& [name, value] : module.state_dict()) found.push_back(name);
    return found;
}

}  // namespace

TEST_CASE("LayerNorm, RMSNorm, GroupNorm: the ops with gamma and beta, which do not decay, cloned") {
    LayerNorm<double> layer(Shape{2, 3}, {.epsilon = 0.1});
    RMSNorm<double> rms(Shape{3}, {.epsilon = 0.1});
    GroupNorm<double> group(2, 4, {.epsilon = 0.1});
    for (Module<double>* module : {static_cast<Module<double>*>(&layer), static_cast<Module<double>*>(&rms),
                                   static_cast<Module<double>*>(&group)}) {
        set_parameters(*module);
        for (const auto& parameter : module->parameters()) CHECK(parameter.decay == Decay::no);
    }
    const Tensor<double> x = random({2, 2, 3}), y = random({2, 4, 3});
    CHECK(layer(x).value() == layer_norm(x, {2, 3}, layer.weight(), layer.bias(), 0.1).value());
    CHECK(rms(x).value() == rms_norm(x, {3}, rms.weight(), 0.1).value());
    CHECK(group(y).value() == group_norm(y, 2, group.weight(), group.bias(), 0.1).value());
    CHECK((*layer.clone())(x).value() == layer(x).value());
    CHECK((*rms.clone())(x).value() == rms(x).value());
    CHECK((*group.clone())(y).value() == group(y).value());
    CHECK(names(layer) == std::vector<std::string>{"bias", "weight"});
    CHECK(names(rms) == std::vector<std::string>{"weight"});
    CHECK(names(group) == std::vector<std::string>{"bias", "weight"});
    CHECK(layer.describe() == "LayerNorm((2, 3))");
    CHECK(rms.describe() == "RMSNorm((3))");
    CHECK(group.describe() == "GroupNorm(2, 4)");
}

TEST_CASE("LayerNorm, RMSNorm, GroupNorm: not affine, without state") {
    const LayerNormOptions plain{.affine = false};
    LayerNorm<double> layer(Shape{3}, plain);
    RMSNorm<double> rms(Shape{3}, plain);
    GroupNorm<double> group(1, 3, plain);
    const Tensor<double> x = random({2, 3});
    CHECK(layer(x).value() == layer_norm(x, {3}).value());
    CHECK(rms(x).value() == rms_norm(x, {3}).value());
    CHECK(group(x).value() == group_norm(x, 1).value());
    CHECK(layer.state_dict().empty());
    CHECK(layer.describe() == "LayerNorm((3), not affine)");
    CHECK_FALSE(rms.weight().defined());
}

TEST_CASE("LayerNorm, RMSNorm, GroupNorm: gradients of input, gamma and beta, first and second order") {
    LayerNorm<double> layer(Shape{3}, {.epsilon = 0.1});
    RMSNorm<double> rms(Shape{3}, {.epsilon = 0.1});
    GroupNorm<double> group(2, 4, {.epsilon = 0.1});
    const auto check = [](Module<double>& module, const Shape& shape) {
        const auto result = gradcheck_module(module, random(shape));
        CHECK_MESSAGE(result.ok, result.message);
    };
    check(layer, {2, 3});
    check(rms, {2, 3});
    check(group, {2, 4, 2});
}
