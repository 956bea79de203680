#include <algorithm>
#include <cmath>

#include <doctest/doctest.h>

#include "support/registry/op_registry.hpp"

// The same Tensor as several inputs: its gradient is the sum of theirs.
using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

void check_equal(const Array<double>& found, const Array<double>& expected) {
    REQUIRE(found.shape() == expected.shape());
    double scale = 1;
    for (const double v : expected) scale = std::max(scale, std::abs(v));
    for (std::size_t i = 0; i < found.size(); ++i)
        CHECK(std::abs(found.data()[i] - expected.data()[i]) <= 1e-13 * scale);
}

// The sum of those parts that belong to inputs a and b.
Array<double> both(const Tensors<double>& parts, std::size_t a, std::size_t b) {
    return parts[a].value() + parts[b].value();
}

struct Derivatives {
    Tensors<double> first, second;  // the latter of the weighted sum of all gradients

    Derivatives(const Sample& sample, const Tensors<double>& inputs, const Tensors<double>& xs) {
        const Tape<double> tape;
        first = grad(weighted_sum(sample.call(inputs)), xs, {.create_graph = true});
        D total = zeros<double>({});
        for (const auto& gradient : first) total = total + weighted_sum(gradient);
        if (total.requires_grad())
            second = grad(total, xs);
        else
            for (const auto& x : xs) second.push_back(zeros<double>(x.shape()));
    }
};

// Inputs a and b with the values of b: as two leaves, and as one.
void check_alias(const Sample& sample, std::size_t a, std::size_t b) {
    Tensors<double> apart = leaves<double>(sample.inputs);
    apart[a] = D(apart[b].value(), RequiresGrad::yes);
    Tensors<double> same = apart;
    same[a] = same[b];
    const Derivatives expected(sample, apart, {apart[a], apart[b]}), found(sample, same, {same[b]});
    check_equal(found.first[0].value(), both(expected.first, 0, 1));
    check_equal(found.second[0].value(), both(expected.second, 0, 1));

    const Tape<double> tape;
    weighted_sum(sample.call(same)).backward();
    check_equal(same[b].grad().value(), both(expected.first, 0, 1));
}

}  // namespace

TEST_CASE("aliasing: one Tensor as two inputs has the sum of their gradients, of both orders") {
    for (const Op& op : all_ops()) {
        CAPTURE(op.declaration);
        std::size_t inputs = 0, aliased = 0;
        for (const Sample& sample : op.samples) {
            CAPTURE(sample.label);
            inputs = std::max(inputs, sample.inputs.size());
            for (std::size_t b = 0; b < sample.inputs.size(); ++b)
                for (std::size_t a = 0; a < b; ++a)
                    if (sample.inputs[a].shape() == sample.inputs[b].shape()) {
                        CAPTURE(a);
                        CAPTURE(b);
                        check_alias(sample, a, b);
                        ++aliased;
                    }
        }
        CHECK_MESSAGE((inputs < 2 || aliased > 0), "no sample has two inputs of one shape");
    }
}
