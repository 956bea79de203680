#pragma once

#include <cstdint>
#include <vector>

#include <xgrad/autograd/tape.hpp>
#include <xgrad/core/kernels/gemm.hpp>

// All ops. Every op takes and returns Tensors of one scalar type, also works outside a tape, and can be
// differentiated twice. Error messages name the op. "Broadcast" means NumPy's rule: shapes are aligned at the
// last axis, and an extent of 1 stretches. An operand that does not reach an element of the result has no
// gradient there, even if the result's gradient is infinite or NaN. At zeros, infinities, NaN and the ends of
// the range, values and gradients are PyTorch's, but for what docs/numerics.md lists.
namespace xgrad {

// ---- elementwise ------------------------------------------------------------------------------------------

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

// ---- reductions -------------------------------------------------------------------------------------------

/// The sum over `axes`, accumulated in double. Negative axes count from the last; an empty list reduces
/// nothing.
/// @throws ShapeError  an axis is out of range or given twice (as for every reduction below).
template <class T>
Tensor<T> sum(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The sum of all elements, shape ().
template <class T>
Tensor<T> sum(const Tensor<T>& x);

/// The mean over `axes`, accumulated in double.
/// @throws ShapeError  there are no elements to average (as for `variance`, `amax` and `amin`).
template <class T>
Tensor<T> mean(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The mean of all elements, shape ().
template <class T>
Tensor<T> mean(const Tensor<T>& x);

/// The variance over `axes`: the sum of squared deviations from the mean, divided by (count - correction).
/// Computed in two passes, accumulated in double. `correction` 0 gives the biased variance (NumPy's default),
/// 1 the unbiased one (PyTorch's default).
/// @throws ShapeError  count <= correction.
template <class T>
Tensor<T> variance(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no,
                   std::size_t correction = 0);
/// The biased variance of all elements, shape ().
template <class T>
Tensor<T> variance(const Tensor<T>& x);

/// The maximum over `axes`. Elements that share the maximum share the gradient equally. A NaN gives a NaN.
template <class T>
Tensor<T> amax(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The maximum of all elements, shape ().
template <class T>
Tensor<T> amax(const Tensor<T>& x);

/// The minimum over `axes`. Elements that share the minimum share the gradient equally. A NaN gives a NaN.
template <class T>
Tensor<T> amin(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// The minimum of all elements, shape ().
template <class T>
Tensor<T> amin(const Tensor<T>& x);

/// log(sum(exp(x))) over `axes`, without overflow; -inf, with a gradient of 0, for no elements or where all
/// are -inf.
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x, const Axes& axes, KeepDims keepdims = KeepDims::no);
/// log(sum(exp(x))) over all elements, shape ().
template <class T>
Tensor<T> logsumexp(const Tensor<T>& x);

// ---- shape ------------------------------------------------------------------------------------------------

/// The same elements in another shape. @throws ShapeError  the number of elements differs.
template <class T>
Tensor<T> reshape(const Tensor<T>& x, const Shape& shape);

/// The axes in another order: result.shape[i] = x.shape[order[i]].
/// @throws ShapeError  `order` is not a permutation of the axes.
template <class T>
Tensor<T> transpose(const Tensor<T>& x, const Axes& order);
/// The axes in reverse order; transposes a matrix.
template <class T>
Tensor<T> transpose(const Tensor<T>& x);

/// x repeated along its axes of extent 1 and along new leading axes.
/// @throws ShapeError  x does not broadcast to `shape`.
template <class T>
Tensor<T> broadcast_to(const Tensor<T>& x, const Shape& shape);

/// x summed over the axes along which `shape` broadcasts to x's shape: the adjoint of `broadcast_to`.
/// @throws ShapeError  `shape` does not broadcast to x's shape.
template <class T>
Tensor<T> sum_to(const Tensor<T>& x, const Shape& shape);

/// The Tensors joined along `axis`. @throws ShapeError  the list is empty, or shapes differ along another
/// axis.
template <class T>
Tensor<T> concatenate(const std::vector<Tensor<T>>& xs, std::ptrdiff_t axis = 0);

/// Elements [begin, end) along `axis`; negative positions count from the end.
/// @throws ShapeError  not 0 <= begin <= end <= extent.
template <class T>
Tensor<T> slice(const Tensor<T>& x, std::ptrdiff_t axis, std::ptrdiff_t begin, std::ptrdiff_t end);

// ---- linear algebra ---------------------------------------------------------------------------------------

/// The matrix product op(a) op(b), where op is the transpose (made without a copy) or the identity.
/// @param a  (m, k), or (k, m) transposed.  @param b  (k, n), or (n, k) transposed.  @returns  (m, n).
/// @throws ShapeError  an operand is not 2-D, or the inner extents differ.
template <class T>
Tensor<T> matmul(const Tensor<T>& a, const Tensor<T>& b, Transpose transpose_a = Transpose::no,
                 Transpose transpose_b = Transpose::no);

/// x weight^T + bias: an affine layer.
/// @param x  (batch, in).  @param weight  (out, in).  @param bias  (out), or undefined for none.
/// @returns  (batch, out).
/// @throws ShapeError  any other shape.
template <class T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias = {});

// ---- normalization ----------------------------------------------------------------------------------------

/// The statistics that `batch_norm` computed from its batch.
template <class T>
struct BatchStatistics {
    Array<T> mean;  ///< (features)
    Array<T> variance;  ///< (features), biased: divided by the batch size
};

/// Normalizes each feature over the batch: gamma (x - mean) / sqrt(variance + epsilon) + beta, with the
/// batch's mean and biased variance (Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1).
/// @param x  (batch, features), batch >= 1.  @param gamma, beta  (features), or both undefined for 1 and 0.
/// @param statistics  receives the batch's mean and variance, if not null.
/// @throws ShapeError  other shapes, or an empty batch.
/// @throws ValueError  epsilon is not finite and positive, or only one of gamma and beta is given.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, double epsilon = 1e-5,
                     BatchStatistics<T>* statistics = nullptr);

/// Normalizes each feature with a given mean and variance: gamma (x - mean) / sqrt(variance + epsilon) +
/// beta. Gradients flow to all five Tensors.
/// @param x  (batch, features).  @param gamma, beta  (features), or both undefined for 1 and 0.
/// @param mean, variance  (features).
/// @throws ShapeError  other shapes.  @throws ValueError  as for the form above.
template <class T>
Tensor<T> batch_norm(const Tensor<T>& x, const Tensor<T>& gamma, const Tensor<T>& beta, const Tensor<T>& mean,
                     const Tensor<T>& variance, double epsilon = 1e-5);

// ---- loss -------------------------------------------------------------------------------------------------

/// Class indices of a batch.
using Labels = std::vector<std::int32_t>;

/// e^x / sum(e^x) along the last axis; the maximum is subtracted first. @throws ShapeError  x is a scalar.
template <class T>
Tensor<T> softmax(const Tensor<T>& x);

/// log(softmax(x)) along the last axis, accurate where the softmax underflows. @throws ShapeError  x is a
/// scalar.
template <class T>
Tensor<T> log_softmax(const Tensor<T>& x);

/// Mean softmax cross-entropy over a batch, in nats.
///
/// @param logits  (batch, classes), unnormalized; the row maximum is subtracted, so large values are safe.
/// @param labels  batch class indices in [0, classes).
/// @returns       scalar, shape (); its gradient with respect to logits is (softmax - one_hot) / batch.
/// @throws ShapeError  logits are not 2-D, the batch is empty, or labels.size() != batch.
/// @throws ValueError  a label is outside [0, classes); the message names its index and value.
template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Labels& labels);

/// What a loss returns: the mean of its elements, their sum, or each of them.
enum class Reduction { mean, sum, none };

/// (prediction - target)^2.
/// @throws ShapeError  the shapes differ, or there are no elements to average (as for the losses below).
template <class T>
Tensor<T> mse_loss(const Tensor<T>& prediction, const Tensor<T>& target,
                   Reduction reduction = Reduction::mean);

/// |prediction - target|. Subgradient at 0: 0.
template <class T>
Tensor<T> l1_loss(const Tensor<T>& prediction, const Tensor<T>& target,
                  Reduction reduction = Reduction::mean);

/// The difference d of prediction and target as d^2 / (2 beta) where |d| < beta, else as |d| - beta / 2
/// (Girshick 2015, arXiv:1504.08083). With beta = 0 it is `l1_loss`.
/// @throws ValueError  beta is negative or NaN.
template <class T>
Tensor<T> smooth_l1_loss(const Tensor<T>& prediction, const Tensor<T>& target,
                         Reduction reduction = Reduction::mean, double beta = 1);

/// The difference d of prediction and target as d^2 / 2 where |d| <= delta, else as delta (|d| - delta / 2)
/// (Huber 1964). @throws ValueError  delta is not positive.
template <class T>
Tensor<T> huber_loss(const Tensor<T>& prediction, const Tensor<T>& target,
                     Reduction reduction = Reduction::mean, double delta = 1);

/// -t log(p) - (1 - t) log(1 - p), where p is the sigmoid of the logits and t the target, a probability; in
/// nats, without overflow.
template <class T>
Tensor<T> binary_cross_entropy_with_logits(const Tensor<T>& logits, const Tensor<T>& target,
                                           Reduction reduction = Reduction::mean);

/// Whether a target holds logarithms.
enum class LogTarget { no, yes };

/// target (log(target) - log_prediction), and 0 where the target is 0: the elements of the Kullback-Leibler
/// divergence, which is their sum over the classes. @param log_prediction  logarithms of probabilities.
template <class T>
Tensor<T> kl_divergence(const Tensor<T>& log_prediction, const Tensor<T>& target,
                        Reduction reduction = Reduction::mean, LogTarget log_target = LogTarget::no);

}  // namespace xgrad
