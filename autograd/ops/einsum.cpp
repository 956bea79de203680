#include <algorithm>
#include <cctype>
#include <map>
#include <string>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/record.hpp>

namespace xgrad {
namespace {

// A Tensor with a label for each axis.
template <class T>
struct Labelled {
    Tensor<T> x;
    std::string labels;
};

struct Equation {
    std::vector<std::string> operands;
    std::string result;
};

[[noreturn]] void fail_equation(std::string_view equation, const std::string& problem) {
    fail<ValueError>("einsum", fmt::format("in \"{}\" {}", equation, problem));
}

Equation parse(std::string_view equation) {
    Equation parsed{{""}, ""};
    std::map<char, int> counts;
    std::size_t i = 0;
    for (; i < equation.size() && equation[i] != '-'; ++i) {
        const char label = equation[i];
        if (label == ',') {
            parsed.operands.emplace_back();
        } else if (std::isalpha(static_cast<unsigned char>(label)) != 0) {
            parsed.operands.back() += label;
            ++counts[label];
        } else if (label != ' ') {
            fail_equation(equation, fmt::format("'{}' is no letter", label));
        }
    }
    if (i == equation.size()) {
        for (const auto& [label, count] : counts)
            if (count == 1) parsed.result += label;
        return parsed;
    }
    if (equation.substr(i, 2) != "->") fail_equation(equation, "'-' is not followed by '>'");
    for (const char label : equation.substr(i + 2)) {
        if (label == ' ') continue;
        if (!counts.contains(label))
            fail_equation(equation, fmt::format("no operand has the result's label '{}'", label));
        if (parsed.result.find(label) != std::string::npos)
            fail_equation(equation, fmt::format("the result has the label '{}' twice", label));
        parsed.result += label;
    }
    return parsed;
}

void check_extents(std::string_view equation, const Equation& parsed, const std::vector<Shape>& shapes) {
    if (shapes.size() != parsed.operands.size())
        fail_equation(equation, fmt::format("there are {} operands, but {} were given",
                                            parsed.operands.size(), shapes.size()));
    std::map<char, std::size_t> extents;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
        const std::string& labels = parsed.operands[i];
        if (labels.size() != shapes[i].size())
            fail<ShapeError>("einsum", fmt::format("operand {} has shape {}, but \"{}\" names {} axes", i,
                                                   to_string(shapes[i]), labels, labels.size()));
        for (std::size_t axis = 0; axis < labels.size(); ++axis) {
            const auto [found, is_new] = extents.emplace(labels[axis], shapes[i][axis]);
            if (found->second != shapes[i][axis])
                fail<ShapeError>("einsum", fmt::format("operand {}, shape {}: '{}' is {} here and {} before",
                                                       i, to_string(shapes[i]), labels[axis], shapes[i][axis],
                                                       found->second));
        }
    }
}

// The axes in the order of `labels`, which are all of a's.
template <class T>
Labelled<T> permuted(const Labelled<T>& a, const std::string& labels) {
    Axes order;
    for (const char label : labels) order.push_back(static_cast<std::ptrdiff_t>(a.labels.find(label)));
    return {std::is_sorted(order.begin(), order.end()) ? a.x : transpose(a.x, order), labels};
}

// Takes the diagonal of axes with the same label.
template <class T>
Labelled<T> without_repeats(const Labelled<T>& a) {
    for (std::size_t i = 0; i < a.labels.size(); ++i) {
        const std::size_t j = a.labels.find(a.labels[i], i + 1);
        if (j == std::string::npos) continue;
        std::string others = a.labels;
        others.erase(j, 1);
        others.erase(i, 1);
        Axes order;
        for (std::size_t axis = 0; axis < a.labels.size(); ++axis)
            if (axis != i && axis != j) order.push_back(static_cast<std::ptrdiff_t>(axis));
        order.insert(order.end(), {static_cast<std::ptrdiff_t>(i), static_cast<std::ptrdiff_t>(j)});
        // The diagonal of (..., n, n) is every n + 1-th element of (..., n n).
        const auto n = static_cast<std::ptrdiff_t>(a.x.shape()[i]);
        return without_repeats(Labelled<T>{slice(flatten(transpose(a.x, order), -2), -1, 0, n * n, n + 1),
                                           others + a.labels[i]});
    }
    return a;
}

// Sums over the labels that nothing needs any more.
template <class T>
Labelled<T> reduced(const Labelled<T>& a, const std::string& needed) {
    Axes gone;
    std::string labels;
    for (std::size_t axis = 0; axis < a.labels.size(); ++axis)
        if (needed.find(a.labels[axis]) == std::string::npos)
            gone.push_back(static_cast<std::ptrdiff_t>(axis));
        else
            labels += a.labels[axis];
    return gone.empty() ? a : Labelled<T>{sum(a.x, gone), labels};
}

// x with the axes that have these labels as one axis: (batch, rows, columns).
template <class T>
Tensor<T> as_matrices(const Labelled<T>& a, const std::string& batch, const std::string& rows,
                      const std::string& columns) {
    const Labelled<T> ordered = permuted(a, batch + rows + columns);
    const Shape& shape = ordered.x.shape();
    const auto size = [&](std::size_t first, std::size_t count) {
        std::size_t product = 1;
        for (std::size_t axis = first; axis < first + count; ++axis) product *= shape[axis];
        return product;
    };
    return reshape(ordered.x, Shape{size(0, batch.size()), size(batch.size(), rows.size()),
                                    size(batch.size() + rows.size(), columns.size())});
}

// The product of a and b, summed over the labels that both have and nothing needs: a product of matrices.
template <class T>
Labelled<T> contracted(const Labelled<T>& a, const Labelled<T>& b, const std::string& needed) {
    std::string batch, inner, only_a, only_b;
    Shape shape;
    const auto has = [](const std::string& labels, char label) {
        return labels.find(label) != std::string::npos;
    };
    for (const char label : a.labels)
        (!has(b.labels, label) ? only_a : has(needed, label) ? batch : inner) += label;
    for (const char label : b.labels)
        if (!has(a.labels, label)) only_b += label;
    for (const char label : batch + only_a) shape.push_back(a.x.shape()[a.labels.find(label)]);
    for (const char label : only_b) shape.push_back(b.x.shape()[b.labels.find(label)]);
    const Tensor<T> product =
        matmul(as_matrices(a, batch, only_a, inner), as_matrices(b, batch, inner, only_b));
    return {reshape(product, shape), batch + only_a + only_b};
}

}  // namespace

template <class T>
Tensor<T> einsum(std::string_view equation, const std::vector<Tensor<T>>& operands) {
    const Equation parsed = parse(equation);
    std::vector<Shape> shapes;
    shapes.reserve(operands.size());
    for (const Tensor<T>& x : operands) shapes.push_back(x.shape());
    check_extents(equation, parsed, shapes);
    const ComposedOp composed("einsum", operands[0]);
    Labelled<T> result;
    for (std::size_t i = 0; i < operands.size(); ++i) {
        std::string later = parsed.result;
        for (std::size_t j = i + 1; j < operands.size(); ++j) later += parsed.operands[j];
        Labelled<T> next = without_repeats(Labelled<T>{operands[i], parsed.operands[i]});
        next = reduced(next, i == 0 ? later : later + result.labels);
        result = i == 0 ? next : contracted(reduced(result, later + next.labels), next, later);
    }
    return permuted(result, parsed.result).x;
}
template Tensor<float> einsum(std::string_view, const std::vector<Tensor<float>>&);
template Tensor<double> einsum(std::string_view, const std::vector<Tensor<double>>&);

}  // namespace xgrad
