#pragma once

#include <string>
#include <vector>

#include "support/registry/op_registry.hpp"

// Mutations with which tests break the gradients of an op.
namespace xgrad::registry {

/// How a mutant changes the gradient dy that reaches it, and the gradient that it passes on.
struct Mutation {
    std::string name;
    void (*change_dy)(Array<double>&);
    void (*change_gradient)(Array<double>&);
};

void keep(Array<double>&);

const std::vector<Mutation>& mutations();
/// The names of the mutations that are visible on almost any gradient; the samples of each op must detect
/// them.
const std::vector<std::string>& essential_mutations();

/// A changed copy of x.
Tensor<double> changed(const Tensor<double>& x, void (*change)(Array<double>&));
/// Whether two gradients differ by more than rounding errors.
bool differ(const Tensor<double>& gradient, const Tensor<double>& mutated);
/// A gradient in which adjacent elements differ.
Tensor<double> uneven(const Shape& shape);

/// The gradient of sum(dy * call(inputs)) with respect to one input, on a tape of its own.
Tensor<double> vector_jacobian(const Sample& sample, const Tensors<double>& inputs, std::size_t input,
                               const Tensor<double>& dy);

}  // namespace xgrad::registry
