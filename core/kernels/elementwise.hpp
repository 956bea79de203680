#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// y[i] = op(x[i]). The enumerators are the lines of unary.def.
enum class Unary {
#define UNARY(name, value) name,
#include <xgrad/core/kernels/unary.def>
#undef UNARY
};

/// y[i] = op(a[i], b[i]). Comparisons give 1 or 0.
enum class Binary { add, subtract, multiply, divide, power, maximum, minimum, greater, greater_equal };

/// How a loop advances an operand: the same value for all elements, or the next one each time.
enum class Step : std::size_t { repeat = 0, next = 1 };

/// Applies `op` to n elements; y may be x.
template <class T>
void unary(Unary op, std::size_t n, const T* x, T* y);

/// Applies `op` to n pairs; y may be an operand whose step is `next`.
template <class T>
void binary(Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y);

/// y[i] = a[i] where condition[i] is not 0, else b[i]; a NaN is not 0. y may be an operand whose step is
/// `next`.
template <class T>
void select(std::size_t n, const T* condition, Step condition_step, const T* a, Step a_step, const T* b,
            Step b_step, T* y);

/// Sets every row of the (rows, n) matrix y to the row vector x.
template <class T>
void repeat_row(std::size_t rows, std::size_t n, const T* x, T* y);

/// Whether every element is finite.
template <class T>
bool all_finite(std::size_t n, const T* x);

}  // namespace xgrad::kernels
