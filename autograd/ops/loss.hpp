#pragma once

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

// Softmax and the losses. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

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
/// @param labels  (batch), class indices in [0, classes).
/// @returns       scalar, shape (); its gradient with respect to logits is (softmax - one_hot) / batch.
/// @throws ShapeError  logits are not 2-D, the batch is empty, or labels are not (batch).
/// @throws ValueError  a label is outside [0, classes); the message names its index and value.
template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Indices& labels);

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
