#pragma once

#include <functional>
#include <type_traits>
#include <vector>

#include <xgrad/autograd/tensor.hpp>

// Derivatives of functions. Each opens a tape of its own on copies of the arguments and returns constants;
// the function may use other Tensors, as constants, unless another tape has recorded them.
namespace xgrad {

/// A function of Tensors. It must return a Tensor of the same shape whenever the arguments have the same
/// shapes.
template <class T = float>
using Function = std::function<Tensor<T>(const std::vector<Tensor<T>>&)>;

/// What `vjp` returns.
template <class T>
struct ValueAndGradients {
    Tensor<T> value;  ///< f(xs).
    std::vector<Tensor<T>> gradients;  ///< Of the shapes of the arguments.
};

/// The value of f, and the gradients of sum(v f(xs)): the product of v with the Jacobian.
/// @throws ShapeError  v has not the shape of the value.
template <class T>
ValueAndGradients<T> vjp(const std::type_identity_t<Function<T>>& f, const std::vector<Tensor<T>>& xs,
                         const Tensor<T>& v);

/// What `jvp` returns.
template <class T>
struct ValueAndDerivative {
    Tensor<T> value;  ///< f(xs).
    Tensor<T> derivative;  ///< Of the shape of the value.
};

/// The value of f, and its derivative along the directions: the product of the Jacobian with them. Costs two
/// backward passes (the second differentiates the first with respect to its seed).
/// @throws ShapeError  the directions have not the shapes of the arguments.
template <class T>
ValueAndDerivative<T> jvp(const std::type_identity_t<Function<T>>& f, const std::vector<Tensor<T>>& xs,
                          const std::vector<Tensor<T>>& directions);

/// The derivative of f's gradients along the directions, without the Hessian; f returns a scalar.
/// @throws ShapeError  the directions have not the shapes of the arguments, or f returns more than one
/// element.
template <class T>
std::vector<Tensor<T>> hessian_vector_product(const std::type_identity_t<Function<T>>& f,
                                              const std::vector<Tensor<T>>& xs,
                                              const std::vector<Tensor<T>>& directions);

/// For each argument the derivatives of each element of f(xs) with respect to each of its elements, in the
/// shape (shape of f(xs)..., shape of the argument...). Costs a backward pass for each element of f(xs).
template <class T>
std::vector<Tensor<T>> jacobian(const std::type_identity_t<Function<T>>& f, const std::vector<Tensor<T>>& xs);

/// The second derivatives of a scalar f: [i][j] has the shape (shape of xs[i]..., shape of xs[j]...). Costs a
/// backward pass for each element of the arguments.
/// @throws ShapeError  f returns more than one element.
template <class T>
std::vector<std::vector<Tensor<T>>> hessian(const std::type_identity_t<Function<T>>& f,
                                            const std::vector<Tensor<T>>& xs);

}  // namespace xgrad
