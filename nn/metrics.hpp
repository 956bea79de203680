#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <xgrad/autograd/ops.hpp>

namespace xgrad {

/// The fraction of rows whose largest logit is the label's (the first of equals; a NaN is larger than any
/// number, as in PyTorch).
/// @param logits  (batch, classes), batch >= 1.
/// @throws ShapeError  logits not 2-D, empty, or labels.size() != batch.  @throws ValueError  a label outside
/// [0, classes).
template <class T>
double accuracy(const Tensor<T>& logits, const Labels& labels);

/// Counts of (true class, predicted class) over many batches.
class ConfusionMatrix {
public:
    /// @throws ValueError  no classes.  @throws ShapeError  2^30 classes or more.
    explicit ConfusionMatrix(std::size_t classes);
    /// The matrix with these counts, rows() of another one. @throws ValueError  no rows, or not as many
    /// columns as rows.
    explicit ConfusionMatrix(const std::vector<std::vector<std::uint64_t>>& rows);

    /// Counts a batch. @throws ShapeError  logits not (labels.size(), classes).  @throws ValueError  a label
    /// outside [0, classes).
    template <class T>
    void add(const Tensor<T>& logits, const Labels& labels);

    /// Adds what another one has counted. @throws ValueError  of another number of classes.
    ConfusionMatrix& operator+=(const ConfusionMatrix& other);

    /// The number of classes.
    std::size_t classes() const { return classes_; }
    /// How many members of class `truth` were taken for `predicted`. @throws ValueError  no such class.
    std::uint64_t count(std::size_t truth, std::size_t predicted) const;
    /// All counts: for each class a row, with the number taken for each class.
    std::vector<std::vector<std::uint64_t>> rows() const;
    /// How many were counted.
    std::uint64_t total() const;
    /// How many were counted of class `truth`. @throws ValueError  no such class.
    std::uint64_t members(std::size_t truth) const;
    /// How many were counted on the diagonal.
    std::uint64_t correct() const;
    /// The fraction of all that was counted on the diagonal. @throws ValueError  nothing was counted.
    double accuracy() const;
    /// Per class the fraction of its members that was recognised; NaN for a class without members.
    std::vector<double> recall() const;

private:
    std::size_t classes_;
    std::vector<std::uint64_t> counts_;
};

/// An interval of probabilities.
struct Interval {
    double low;  ///< Its lower end.
    double high;  ///< Its upper end.
};

/// The 95 % confidence interval of a probability of which `successes` of `trials` were observed: the score
/// interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212), which stays within [0, 1].
/// @throws ValueError  no trials, or more successes than trials.
Interval confidence_interval(std::uint64_t successes, std::uint64_t trials);

/// The matrix with row and column names (truth down, prediction across) and each class's recall.
/// @throws ValueError  not one name per class.
std::string to_string(const ConfusionMatrix& matrix, const std::vector<std::string>& names);

}  // namespace xgrad
