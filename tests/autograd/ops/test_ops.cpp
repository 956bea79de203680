#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include "support/registry/op_registry.hpp"

// Runs over the registry: what holds for every op, sample by sample.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

template <class F>
void for_each_sample(F check) {
    for (const Op& op : all_ops())
        for (const Sample& sample : op.samples) {
            CAPTURE(op.declaration);
            CAPTURE(sample.label);
            check(sample);
        }
}

template <class T>
Tensors<T> converted(const Tensors<double>& inputs, RequiresGrad requires_grad) {
    Tensors<T> result;
    for (const auto& input : inputs)
        result.emplace_back(like(Tensor<T>(), input.value()).value(), requires_grad);
    return result;
}

// The gradients of sum(weights * op(inputs)), with weights 1, 1.5, 2, ...
template <class T, class F>
std::vector<Tensor<T>> gradients(const F& call, const Tensors<T>& inputs) {
    Tape<T> tape;
    const Tensor<T> y = call(inputs);
    Array<T> weights(y.shape());
    for (std::size_t i = 0; i < weights.size(); ++i)
        weights.data()[i] = static_cast<T>(1 + 0.5 * static_cast<double>(i));
    return grad(sum(y * Tensor<T>(std::move(weights))), inputs);
}

// Compared on the scale of the largest element: single ones may cancel to nothing.
void check_close(const Array<float>& found, const Array<double>& exact) {
    REQUIRE(found.shape() == exact.shape());
    double scale = 1;
    for (const double v : exact) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < exact.size(); ++i)
        CHECK(std::abs(static_cast<double>(found.data()[i]) - exact.data()[i]) <= 1e-5 * scale);
}

}  // namespace

TEST_CASE("ops: gradients and second derivatives agree with finite differences") {
    for_each_sample([](const Sample& sample) {
        const auto result = gradcheck(sample.call, sample.inputs);
        CHECK_MESSAGE(result.ok, result.message);
        CHECK_MESSAGE(result.kinks.empty(), result.message);
    });
}

TEST_CASE("ops: values agree with a naive formula") {
    for_each_sample([](const Sample& sample) {
        const Tensor<double> y = sample.call(sample.inputs);
        REQUIRE(y.shape() == sample.shape);
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double expected = sample.reference(unflatten(y.shape(), i), sample.inputs);
            CHECK(std::abs(y.value().data()[i] - expected) <= 1e-14 * std::max(1.0, 10 * std::abs(expected)));
        }
    });
}

TEST_CASE("ops: float agrees with double, values and gradients, to float accuracy") {
    for_each_sample([](const Sample& sample) {
        const auto single = converted<float>(sample.inputs, RequiresGrad::yes);
        Tensors<double> rounded;  // what the float op really gets
        for (const auto& x : single)
            rounded.emplace_back(evaluate(xt::cast<double>(x.value())), RequiresGrad::yes);
        check_close(sample.call_float(single).value(), sample.call(rounded).value());
        const auto found = gradients<float>(sample.call_float, single);
        const auto exact = gradients<double>(sample.call, rounded);
        for (std::size_t i = 0; i < found.size(); ++i) check_close(found[i].value(), exact[i].value());
    });
}

TEST_CASE("ops: recording does not change a value, and nothing is recorded outside a tape") {
    for_each_sample([](const Sample& sample) {
        const auto inputs = converted<double>(sample.inputs, RequiresGrad::yes);
        const Tensor<double> plain = sample.call(inputs);
        CHECK((plain.is_leaf() || inputs.empty()));
        Tape<double> tape;
        const Tensor<double> recorded = sample.call(inputs);
        CHECK(recorded.requires_grad());
        CHECK(recorded.value() == plain.value());
    });
}
