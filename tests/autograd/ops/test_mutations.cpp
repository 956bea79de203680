#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/record.hpp>
#include "support/mutations.hpp"

// A check that passes everything is worth nothing: each op's gradient is broken in several ways, and
// gradcheck must notice each of them.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

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
    const D dy = uneven(sample.call(sample.inputs).shape());
    return differ(vector_jacobian(sample, sample.inputs, input, dy),
                  mutated_jacobian(sample, sample.inputs, input, dy, mutation));
}

}  // namespace

TEST_CASE("mutations: gradcheck notices each broken gradient of each input of each op") {
    for (const Op& op : differentiable_ops()) {
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
                for (const Mutation& mutation : mutations()) {
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
            for (const std::string& mutation : essential_mutations()) {
                CAPTURE(input);
                CAPTURE(mutation);
                CHECK_MESSAGE(noticed.count({input, mutation}) == 1, "no sample shows this mutation");
            }
    }
}

TEST_CASE("mutations: unbroken, the mutant passes") {
    const Mutation none{"none", keep, keep};
    for (const Op& op : differentiable_ops()) {
        CAPTURE(op.declaration);
        const auto result =
            gradcheck(mutant(op.samples.back(), 0, none), op.samples.back().inputs, {.second_order = false});
        CHECK_MESSAGE(result.ok, result.message);
    }
}
