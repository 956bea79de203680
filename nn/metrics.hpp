#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <xgrad/autograd/ops.hpp>

namespace xgrad {

/// The fraction of rows whose largest logit is the label's. Of equal logits the first counts as the largest;
/// a NaN is larger than any number, as in PyTorch.
/// @param logits  (batch, classes), batch >= 1.
/// @throws ShapeError  logits are not 2-D or are empty, or labels are not (batch).
/// @throws ValueError  a label is outside [0, classes).
template <class T>
double accuracy(const Tensor<T>& logits, const Indices& labels);

/// Counts of (true class, predicted class) over many batches.
class ConfusionMatrix {
public:
    /// @throws ValueError  no classes.  @throws ShapeError  2^30 classes or more.
    explicit ConfusionMatrix(std::size_t classes);
    /// The matrix with the given counts, in the form of rows().
    /// @throws ValueError  no rows, or the numbers of rows and columns differ.
    explicit ConfusionMatrix(const std::vector<std::vector<std::uint64_t>>& rows);

    /// Counts a batch.
    /// @throws ShapeError  logits are not (batch, classes), or labels are not (batch).
    /// @throws ValueError  a label is outside [0, classes).
    template <class T>
    void add(const Tensor<T>& logits, const Indices& labels);

    /// Adds the counts of another matrix. @throws ValueError  the numbers of classes differ.
    ConfusionMatrix& operator+=(const ConfusionMatrix& other);

    /// The number of classes.
    std::size_t classes() const { return classes_; }
    /// How many members of class `truth` were classified as `predicted`. @throws ValueError  no such class.
    std::uint64_t count(std::size_t truth, std::size_t predicted) const;
    /// All counts: one row per true class, one column per predicted class.
    std::vector<std::vector<std::uint64_t>> rows() const;
    /// The total count.
    std::uint64_t total() const;
    /// The number of counted members of class `truth`. @throws ValueError  no such class.
    std::uint64_t members(std::size_t truth) const;
    /// The sum of the diagonal.
    std::uint64_t correct() const;
    /// The fraction of the total count that is on the diagonal. @throws ValueError  nothing was counted.
    double accuracy() const;
    /// For each class the fraction of its members that was recognised; NaN for a class without members.
    std::vector<double> recall() const;

private:
    std::size_t classes_;
    std::vector<std::uint64_t> counts_;
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

/// The matrix as text (truth down, prediction across), with the numbers and names of the classes and their
/// recall.
/// @throws ValueError  the number of names is not the number of classes.
std::string to_string(const ConfusionMatrix& matrix, const std::vector<std::string>& names);

}  // namespace xgrad
