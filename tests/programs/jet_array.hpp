#pragma once

#include <vector>

#include "support/registry/op_registry.hpp"

// The oracle's arrays, and the ops on them by definition: plain loops over elements.
namespace xgrad::programs {

using dual::Jet;
using registry::Index;

struct JetArray {
    Shape shape;
    std::vector<Jet> data;

    /// The element at `at` of the broadcast array.
    const Jet& at(const Index& at) const;
};

/// An array of the given shape whose element at `at` is `element(at)`.
template <class F>
JetArray generate(const Shape& shape, F element) {
    JetArray y{shape, {}};
    for (std::size_t i = 0, size = size_of(shape); i < size; ++i)
        y.data.push_back(element(registry::unflatten(shape, i)));
    return y;
}

/// f applied elementwise to the broadcast arrays.
template <class F, class... A>
JetArray elementwise(F f, const A&... arrays) {
    Shape shape;
    ((shape = registry::naive_broadcast(shape, arrays.shape)), ...);
    return generate(shape, [&](const Index& at) { return f(arrays.at(at)...); });
}

/// For each position of the reduced array, the elements of x that are reduced to it.
struct Groups {
    Shape shape;
    std::vector<std::vector<Jet>> groups;
};
/// `axes` are counted from the first axis.
Groups group(const JetArray& x, const Axes& axes, KeepDims keepdims);

// Formulas of the elements that are reduced to one.
Jet sum(const std::vector<Jet>& x);
Jet mean(const std::vector<Jet>& x);
Jet variance(const std::vector<Jet>& x, std::size_t correction);
Jet amax(const std::vector<Jet>& x);
Jet amin(const std::vector<Jet>& x);
Jet logsumexp(const std::vector<Jet>& x);

// The ops of the same names in autograd/ops/.
JetArray transpose(const JetArray& x, const Axes& order);
JetArray sum_to(const JetArray& x, const Shape& shape);
JetArray concatenate(const std::vector<JetArray>& xs, std::size_t axis);
JetArray slice(const JetArray& x, std::size_t axis, std::size_t begin, std::size_t end);
JetArray matmul(const JetArray& a, const JetArray& b);
JetArray batch_norm(const JetArray& x, const JetArray& gamma, const JetArray& beta, double epsilon);
JetArray log_softmax(const JetArray& x);
JetArray cross_entropy(const JetArray& logits, const Indices& labels);

}  // namespace xgrad::programs
