#include <algorithm>
#include <map>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <xgrad/autograd/gradcheck.hpp>
#include <xgrad/autograd/record.hpp>
#include "support/mutations.hpp"

// The mutants of the second order: values and gradients are right, but the recorded gradient of one input has
// a broken derivative with respect to another, or to dy. gradcheck must notice each of them.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

// Which derivative of which gradient: `by` numbers the inputs, and dy after them.
struct Pair {
    std::size_t gradient, by;
};

// The gradient of input `pair.gradient`, and what it passes back to `pair.by` where ddy reaches it: on a tape
// of its own.
D second_derivative(const Sample& sample, const Tensors<double>& inputs, const D& dy, Pair pair,
                    const D& ddy) {
    Tensors<double> xs = leaves<double>(inputs);
    const D y = xs[pair.gradient];
    xs.emplace_back(dy.value(), RequiresGrad::yes);
    const Tape<double> tape;
    const D projected = sum(xs.back() * sample.call(Tensors<double>(xs.begin(), xs.end() - 1)));
    const D gradient = grad(projected, {y}, {.create_graph = true})[0];
    if (!gradient.requires_grad()) return zeros<double>(xs[pair.by].shape());
    return grad(sum(ddy.detach() * gradient), {xs[pair.by]})[0];
}

D mutated(const Sample& sample, const Tensors<double>& inputs, const D& dy, Pair pair, const D& ddy,
          const Mutation& mutation) {
    return changed(second_derivative(sample, inputs, dy, pair, changed(ddy, mutation.change_dy)),
                   mutation.change_gradient);
}

// The sample's op with the same values and gradients, but one broken derivative of one gradient.
DifferentiableFunction mutant(const Sample& sample, Pair broken, const Mutation& mutation) {
    return [&sample, broken, &mutation](const Tensors<double>& in) {
        const auto edge = [&](std::size_t input) {
            return Edge{in[input], [&sample, &mutation, in, input, broken](const D& dy) {
                            const auto edge_of_gradient = [&](const D& x, std::size_t by) {
                                return Edge{
                                    x, [&sample, &mutation, in, dy, input, by, broken](const D& ddy) {
                                        return input == broken.gradient && by == broken.by
                                                   ? mutated(sample, in, dy, {input, by}, ddy, mutation)
                                                   : second_derivative(sample, in, dy, {input, by}, ddy);
                                    }};
                            };
                            std::vector<decltype(edge_of_gradient(dy, 0))> edges;
                            for (std::size_t by = 0; by < in.size(); ++by)
                                edges.push_back(edge_of_gradient(in[by], by));
                            edges.push_back(edge_of_gradient(dy, in.size()));
                            return record("mutant gradient", vector_jacobian(sample, in, input, dy),
                                          std::move(edges));
                        }};
        };
        std::vector<decltype(edge(0))> edges;
        for (std::size_t input = 0; input < in.size(); ++input) edges.push_back(edge(input));
        return record("mutant", sample.call(in).detach(), std::move(edges));
    };
}

bool changes_anything(const Sample& sample, Pair pair, const Mutation& mutation) {
    const D dy = uneven(sample.call(sample.inputs).shape());
    const D ddy = uneven(sample.inputs[pair.gradient].shape());
    return differ(second_derivative(sample, sample.inputs, dy, pair, ddy),
                  mutated(sample, sample.inputs, dy, pair, ddy, mutation));
}

std::string name_of(const Sample& sample, Pair pair) {
    const std::string by = pair.by == sample.inputs.size() ? "dy" : std::to_string(pair.by);
    return fmt::format("{}/{}", pair.gradient, by);
}

using Pairs = std::set<std::string>;

// What no test can notice: a second derivative that is 0 everywhere has the same mutants as itself. These ops
// are linear in all of their inputs together, or piecewise so: their gradients depend on dy alone. So are all
// that only move, choose or add elements: shape_ops(), slicing_ops(), indexing_ops().
const std::set<std::string> linear_in_all{
    "operator+(Tensor, Tensor)",
    "operator+(Tensor, double)",
    "operator+(double, Tensor)",
    "operator-(Tensor, Tensor)",
    "operator-(Tensor, double)",
    "operator-(double, Tensor)",
    "operator-(Tensor)",
    "operator*(Tensor, double)",
    "operator*(double, Tensor)",
    "operator/(Tensor, double)",
    "abs(Tensor)",
    "relu(Tensor)",
    "maximum(Tensor, Tensor)",
    "minimum(Tensor, Tensor)",
    "clamp(Tensor, double, double)",
    "leaky_relu(Tensor, double)",
    "dropout(Tensor, double, Rng)",
    "nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)",
    "where(Tensor, Tensor, Tensor)",
    "where(Tensor, Tensor, double)",
    "where(Tensor, double, Tensor)",
    "l1_loss(Tensor, Tensor, Reduction)",
    "sum(Tensor)",
    "sum(Tensor, Axes, KeepDims)",
    "mean(Tensor)",
    "mean(Tensor, Axes, KeepDims)",
    "amax(Tensor)",
    "amax(Tensor, Axes, KeepDims)",
    "amin(Tensor)",
    "amin(Tensor, Axes, KeepDims)",
};
// These are linear in some inputs while the others stay: `2/1` is the derivative of input 2's gradient by
// input 1.
const std::map<std::string, Pairs> linear_in_some{
    {"operator*(Tensor, Tensor)", {"0/0", "1/1"}},
    {"operator/(Tensor, Tensor)", {"0/0"}},
    {"matmul(Tensor, Tensor, Transpose, Transpose)", {"0/0", "1/1"}},
    {"binary_cross_entropy_with_logits(Tensor, Tensor, Reduction)", {"1/1"}},
    {"kl_divergence(Tensor, Tensor, Reduction, LogTarget)", {"0/0"}},
    {"dot(Tensor, Tensor)", {"0/0", "1/1"}},
    {"cross_entropy(Tensor, Tensor, Reduction, double, Tensor)", {"1/1"}},
    {"outer(Tensor, Tensor)", {"0/0", "1/1"}},
    {"einsum(string_view, vector<Tensor>)", {"0/0", "1/1", "2/2"}},
    {"layer_norm(Tensor, Shape, Tensor, Tensor, double)", {"0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"rms_norm(Tensor, Shape, Tensor, double)", {"1/1"}},
    {"group_norm(Tensor, size_t, Tensor, Tensor, double)", {"0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"linear(Tensor, Tensor, Tensor)", {"0/0", "0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"conv2d(Tensor, Tensor, Tensor, Conv2dOptions)", {"0/0", "0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"conv1d(Tensor, Tensor, Tensor, Conv1dOptions)", {"0/0", "0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"conv_transpose2d(Tensor, Tensor, Tensor, ConvTranspose2dOptions)",
     {"0/0", "0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"conv_transpose1d(Tensor, Tensor, Tensor, ConvTranspose1dOptions)",
     {"0/0", "0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)",
     {"0/2", "1/1", "1/2", "2/0", "2/1", "2/2"}},
    {"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)",  // x, mean, variance, gamma, beta
     {"0/0", "0/1", "0/4", "1/0", "1/1", "1/4", "2/4", "3/3", "3/4", "4/0", "4/1", "4/2", "4/3", "4/4"}},
};

bool is_linear(const std::string& declaration) {
    static const std::set<std::string> movers = [] {
        std::set<std::string> names;
        for (const auto& family : {shape_ops(), slicing_ops(), indexing_ops(), pooling_ops()})
            for (const Op& op : family) names.insert(op.declaration);
        return names;
    }();
    return linear_in_all.contains(declaration) || movers.contains(declaration);
}

Pairs zero_pairs(const std::string& declaration, std::size_t inputs) {
    if (const auto some = linear_in_some.find(declaration); some != linear_in_some.end()) return some->second;
    Pairs all;
    if (is_linear(declaration))
        for (std::size_t i = 0; i < inputs; ++i)
            for (std::size_t j = 0; j < inputs; ++j) all.insert(fmt::format("{}/{}", i, j));
    return all;
}

// How many samples showed a mutation, and were noticed; by the number of inputs, the pair and the mutation.
using Noticed = std::map<std::size_t, std::map<std::string, std::map<std::string, int>>>;

void check_mutants(const Sample& sample, Noticed& noticed) {
    constexpr int enough = 2;
    const std::size_t inputs = sample.inputs.size();
    for (Pair pair{0, 0}; pair.gradient < inputs; ++pair.gradient)
        for (pair.by = 0; pair.by <= inputs; ++pair.by)
            for (const Mutation& mutation : mutations()) {
                int& count = noticed[inputs][name_of(sample, pair)][mutation.name];
                if (count == enough || !changes_anything(sample, pair, mutation)) continue;
                CAPTURE(name_of(sample, pair));
                CAPTURE(mutation.name);
                CHECK_FALSE(gradcheck(mutant(sample, pair, mutation), sample.inputs, {.directions = 2}).ok);
                ++count;
            }
}

}  // namespace

TEST_CASE("second-order mutations: gradcheck notices each broken derivative of each gradient of each op") {
    std::size_t listed = 0;
    for (const Op& op : differentiable_ops()) {
        CAPTURE(op.declaration);
        listed += linear_in_all.count(op.declaration) + linear_in_some.count(op.declaration);
        Noticed noticed;
        for (const Sample& sample : op.samples) {
            CAPTURE(sample.label);
            check_mutants(sample, noticed);
        }
        const auto& [inputs, pairs] = *noticed.rbegin();
        Pairs zero;
        for (const auto& entry : pairs) {
            const auto& counts = entry.second;
            CAPTURE(entry.first);
            if (counts.at("a factor of 1.01") == 0)
                zero.insert(entry.first);
            else
                for (const std::string& mutation : essential_mutations())
                    CHECK_MESSAGE(counts.at(mutation) > 0, "no sample shows this mutation: " << mutation);
        }
        const Pairs expected = zero_pairs(op.declaration, inputs);
        CHECK_MESSAGE(zero == expected,
                      fmt::format("in no sample does any mutation show in {}, but the table above has {}",
                                  zero, expected));
    }
    CHECK_MESSAGE(listed == linear_in_all.size() + linear_in_some.size(),
                  "the table above names what is no op");
}

TEST_CASE("second-order mutations: unbroken, the mutant passes") {
    const Mutation none{"none", keep, keep};
    for (const Op& op : differentiable_ops()) {
        CAPTURE(op.declaration);
        const auto result = gradcheck(mutant(op.samples.back(), {0, 0}, none), op.samples.back().inputs);
        CHECK_MESSAGE(result.ok, result.message);
    }
}
