#include <algorithm>
#include <cmath>
#include <set>

#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/record.hpp>
#include "support/registry/op_registry.hpp"

// A check that passes everything is worth nothing: each op's gradient is broken in several ways, and
// gradcheck must notice each of them.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

// What a mutant does to the gradient dy that reaches it, and to the one that it passes on.
struct Mutation {
    std::string name;
    void (*change_dy)(Array<double>&);
    void (*change_gradient)(Array<double>&);
};

void keep(Array<double>&) {}

double* largest(Array<double>& x) {
    return std::max_element(x.data(), x.data() + x.size(),
                            [](double a, double b) { return std::abs(a) < std::abs(b); });
}

const Mutation mutations[] = {
    {"a factor of 1.01", keep,
     [](Array<double>& g) {
         for (double& v : g) v *= 1.01;
     }},
    {"the opposite sign", keep,
     [](Array<double>& g) {
         for (double& v : g) v = -v;
     }},
    {"an element dropped", keep, [](Array<double>& g) { *largest(g) = 0; }},
    {"the mean removed", keep,
     [](Array<double>& g) {
         double mean = 0;
         for (const double v : g) mean += v / static_cast<double>(g.size());
         for (double& v : g) v -= mean;
     }},
    {"its elements in reverse", keep, [](Array<double>& g) { std::reverse(g.data(), g.data() + g.size()); }},
    {"one contribution dropped", [](Array<double>& dy) { dy.data()[0] = 0; }, keep},
    {"every other contribution dropped",
     [](Array<double>& dy) {
         for (std::size_t i = 0; i < dy.size(); i += 2) dy.data()[i] = 0;
     },
     keep},
    {"dy in reverse", [](Array<double>& dy) { std::reverse(dy.data(), dy.data() + dy.size()); }, keep},
};

D changed(const D& x, void (*change)(Array<double>&)) {
    Array<double> values = x.value();
    if (values.size() > 0) change(values);
    return D(std::move(values));
}

// The gradient of sum(dy * call(inputs)) with respect to one input, on a tape of its own.
D vector_jacobian(const Sample& sample, const Tensors<double>& inputs, std::size_t input, const D& dy) {
    Tensors<double> leaves;
    for (const auto& x : inputs) leaves.emplace_back(x.value(), RequiresGrad::yes);
    const Tape<double> tape;
    return grad(sum(dy * sample.call(leaves)), {leaves[input]})[0];
}

D mutated_jacobian(const Sample& sample, const Tensors<double>& inputs, std::size_t input, const D& dy,
                   const Mutation& mutation) {
    return changed(vector_jacobian(sample, inputs, input, changed(dy, mutation.change_dy)),
                   mutation.change_gradient);
}

// The sample's op with the same values, but a broken gradient for one input.
DifferentiableFunction mutant(const Sample& sample, std::size_t broken, const Mutation& mutation) {
    return [&sample, broken, &mutation](const Tensors<double>& in) {
        const auto edge = [&](std::size_t input) {
            return Edge{in[input], [&sample, &mutation, in, input, broken](const D& dy) {
                            return input == broken ? mutated_jacobian(sample, in, input, dy, mutation)
                                                   : vector_jacobian(sample, in, input, dy);
                        }};
        };
        std::vector<decltype(edge(0))> edges;
        for (std::size_t input = 0; input < in.size(); ++input) edges.push_back(edge(input));
        return record("mutant", sample.call(in).detach(), std::move(edges));
    };
}

// Whether the mutation shows at all: reversing a single element does not.
bool changes_anything(const Sample& sample, std::size_t input, const Mutation& mutation) {
    const D y = sample.call(sample.inputs);
    Array<double> dy(y.shape());
    for (std::size_t i = 0; i < dy.size(); ++i) dy.data()[i] = 1 + 0.37 * static_cast<double>(i % 5);
    const D gradient = vector_jacobian(sample, sample.inputs, input, D(dy));
    const D broken = mutated_jacobian(sample, sample.inputs, input, D(dy), mutation);
    double size = 0, change = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i) {
        size = std::max(size, std::abs(gradient.value().data()[i]));
        change = std::max(change, std::abs(gradient.value().data()[i] - broken.value().data()[i]));
    }
    return change > std::max(1e-8, 1e-3 * size);
}

}  // namespace

TEST_CASE("mutations: gradcheck notices each broken gradient of each input of each op") {
    for (const Op& op : all_ops()) {
        CAPTURE(op.declaration);
        std::size_t inputs = 0;
        std::set<std::pair<std::size_t, std::string>> noticed;
        const std::size_t stride =
            std::max<std::size_t>(1, op.samples.size() / 12);  // a dozen of each op's samples
        for (std::size_t number = 0; number < op.samples.size(); number += stride) {
            const Sample& sample = op.samples[number];
            CAPTURE(sample.label);
            inputs = std::max(inputs, sample.inputs.size());
            for (std::size_t input = 0; input < sample.inputs.size(); ++input)
                for (const Mutation& mutation : mutations) {
                    if (!changes_anything(sample, input, mutation)) continue;
                    CAPTURE(input);
                    CAPTURE(mutation.name);
                    const auto result =
                        gradcheck(mutant(sample, input, mutation), sample.inputs, {.second_order = false});
                    CHECK_FALSE(result.ok);
                    noticed.emplace(input, mutation.name);
                }
        }
        for (std::size_t input = 0; input < inputs; ++input)
            for (const std::string mutation : {"a factor of 1.01", "the opposite sign", "an element dropped",
                                               "every other contribution dropped"}) {
                CAPTURE(input);
                CAPTURE(mutation);
                CHECK_MESSAGE(noticed.count({input, mutation}) == 1, "no sample shows this mutation");
            }
    }
}

TEST_CASE("mutations: unbroken, the mutant passes") {
    const Mutation none{"none", keep, keep};
    for (const Op& op : all_ops()) {
        CAPTURE(op.declaration);
        const auto result =
            gradcheck(mutant(op.samples.back(), 0, none), op.samples.back().inputs, {.second_order = false});
        CHECK_MESSAGE(result.ok, result.message);
    }
}
