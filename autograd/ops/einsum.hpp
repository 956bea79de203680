#pragma once

#include <string_view>
#include <vector>

#include <xgrad/autograd/tensor.hpp>

// What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// Sums of products, by the labels of the axes: einsum("ij,jk->ik", {a, b}) is a matrix product. Labels are
/// letters. What the result lacks is summed; a label that an operand has twice takes its diagonal. Without
/// an arrow the result has all labels that occur once, in alphabetical order. Operands are contracted from
/// left to right, as matrix products.
/// @throws ValueError  the equation has another form, or another number of operands.
/// @throws ShapeError  an operand has another number of axes, or a label has two extents.
template <class T>
Tensor<T> einsum(std::string_view equation, const std::vector<Tensor<T>>& operands);

}  // namespace xgrad
