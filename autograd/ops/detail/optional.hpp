#pragma once

#include <array>

#include <xgrad/autograd/tensor.hpp>

// Inputs that may be undefined.
namespace xgrad::detail {

// The elements of x; null if it is undefined.
template <class T>
const T* data_of(const Tensor<T>& x) {
    return x.defined() ? x.value().data() : nullptr;
}

// As an input of a recorded op.
template <class T>
const Tensor<T>* if_defined(const Tensor<T>& x) {
    return x.defined() ? &x : nullptr;
}

// Of a normalized input and of what scales and shifts it.
template <class T>
using Gradients = std::array<Tensor<T>, 3>;

}  // namespace xgrad::detail
