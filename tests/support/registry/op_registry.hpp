#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <xgrad/autograd/ops.hpp>
#include "support/registry/invalid.hpp"

// Every op of autograd/ops.hpp with sample calls, what they must give, and calls that must fail. The tests of
// tests/autograd run over it: gradients of both orders, float against double, values against a naive formula,
// messages, and mutants of every gradient. An op without an entry fails `autograd/ops/registry`.
namespace xgrad::registry {

template <class T>
using Tensors = std::vector<Tensor<T>>;

/// A position in an array, outermost axis first.
using Index = std::vector<std::size_t>;

/// One element of a result by its definition: plain loops and <cmath>, nothing of xgrad's kernels.
using Reference = std::function<double(const Index& at, const Tensors<double>& in)>;

/// One call of an op.
struct Sample {
    std::string label;
    Tensors<double>
        inputs;  ///< All are differentiable, at least a step of finite differences away from kinks and poles.
    std::function<Tensor<double>(const Tensors<double>&)> call;
    std::function<Tensor<float>(const Tensors<float>&)> call_float;
    Shape shape;  ///< Of the result.
    Reference reference;
};

/// `call` is generic: `[](const auto& in) { return in[0] + in[1]; }`.
template <class F>
Sample sample(std::string label, Tensors<double> inputs, F call, Shape shape, Reference reference) {
    return {std::move(label), std::move(inputs), call, call, std::move(shape), std::move(reference)};
}

struct Op {
    std::string declaration;  ///< The name and the types of the parameters: `pow(Tensor, double)`.
    std::vector<Sample> samples;
    std::vector<Invalid> invalid;
};

/// The registry, one function for each family (tests/support/registry/ops_<family>.cpp).
const std::vector<Op>& all_ops();
std::vector<Op> arithmetic_ops();
std::vector<Op> elementwise_ops();
std::vector<Op> reduction_ops();
std::vector<Op> shape_ops();
std::vector<Op> linear_algebra_ops();
std::vector<Op> normalization_ops();
std::vector<Op> loss_ops();

// ---- inputs, the same in each run -------------------------------------------------------------------------

/// Uniform in [low, high).
Tensor<double> between(double low, double high, const Shape& shape);
/// In (-2, 2), at least 0.2 away from 0.
Tensor<double> nonzero(const Shape& shape);
/// Within 2 of 0, any two elements at least 0.1 apart.
Tensor<double> distinct(const Shape& shape);

/// (), one element, rows, columns, none, and more axes.
const std::vector<Shape>& shapes();
/// Every pair of shapes from such a list that broadcasts.
const std::vector<std::pair<Shape, Shape>>& broadcast_pairs();

/// A constant in the scalar type of x.
template <class T>
Tensor<T> like(const Tensor<T>&, const Array<double>& values) {
    Array<T> converted(values.shape());
    for (std::size_t i = 0; i < values.size(); ++i) converted.data()[i] = static_cast<T>(values.data()[i]);
    return Tensor<T>(std::move(converted));
}

// ---- for references ---------------------------------------------------------------------------------------

/// The element of x at `at`, where x is broadcast: aligned at the last axis, and position 0 along axes of
/// extent 1.
double element(const Tensor<double>& x, const Index& at);
/// The position of the element with that number, counted row by row; and back.
Index unflatten(const Shape& shape, std::size_t number);
std::size_t flatten(const Shape& shape, const Index& at);
/// The shape that a and b broadcast to, by NumPy's rule. Throws where they do not.
Shape naive_broadcast(const Shape& a, const Shape& b);

}  // namespace xgrad::registry
