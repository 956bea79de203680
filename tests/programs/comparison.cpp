#include "comparison.hpp"

#include <algorithm>
#include <cstring>
#include <exception>

#include <fmt/format.h>

#include "support/arrays.hpp"

namespace xgrad::programs {
namespace {

Tensor<double> tensor(const JetArray& x, double (*part)(const Jet&), RequiresGrad requires_grad) {
    Array<double> values(x.shape);
    for (std::size_t i = 0; i < x.data.size(); ++i) values.data()[i] = part(x.data[i]);
    return Tensor<double>(std::move(values), requires_grad);
}
double value_of(const Jet& x) { return number(x); }

// The weights of a root's elements. All differ, so that no two elements can be confused, and none is 1, which
// would hide a missing factor.
double weight(std::size_t i) { return 1.6 + 0.25 * static_cast<double>(i) * (i % 2 == 0 ? 1 : -1); }

Jet objective(const Program& program) {
    Jet total = 0;
    for (const std::size_t root : program.roots()) {
        const JetArray& y = program.value(root);
        for (std::size_t i = 0; i < y.data.size(); ++i) total = total + weight(i) * y.data[i];
    }
    return total;
}

Tensor<double> objective(const Program& program, const Tensors<double>& values) {
    Tensor<double> total = zeros<double>({});
    for (const std::size_t root : program.roots()) {
        Array<double> weights(values[root].shape());
        for (std::size_t i = 0; i < weights.size(); ++i) weights.data()[i] = weight(i);
        total = total + sum(values[root] * Tensor<double>(std::move(weights)));
    }
    return total;
}

// The leaves that require a gradient, along one direction.
struct Direction {
    Tensors<double> parts;

    Direction(const Program& program, double (*part)(const Jet&)) {
        for (const Leaf& leaf : program.leaves)
            if (leaf.requires_grad == RequiresGrad::yes)
                parts.push_back(tensor(leaf.value, part, RequiresGrad::no));
    }
    Tensor<double> dot(const Tensors<double>& gradients) const {
        Tensor<double> total = zeros<double>({});
        for (std::size_t i = 0; i < parts.size(); ++i) total = total + sum(gradients[i] * parts[i]);
        return total;
    }
};

// The results of xgrad for a program.
struct Run {
    Tensors<double> values;
    Tensors<double> gradients;  // of the objective
    double along_u, along_v;  // from recorded gradients
    double along_both;
};

Tensors<double> evaluate_leaves(const Program& program) {
    Tensors<double> values;
    for (const Leaf& leaf : program.leaves)
        values.push_back(tensor(leaf.value, value_of, leaf.requires_grad));
    return values;
}

void evaluate_nodes(const Program& program, Tensors<double>& values) {
    for (const Node& node : program.nodes) {
        Tensors<double> operands;
        for (const std::size_t i : node.operands) operands.push_back(values[i]);
        values.push_back(node.call(operands));
    }
}

bool same_bits(const Tensors<double>& a, const Tensors<double>& b) {
    return std::ranges::equal(a, b, [](const Tensor<double>& x, const Tensor<double>& y) {
        return x.shape() == y.shape() &&
               std::memcmp(x.value().data(), y.value().data(), x.size() * sizeof(double)) == 0;
    });
}

class Comparer {
public:
    explicit Comparer(const Program& program)
        : program_(program), u_(program, dual::along_u), v_(program, dual::along_v) {}

    Comparison run() {
        const Tensors<double> values = compare_values();
        const Run first = differentiate(), second = differentiate();
        compare_derivatives(first);
        if (!same_bits(values, first.values)) fail("its values differ outside a tape and under one");
        if (!same_bits(first.values, second.values) || !same_bits(first.gradients, second.gradients) ||
            first.along_both != second.along_both)
            fail("a second run gives other bits");
        return std::move(result_);
    }

private:
    // Keeps the first difference: later ones follow from it.
    void fail(const std::string& difference) {
        if (result_.difference.empty()) result_.difference = difference;
    }
    void compare(const std::string& what, double xgrad, double oracle) {
        const double difference = test::difference(std::vector{xgrad}, std::vector{oracle});
        result_.largest = std::max(result_.largest, difference);
        if (!(difference <= tolerance))
            fail(fmt::format("{}: xgrad {:.12g}, oracle {:.12g}", what, xgrad, oracle));
    }

    Tensors<double> compare_values() {
        Tensors<double> values = evaluate_leaves(program_);
        evaluate_nodes(program_, values);
        for (std::size_t i = 0; i < program_.size(); ++i) {
            const JetArray& oracle = program_.value(i);
            if (values[i].shape() != oracle.shape) {
                fail(fmt::format("shape of x{}: xgrad {}, oracle {}", i, xgrad::to_string(values[i].shape()),
                                 xgrad::to_string(oracle.shape)));
                break;
            }
            for (std::size_t k = 0; k < oracle.data.size(); ++k)
                compare(fmt::format("x{}, element {}", i, k), values[i].value().data()[k],
                        number(oracle.data[k]));
        }
        return values;
    }

    Run differentiate() {
        Run run;
        run.values = evaluate_leaves(program_);
        Tensors<double> leaves = run.values;
        std::erase_if(leaves, [](const auto& leaf) { return !leaf.requires_grad(); });
        const Tape<double> tape;
        evaluate_nodes(program_, run.values);
        const Tensor<double> y = objective(program_, run.values);
        run.gradients = grad(y, leaves, {.retain_graph = true});
        const Tensors<double> recorded = grad(y, leaves, {.create_graph = true});
        run.along_u = u_.dot(recorded).item();
        const Tensor<double> along_v = v_.dot(recorded);
        run.along_v = along_v.item();
        run.along_both =
            along_v.requires_grad() ? u_.dot(grad(along_v, leaves, {.retain_graph = true})).item() : 0;
        check_backward(y, leaves, run.gradients);
        return run;
    }

    void check_backward(const Tensor<double>& y, const Tensors<double>& leaves,
                        const Tensors<double>& gradients) {
        for (const bool retain : {true, false}) {
            for (Tensor<double> leaf : leaves) leaf.zero_grad();
            y.backward({.retain_graph = retain});
            Tensors<double> accumulated;
            for (const Tensor<double>& leaf : leaves)
                accumulated.push_back(leaf.has_grad() ? leaf.grad() : zeros<double>(leaf.shape()));
            if (!same_bits(accumulated, gradients))
                fail(fmt::format("backward(), {} walk, and grad() give other bits",
                                 retain ? "first" : "second"));
        }
    }

    void compare_derivatives(const Run& run) {
        const Jet oracle = objective(program_);
        compare("gradient along u", u_.dot(run.gradients).item(), along_u(oracle));
        compare("gradient along v", v_.dot(run.gradients).item(), along_v(oracle));
        compare("recorded gradient along u", run.along_u, along_u(oracle));
        compare("recorded gradient along v", run.along_v, along_v(oracle));
        compare("second derivative along u and v", run.along_both, along_both(oracle));
    }

    const Program& program_;
    const Direction u_, v_;
    Comparison result_;
};

}  // namespace

Comparison compare(const Program& program) {
    try {
        return Comparer(program).run();
    } catch (const std::exception& error) {
        return {error.what()};
    }
}

}  // namespace xgrad::programs
