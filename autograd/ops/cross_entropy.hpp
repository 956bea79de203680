#pragma once

#include <cstdint>
#include <optional>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/ops/loss.hpp>

// Softmax, and the losses of classifiers. What all ops have in common is in autograd/ops.hpp.
namespace xgrad {

/// e^x / sum(e^x) along the last axis; the maximum is subtracted first. @throws ShapeError  x is a scalar.
template <class T>
Tensor<T> softmax(const Tensor<T>& x);

/// log(softmax(x)) along the last axis, accurate where the softmax underflows. @throws ShapeError  x is a
/// scalar.
template <class T>
Tensor<T> log_softmax(const Tensor<T>& x);

/// Softmax cross-entropy with labels, in nats: for each row, with p = softmax(logits),
/// (1 - s) w[label] (-log p[label]) + s / classes sum_c w[c] (-log p[c]), where s is `label_smoothing` and w
/// is `weight`. The mean divides by the sum of w[label] over the rows that count; it is NaN if there are
/// none.
///
/// @param logits  (batch, classes), unnormalized; the row maximum is subtracted, so large values are safe.
/// @param labels  (batch), class indices in [0, classes).
/// @param weight  (classes), a constant factor of each class; undefined for 1.
/// @param ignored  a label whose rows do not count; it may be outside [0, classes).
/// @returns       scalar, shape (); without reduction (batch).
/// @throws ShapeError  logits are not 2-D, the batch is empty, labels are not (batch), or weight not
/// (classes).
/// @throws ValueError  a label is outside [0, classes), the message names its index and value; or
/// label_smoothing is outside [0, 1].
template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Indices& labels, Reduction reduction = Reduction::mean,
                        double label_smoothing = 0, const Tensor<T>& weight = {},
                        std::optional<std::int32_t> ignored = {});

/// Softmax cross-entropy with probabilities as targets: for each row, sum_c w[c] t[c] (-log p[c]), where t is
/// (1 - label_smoothing) target + label_smoothing / classes. The mean divides by the batch. Gradients flow to
/// the target, too.
/// @param logits, target  (batch, classes).  @param weight  (classes), constant; undefined for 1.
/// @throws ShapeError  logits are not 2-D, the batch is empty, the target has another shape, or weight is not
/// (classes).
/// @throws ValueError  label_smoothing is outside [0, 1].
template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Tensor<T>& target,
                        Reduction reduction = Reduction::mean, double label_smoothing = 0,
                        const Tensor<T>& weight = {});

/// -w[label] times the label's log probability, for each row. The mean divides by the sum of w[label] over
/// the rows that count.
/// @param log_probabilities  (batch, classes), as of `log_softmax`.  @param labels  (batch).
/// @param weight  (classes), constant; undefined for 1.  @param ignored  a label whose rows do not count.
/// @throws ShapeError, ValueError  as for `cross_entropy` with labels.
template <class T>
Tensor<T> nll_loss(const Tensor<T>& log_probabilities, const Indices& labels,
                   Reduction reduction = Reduction::mean, const Tensor<T>& weight = {},
                   std::optional<std::int32_t> ignored = {});

}  // namespace xgrad
