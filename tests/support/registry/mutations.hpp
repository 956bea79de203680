#pragma once

#include <string>
#include <vector>

#include "support/registry/op_registry.hpp"

// How tests break the gradients of an op.
namespace xgrad::registry {

/// What a mutant does to the gradient dy that reaches it, and to the one that it passes on.
struct Mutation {
    std::string name;
    void (*change_dy)(Array<double>&);
    void (*change_gradient)(Array<double>&);
};

void keep(Array<double>&);

const std::vector<Mutation>& mutations();
/// The names of those that show on almost any gradient: a sample of each op must.
const std::vector<std::string>& essential_mutations();

/// x, changed.
Tensor<double> changed(const Tensor<double>& x, void (*change)(Array<double>&));
/// Whether two gradients differ by more than what rounding makes of them.
bool differ(const Tensor<double>& gradient, const Tensor<double>& mutated);
/// A gradient none of whose elements are equal to their neighbours'.
Tensor<double> uneven(const Shape& shape);

/// The gradient of sum(dy * call(inputs)) with respect to one input, on a tape of its own.
Tensor<double> vector_jacobian(const Sample& sample, const Tensors<double>& inputs, std::size_t input,
                               const Tensor<double>& dy);

}  // namespace xgrad::registry
