#pragma once

#include <cstddef>

namespace xgrad::kernels {

/// y[i] = op(x[i]). The enumerators are the lines of formulas.def.
enum class Unary {
#define UNARY(name, saved, value, gradient) name,
#define UNARY_KERNEL UNARY
#include <xgrad/core/kernels/formulas.def>
};

/// The losses of a prediction and a target. The enumerators are the lines of formulas.def.
enum class Loss {
#define LOSS(name, value, gradient, target_slope) name,
#include <xgrad/core/kernels/formulas.def>
};

/// The parameters of an elementwise function; most have none.
struct Parameters {
    double a = 0;  ///< The first: a slope, a bound.
    double b = 0;  ///< The second.
};

/// y[i] = op(a[i], b[i]). Comparisons give 1 or 0.
enum class Binary {
    add,
    subtract,
    multiply,
    divide,
    power,
    maximum,
    minimum,
    greater,
    greater_equal,
    less,
    less_equal,
    equal
};

/// How a loop advances an operand: the same value for all elements, or the next one each time.
enum class Step : std::size_t { repeat = 0, next = 1 };

/// Applies `op` to n elements; y may be x.
template <class T>
void unary(Unary op, std::size_t n, const T* x, T* y, const Parameters& parameters = {});

/// The gradient dx of `op` from that of its result, dy, and what it saved (formulas.def). dx may be dy or
/// saved.
template <class T>
void unary_gradient(Unary op, std::size_t n, const T* dy, const T* saved, T* dx,
                    const Parameters& parameters = {});

/// Applies `op` to n pairs; y may be an operand whose step is `next`.
template <class T>
void binary(Binary op, std::size_t n, const T* a, Step a_step, const T* b, Step b_step, T* y);

/// y[i] = the loss of prediction[i] and target[i].
template <class T>
void loss(Loss op, std::size_t n, const T* prediction, const T* target, T* y,
          const Parameters& parameters = {});

/// The sum of all losses, accumulated in double.
template <class T>
double loss_sum(Loss op, std::size_t n, const T* prediction, const T* target,
                const Parameters& parameters = {});

/// The gradients of the losses with respect to the prediction and the target, from that of their results, dy.
/// Either may be null (not needed).
template <class T>
void loss_gradients(Loss op, std::size_t n, const T* dy, Step dy_step, const T* prediction, const T* target,
                    T* prediction_gradient, T* target_gradient, const Parameters& parameters = {});

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
