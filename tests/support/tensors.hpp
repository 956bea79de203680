#pragma once

#include <doctest/doctest.h>

#include <xgrad/autograd/ops.hpp>
#include "support/arrays.hpp"

// Helpers for the tests of the autograd engine.
namespace xgrad::test {

/// A leaf that requires a gradient.
template <class T = double>
Tensor<T> leaf(Array<T> value) {
    return Tensor<T>(std::move(value), RequiresGrad::yes);
}
inline Tensor<double> leaf(double value) { return leaf(Array<double>(Shape{}, value)); }

/// A constant.
template <class T = double>
Tensor<T> constant(Array<T> value) {
    return Tensor<T>(std::move(value));
}

template <class T>
std::vector<T> values(const Tensor<T>& x) {
    return elements(x.value());
}

using Values = std::vector<double>;

}  // namespace xgrad::test
