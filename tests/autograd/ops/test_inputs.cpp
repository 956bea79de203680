// The inputs of ops: some of them constants, several of them the same Tensor, or changed after the forward
// pass.
#include <algorithm>
#include <cmath>
#include <exception>
#include <string>

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

using namespace xgrad;
using namespace xgrad::registry;

namespace {

using D = Tensor<double>;

// An op drops the edges of inputs that need no gradient, and a joint backward function is told which ones are
// wanted: whichever they are, the others keep their bits.

// Of the inputs with those numbers, while the others are constants.
template <class T>
struct Gradients {
    Tensors<T> plain, recorded;

    Gradients(const Sample& sample, const std::vector<std::size_t>& wanted) {
        Tensors<T> inputs = leaves<T>(sample.inputs), xs;
        for (auto& x : inputs) x.set_requires_grad(RequiresGrad::no);
        for (const std::size_t i : wanted) {
            inputs[i].set_requires_grad(RequiresGrad::yes);
            xs.push_back(inputs[i]);
        }
        const Tape<T> tape;
        const Tensor<T> y = weighted_sum(call_of<T>(sample)(inputs));
        plain = grad(y, xs, {.retain_graph = true});
        recorded = grad(y, xs, {.create_graph = true});
    }
};

template <class T>
void check_subsets(const Sample& sample) {
    const std::size_t count = sample.inputs.size();
    std::vector<std::size_t> every(count);
    for (std::size_t i = 0; i < count; ++i) every[i] = i;
    const Gradients<T> all(sample, every);
    for (std::size_t bits = 1; bits < (std::size_t{1} << count); ++bits) {
        CAPTURE(bits);
        std::vector<std::size_t> wanted;
        for (const std::size_t i : every)
            if (bits & (std::size_t{1} << i)) wanted.push_back(i);
        const Gradients<T> some(sample, wanted);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CAPTURE(wanted[i]);
            CHECK(some.plain[i].value() == all.plain[wanted[i]].value());
            CHECK(some.recorded[i].value() == all.recorded[wanted[i]].value());
        }
    }
}

}  // namespace

TEST_CASE("subsets: whichever inputs require a gradient, theirs are the same bits") {
    for_each_sample(differentiable_ops(), [](const Op&, const Sample& sample) {
        check_subsets<float>(sample);
        check_subsets<double>(sample);
    });
}

// The same Tensor as several inputs: its gradient is the sum of theirs.

namespace {

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
    for (const Op& op : differentiable_ops()) {
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

// A value that changes between the forward and the backward pass: either the gradient does not need it and
// has the same bits, or the error names op and shape. Never a wrong number.

namespace {

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
    for_each_sample(differentiable_ops(), [&](const Op& op, const Sample& sample) {
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

TEST_CASE("changes: what an op does not need may change: sums, differences, and products with a number") {
    D a(Array<double>{1, 2}, RequiresGrad::yes), b(Array<double>{3, 4}, RequiresGrad::yes);
    const Tape<double> tape;
    const D loss = sum(-a + (b - a) * 2.0 + a / 4.0);
    for (D& x : {std::ref(a), std::ref(b)}) x.update([](Array<double>& values) { values.fill(7); });
    const Tensors<double> gradients = grad(loss, {a, b});
    CHECK(gradients[0].value() == Array<double>{-2.75, -2.75});
    CHECK(gradients[1].value() == Array<double>{2, 2});
}

TEST_CASE("changes: a leaf behind the inputs may change, for they have values of their own") {
    for_each_sample(differentiable_ops(), [&](const Op&, const Sample& sample) {
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
