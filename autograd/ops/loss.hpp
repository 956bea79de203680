#pragma once

#include <xgrad/autograd/tensor.hpp>

// Losses of a prediction and a target. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

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

/// The cosine of the angle between the vectors along `axis`: a . b / (max(|a|, epsilon) max(|b|, epsilon));
/// a and b broadcast. The result lacks the axis.
/// @throws ShapeError  the shapes do not broadcast, or the axis is out of range.
/// @throws ValueError  epsilon is not finite and positive.
template <class T>
Tensor<T> cosine_similarity(const Tensor<T>& a, const Tensor<T>& b, std::ptrdiff_t axis = 1,
                            double epsilon = 1e-8);

}  // namespace xgrad
