#pragma once

#include <cstdint>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// The fraction of rows whose largest logit is the label's. Of equal logits the first counts as the largest;
/// a NaN is larger than any number, as in PyTorch.
/// @param logits  (batch, classes), batch >= 1.
/// @throws ShapeError  logits are not 2-D or are empty, or labels are not (batch).
/// @throws ValueError  a label is outside [0, classes).
template <class T>
double accuracy(const Tensor<T>& logits, const Indices& labels);

/// The fraction of rows in which the label's logit is among the k largest. Equal logits and NaN are ordered
/// as by `topk`: of equal ones the first counts as the largest.
/// @param logits  (batch, classes), batch >= 1.
/// @throws ShapeError  logits are not 2-D or are empty, or labels are not (batch).
/// @throws ValueError  k is outside [1, classes], or a label is outside [0, classes).
template <class T>
double top_k_accuracy(const Tensor<T>& logits, const Indices& labels, std::size_t k);

/// `top_k_accuracy` over many batches.
class TopKAccuracy {
public:
    /// @throws ValueError  k is 0.
    explicit TopKAccuracy(std::size_t k);

    /// Counts a batch.
    /// @throws ShapeError  as for `top_k_accuracy`.  @throws ValueError  as for `top_k_accuracy`.
    template <class T>
    void add(const Tensor<T>& logits, const Indices& labels);

    /// Adds the counts of another. @throws ValueError  its k differs.
    TopKAccuracy& operator+=(const TopKAccuracy& other);

    /// The fraction over all batches. @throws ValueError  nothing was counted.
    double value() const;

private:
    std::size_t k_;
    std::uint64_t correct_ = 0, total_ = 0;
};

/// An interval of probabilities.
struct Interval {
    double low;  ///< The lower bound.
    double high;  ///< The upper bound.
};

/// The 95 % confidence interval of a probability after `successes` in `trials`: the score interval (Wilson
/// 1927, J. Am. Stat. Assoc. 22, 209-212), which stays within [0, 1].
/// @throws ValueError  no trials, or more successes than trials.
Interval confidence_interval(std::uint64_t successes, std::uint64_t trials);

}  // namespace xgrad
