#pragma once

#include <numbers>

#include <xgrad/autograd/ops.hpp>

// The language of core/kernels/formulas.def for Tensors. A function that compiles formulas has
// `using namespace formulas`.
namespace xgrad::formulas {

inline constexpr double zero = 0, one = 1;
constexpr double real(double number) { return number; }

namespace fn {

using xgrad::abs, xgrad::clamp, xgrad::cos, xgrad::erf, xgrad::exp, xgrad::expm1, xgrad::greater,
    xgrad::greater_equal, xgrad::less, xgrad::less_equal, xgrad::log, xgrad::log1p, xgrad::sigmoid,
    xgrad::sign, xgrad::sin, xgrad::sqrt, xgrad::square, xgrad::tanh, xgrad::where;

template <class A, class B>
auto divide(const A& a, const B& b) {
    return a / b;
}
template <class T>
Tensor<T> negative(const Tensor<T>& x) {
    return -x;
}

}  // namespace fn
}  // namespace xgrad::formulas
