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

/// e^x.
template <class T>
Tensor<T> exp(const Tensor<T>& x);

/// The natural logarithm: -inf at 0, NaN below.
template <class T>
Tensor<T> log(const Tensor<T>& x);

/// The square root: NaN below 0; its derivative at 0 is infinite.
template <class T>
Tensor<T> sqrt(const Tensor<T>& x);

/// x^2.
template <class T>
Tensor<T> square(const Tensor<T>& x);

/// |x|. Subgradient at 0, and at a NaN: 0.
template <class T>
Tensor<T> abs(const Tensor<T>& x);

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

/// The mean of (prediction - target)^2 over all elements, shape ().
/// @throws ShapeError  the shapes differ, or there are no elements.
template <class T>
Tensor<T> mse_loss(const Tensor<T>& prediction, const Tensor<T>& target);

}  // namespace xgrad
