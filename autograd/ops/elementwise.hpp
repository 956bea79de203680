#pragma once

#include <xgrad/autograd/tensor.hpp>

// Elementwise ops. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// a + b, broadcast. @throws ShapeError  the shapes do not broadcast (as for every op of two Tensors below).
template <class T>
Tensor<T> operator+(const Tensor<T>& a, const Tensor<T>& b);
/// x + c, for every element; c is converted to T once (as for every scalar operand below).
template <class T>
Tensor<T> operator+(const Tensor<T>& x, double c);
/// c + x, for every element.
template <class T>
Tensor<T> operator+(double c, const Tensor<T>& x);

/// a - b, broadcast.
template <class T>
Tensor<T> operator-(const Tensor<T>& a, const Tensor<T>& b);
/// x - c, for every element.
template <class T>
Tensor<T> operator-(const Tensor<T>& x, double c);
/// c - x, for every element.
template <class T>
Tensor<T> operator-(double c, const Tensor<T>& x);

/// a b, element by element, broadcast. For the matrix product see `matmul`.
template <class T>
Tensor<T> operator*(const Tensor<T>& a, const Tensor<T>& b);
/// x c, for every element.
template <class T>
Tensor<T> operator*(const Tensor<T>& x, double c);
/// c x, for every element.
template <class T>
Tensor<T> operator*(double c, const Tensor<T>& x);

/// a / b, broadcast.
template <class T>
Tensor<T> operator/(const Tensor<T>& a, const Tensor<T>& b);
/// x / c, for every element.
template <class T>
Tensor<T> operator/(const Tensor<T>& x, double c);
/// c / x, for every element.
template <class T>
Tensor<T> operator/(double c, const Tensor<T>& x);

/// -x.
template <class T>
Tensor<T> operator-(const Tensor<T>& x);

/// |x|. Subgradient at 0, and at a NaN: 0.
template <class T>
Tensor<T> abs(const Tensor<T>& x);

/// 1, 0 or -1, the sign of x; 0 for a NaN. A constant, through which no gradient flows.
template <class T>
Tensor<T> sign(const Tensor<T>& x);

/// x^2.
template <class T>
Tensor<T> square(const Tensor<T>& x);

/// The square root: NaN below 0; its derivative at 0 is infinite.
template <class T>
Tensor<T> sqrt(const Tensor<T>& x);

/// 1 / sqrt(x).
template <class T>
Tensor<T> rsqrt(const Tensor<T>& x);

/// 1 / x.
template <class T>
Tensor<T> reciprocal(const Tensor<T>& x);

/// e^x.
template <class T>
Tensor<T> exp(const Tensor<T>& x);

/// e^x - 1, accurate near 0.
template <class T>
Tensor<T> expm1(const Tensor<T>& x);

/// The natural logarithm: -inf at 0, NaN below.
template <class T>
Tensor<T> log(const Tensor<T>& x);

/// log(1 + x), accurate near 0.
template <class T>
Tensor<T> log1p(const Tensor<T>& x);

/// The sine of x radians.
template <class T>
Tensor<T> sin(const Tensor<T>& x);

/// The cosine of x radians.
template <class T>
Tensor<T> cos(const Tensor<T>& x);

/// The error function, 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
template <class T>
Tensor<T> erf(const Tensor<T>& x);

/// x^p for a fixed exponent. The derivative of x^0 is 0 everywhere, including x = 0.
template <class T>
Tensor<T> pow(const Tensor<T>& x, double p);

/// a^b, broadcast. The derivative with respect to a is b a^(b-1), or 0 where a and b are both 0. The
/// derivative with respect to b is a^b log a, or 0 where a is 0.
template <class T>
Tensor<T> pow(const Tensor<T>& a, const Tensor<T>& b);

/// The hyperbolic tangent.
template <class T>
Tensor<T> tanh(const Tensor<T>& x);

/// 1 / (1 + e^-x), without overflow on either side.
template <class T>
Tensor<T> sigmoid(const Tensor<T>& x);

/// max(x, 0). Subgradient at 0: 0. A NaN stays a NaN, with the derivative 1.
template <class T>
Tensor<T> relu(const Tensor<T>& x);

/// x where it is positive, else slope x. Subgradient at 0: `slope`.
template <class T>
Tensor<T> leaky_relu(const Tensor<T>& x, double slope = 0.01);

/// x where it is positive, else alpha (e^x - 1) (Clevert et al. 2015, arXiv:1511.07289). Derivative at 0:
/// `alpha`.
template <class T>
Tensor<T> elu(const Tensor<T>& x, double alpha = 1);

/// log(1 + e^(beta x)) / beta, a smooth `relu`; x itself where beta x > threshold.
/// @throws ValueError  beta is not positive, or not finite.
template <class T>
Tensor<T> softplus(const Tensor<T>& x, double beta = 1, double threshold = 20);

/// x sigmoid(x), also known as swish.
template <class T>
Tensor<T> silu(const Tensor<T>& x);

/// Whether `gelu` is exact.
enum class Approximate { none, tanh };

/// x Phi(x), where Phi is the distribution function of the standard normal distribution, or its approximation
/// x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2 (Hendrycks and Gimpel 2016, arXiv:1606.08415).
template <class T>
Tensor<T> gelu(const Tensor<T>& x, Approximate approximate = Approximate::none);

/// Each element is 0 with probability p, else x / (1 - p), so that the expectation is x (Srivastava et al.
/// 2014; "inverted"). Draws a number for each element, in row-major order, unless p is 0.
/// @throws ValueError  p is outside [0, 1].
template <class T>
Tensor<T> dropout(const Tensor<T>& x, double p, Rng& rng);

/// The larger of a and b, broadcast. Where they are equal, each receives half of the gradient. A NaN on
/// either side gives a NaN, and then each receives all of the gradient.
template <class T>
Tensor<T> maximum(const Tensor<T>& a, const Tensor<T>& b);

/// The smaller of a and b, broadcast. Where they are equal, each receives half of the gradient. A NaN on
/// either side gives a NaN, and then each receives all of the gradient.
template <class T>
Tensor<T> minimum(const Tensor<T>& a, const Tensor<T>& b);

/// x limited to [low, high]. Subgradient at either bound: 1 (the bounds belong to the interval, as in
/// PyTorch). A NaN stays a NaN, with the derivative 0.
/// @throws ValueError  low > high, or a bound is NaN.
template <class T>
Tensor<T> clamp(const Tensor<T>& x, double low, double high);

/// a where `condition` is not 0, else b; all three broadcast. No gradient flows to `condition`.
template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, const Tensor<T>& b);
/// The same with a number.
template <class T>
Tensor<T> where(const Tensor<T>& condition, const Tensor<T>& a, double b);
/// The same with a number.
template <class T>
Tensor<T> where(const Tensor<T>& condition, double a, const Tensor<T>& b);

/// 1 where a > b, else 0; a constant, through which no gradient flows (as for the comparisons below).
/// Broadcast; false where either is a NaN.
template <class T>
Tensor<T> greater(const Tensor<T>& a, const Tensor<T>& b);
/// 1 where x > c, else 0.
template <class T>
Tensor<T> greater(const Tensor<T>& x, double c);
/// 1 where a >= b, else 0.
template <class T>
Tensor<T> greater_equal(const Tensor<T>& a, const Tensor<T>& b);
/// 1 where x >= c, else 0.
template <class T>
Tensor<T> greater_equal(const Tensor<T>& x, double c);
/// 1 where a < b, else 0.
template <class T>
Tensor<T> less(const Tensor<T>& a, const Tensor<T>& b);
/// 1 where x < c, else 0.
template <class T>
Tensor<T> less(const Tensor<T>& x, double c);
/// 1 where a <= b, else 0.
template <class T>
Tensor<T> less_equal(const Tensor<T>& a, const Tensor<T>& b);
/// 1 where x <= c, else 0.
template <class T>
Tensor<T> less_equal(const Tensor<T>& x, double c);
/// 1 where a and b are equal, else 0.
template <class T>
Tensor<T> equal(const Tensor<T>& a, const Tensor<T>& b);
/// 1 where x is c, else 0.
template <class T>
Tensor<T> equal(const Tensor<T>& x, double c);

}  // namespace xgrad
