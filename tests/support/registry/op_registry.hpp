#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include "support/registry/dual.hpp"
#include "support/registry/invalid.hpp"

// Every op of autograd/ops/ with sample calls, their expected results, and calls that must fail. The tests
// in tests/autograd iterate over it: gradients of first and second order, float against double, values
// against a naive formula, error messages, and mutants of every gradient. An op without an entry fails
// `autograd/ops/registry`.
namespace xgrad::registry {

template <class T>
using Tensors = std::vector<Tensor<T>>;

/// A position in an array, outermost axis first.
using Index = std::vector<std::size_t>;

/// One element of a result, by definition: plain loops and <cmath>, without xgrad's kernels.
using Reference = std::function<double(const Index& at, const Tensors<double>& in)>;

/// One call of an op.
struct Sample {
    std::string label;
    /// All are differentiable and at least one finite-difference step away from kinks and poles.
    Tensors<double> inputs;
    std::function<Tensor<double>(const Tensors<double>&)> call;
    std::function<Tensor<float>(const Tensors<float>&)> call_float;
    Shape shape;  ///< The shape of the result.
    Reference reference;
};

/// Makes an input.
using Generator = Tensor<double> (*)(const Shape&);

/// The domain on which an elementwise op of one Tensor is tested.
struct Domain {
    Generator sample;
    bool (*has)(double);  ///< Whether a random program may apply the op at this value.
};

/// `call` is generic: `[](const auto& in) { return in[0] + in[1]; }`.
template <class F>
Sample sample(std::string label, Tensors<double> inputs, F call, Shape shape, Reference reference) {
    return {std::move(label), std::move(inputs), call, call, std::move(shape), std::move(reference)};
}

/// Adds samples.
inline void append(std::vector<Sample>& samples, const std::vector<Sample>& more) {
    samples.insert(samples.end(), more.begin(), more.end());
}

struct Op {
    std::string declaration;  ///< The name and the types of the parameters: `pow(Tensor, double)`.
    std::vector<Sample> samples;
    std::vector<Invalid> invalid;
    /// Calls with sizes that kernels split between threads or process with other loops. Created on demand.
    std::function<std::vector<Sample>()> large = [] { return std::vector<Sample>(); };
    /// For an elementwise op of one Tensor: its formula on dual numbers and its domain, for random programs.
    std::function<dual::Jet(const dual::Jet&)> formula = {};
    Domain domain = {};
    bool returns_indices = false;  ///< Nothing could be recorded, so Tensors of any tape are accepted.
};

/// The name of the op in errors: `operator-(Tensor)` is neg.
std::string name_in_errors(const Op& op);

/// The registry, one function for each family (tests/support/registry/ops_<family>.cpp).
const std::vector<Op>& all_ops();
/// Those through which gradients flow.
const std::vector<Op>& differentiable_ops();
/// The others, whose results are constants: comparisons, positions.
const std::vector<Op>& constant_ops();
std::vector<Op> arithmetic_ops();
std::vector<Op> elementwise_ops();
std::vector<Op> comparison_ops();
std::vector<Op> reduction_ops();
std::vector<Op> shape_ops();
std::vector<Op> slicing_ops();
std::vector<Op> indexing_ops();
std::vector<Op> position_ops();
std::vector<Op> linear_algebra_ops();
std::vector<Op> convolution_ops();
std::vector<Op> pooling_ops();
std::vector<Op> normalization_ops();
std::vector<Op> layer_norm_ops();
std::vector<Op> loss_ops();
std::vector<Op> cross_entropy_ops();

// ---- inputs, the same in each run -------------------------------------------------------------------------

/// Values uniform in [low, high).
Tensor<double> between(double low, double high, const Shape& shape);
/// Values in (-2, 2), at least 0.2 away from 0.
Tensor<double> nonzero(const Shape& shape);
/// Values of magnitude at most 2, any two of them at least 0.1 apart.
Tensor<double> distinct(const Shape& shape);

/// Shapes: (), one element, rows, columns, no elements, and more axes.
const std::vector<Shape>& shapes();
/// Large enough that elementwise kernels are split between three threads (of 2^15 elements each), with odd
/// extents.
inline const Shape large_shape{317, 331};
/// Every pair of shapes, from a similar list, that broadcasts.
const std::vector<std::pair<Shape, Shape>>& broadcast_pairs();

/// A constant in the scalar type of x.
template <class T>
Tensor<T> like(const Tensor<T>&, const Array<double>& values) {
    Array<T> converted(values.shape());
    for (std::size_t i = 0; i < values.size(); ++i) converted.data()[i] = static_cast<T>(values.data()[i]);
    return Tensor<T>(std::move(converted));
}

/// The indices as numbers.
template <class T>
Tensor<T> as_numbers(const Indices& indices) {
    Array<T> values(indices.shape());
    std::copy(indices.begin(), indices.end(), values.data());
    return Tensor<T>(std::move(values));
}

// ---- for tests that run over the registry -----------------------------------------------------------------

/// Calls `check(op, sample)` for all samples of `ops`.
template <class F>
void for_each_sample(const std::vector<Op>& ops, F check) {
    for (const Op& op : ops)
        for (const Sample& sample : op.samples) {
            CAPTURE(op.declaration);
            CAPTURE(sample.label);
            check(op, sample);
        }
}

/// The sample's op, in either scalar type.
template <class T>
const auto& call_of(const Sample& sample) {
    if constexpr (std::is_same_v<T, float>)
        return sample.call_float;
    else
        return sample.call;
}

/// New leaves with the values of `inputs`, rounded to T.
template <class T>
Tensors<T> leaves(const Tensors<double>& inputs) {
    Tensors<T> result;
    for (const auto& x : inputs) result.emplace_back(like(Tensor<T>(), x.value()).value(), RequiresGrad::yes);
    return result;
}

/// sum(weights * y) with a different weight for each element.
template <class T>
Tensor<T> weighted_sum(const Tensor<T>& y) {
    Array<T> weights(y.shape());
    for (std::size_t i = 0; i < weights.size(); ++i)
        weights.data()[i] = static_cast<T>(1.5 + std::sin(static_cast<double>(i)));
    return sum(y * Tensor<T>(std::move(weights)));
}

// ---- for references ---------------------------------------------------------------------------------------

/// The element at `at` of x broadcast: axes are aligned at the last one, and axes of extent 1 use position 0.
double element(const Tensor<double>& x, const Index& at);
/// Converts the row-major number of an element to its position, and back.
Index unflatten(const Shape& shape, std::size_t number);
std::size_t flatten(const Shape& shape, const Index& at);
/// The shape that a and b broadcast to, by NumPy's rule. Throws if they do not.
Shape naive_broadcast(const Shape& a, const Shape& b);

}  // namespace xgrad::registry
