#include <exception>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// A value that changes between the forward and the backward pass: either the gradient does not need it and
// has the same bits, or the error names op and shape. Never a wrong number.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

enum class Outcome { right, refused };

std::string refusal(const std::string& op, const Shape& shape) {
    return fmt::format(
        "{}: a value of shape {} that was saved for backward has been changed since; call backward() before changing it, or compute with a detach()ed copy",
        op, to_string(shape));
}

// `change` is called between the op and the walk.
Outcome check_change(const Op& op, const Sample& sample, const Tensors<double>& inputs,
                     const Tensors<double>& xs, D changed, bool create_graph) {
    Tensors<double> expected;
    {
        const Tape<double> tape;
        expected = grad(weighted_sum(sample.call(inputs)), xs, {.create_graph = create_graph});
    }
    const Tape<double> tape;
    const D y = sample.call(inputs);
    const D loss = weighted_sum(y);
    changed.update([](Array<double>& values) {
        for (double& v : values) v = 0.75 * v + 0.125;
    });
    Tensors<double> found;
    try {
        found = grad(loss, xs, {.create_graph = create_graph});
    } catch (const GraphError& error) {
        CHECK(std::string(error.what()) == refusal(name_in_errors(op), changed.shape()));
        return Outcome::refused;
    }
    for (std::size_t i = 0; i < xs.size(); ++i) CHECK(found[i].value() == expected[i].value());
    return Outcome::right;
}

}  // namespace

TEST_CASE(
    "changes: an input that is changed after the op gives the right gradient or the error that names it") {
    std::size_t right = 0, refused = 0;
    for_each_sample([&](const Op& op, const Sample& sample) {
        for (std::size_t i = 0; i < sample.inputs.size(); ++i)
            for (const bool create_graph : {false, true})
                for (const bool only_this : {false, true}) {
                    CAPTURE(i);
                    CAPTURE(create_graph);
                    CAPTURE(only_this);
                    const Tensors<double> inputs = leaves<double>(sample.inputs);
                    const Tensors<double> xs = only_this ? Tensors<double>{inputs[i]} : inputs;
                    const Outcome outcome = check_change(op, sample, inputs, xs, inputs[i], create_graph);
                    ++(outcome == Outcome::right ? right : refused);
                }
    });
    CHECK(right > 0);
    CHECK(refused > 0);
}

TEST_CASE("changes: a leaf behind the inputs may change, for they have values of their own") {
    for_each_sample([&](const Op&, const Sample& sample) {
        for (std::size_t i = 0; i < sample.inputs.size(); ++i) {
            CAPTURE(i);
            const auto gradient = [&](bool change) {
                const Tensors<double> xs = leaves<double>(sample.inputs);
                const Tape<double> tape;
                Tensors<double> inputs;
                for (const auto& x : xs) {
                    Shape longer = x.shape();
                    longer.push_back(1);
                    inputs.push_back(reshape(reshape(x, longer), x.shape()));
                }
                const D loss = weighted_sum(sample.call(inputs));
                if (change) D(xs[i]).assign(Array<double>(xs[i].shape(), 0.125));
                return grad(loss, xs);
            };
            const Tensors<double> expected = gradient(false), found = gradient(true);
            for (std::size_t k = 0; k < found.size(); ++k) CHECK(found[k].value() == expected[k].value());
        }
    });
}
