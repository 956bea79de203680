#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// How the values of all classes become one.
enum class Average {
    /// The mean over the classes, each of the same weight, without those that have neither members nor
    /// predictions. An undefined value counts as 0. scikit-learn (zero_division=0) and torchmetrics do the
    /// same.
    macro,
    /// The value for the counts of all classes together. As each example has one label and one prediction,
    /// a wrong one is missed once and predicted once too often: precision, recall and F1 are all the
    /// accuracy.
    micro
};

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
    /// How many examples were classified as `predicted`. @throws ValueError  no such class.
    std::uint64_t predictions(std::size_t predicted) const;
    /// The sum of the diagonal.
    std::uint64_t correct() const;
    /// The fraction of the total count that is on the diagonal. @throws ValueError  nothing was counted.
    double accuracy() const;

    /// For each class the fraction of its predictions that was right; NaN for a class that was never
    /// predicted.
    std::vector<double> precision() const;
    /// For each class the fraction of its members that was recognised; NaN for a class without members.
    std::vector<double> recall() const;
    /// For each class the harmonic mean of precision and recall (F1; van Rijsbergen 1979), 2 n / (members +
    /// predictions) if n members were recognised; NaN for a class with neither members nor predictions.
    std::vector<double> f1_score() const;
    /// The precision, averaged over the classes. @throws ValueError  nothing was counted.
    double precision(Average average) const;
    /// The recall, averaged over the classes. @throws ValueError  nothing was counted.
    double recall(Average average) const;
    /// The F1 score, averaged over the classes (not that of averages). @throws ValueError  nothing was
    /// counted.
    double f1_score(Average average) const;

private:
    std::size_t classes_;
    std::vector<std::uint64_t> counts_;
};

/// The precision of one batch: see `ConfusionMatrix::precision`.
/// @param logits  (batch, classes), batch >= 1.
/// @throws ShapeError  logits are not 2-D or are empty, or labels are not (batch).
/// @throws ValueError  a label is outside [0, classes).
template <class T>
double precision(const Tensor<T>& logits, const Indices& labels, Average average = Average::macro);

/// The recall of one batch: see `ConfusionMatrix::recall`. Takes and throws what `precision` does.
/// @throws ShapeError  as there.  @throws ValueError  as there.
template <class T>
double recall(const Tensor<T>& logits, const Indices& labels, Average average = Average::macro);

/// The F1 score of one batch: see `ConfusionMatrix::f1_score`. Takes and throws what `precision` does.
/// @throws ShapeError  as there.  @throws ValueError  as there.
template <class T>
double f1_score(const Tensor<T>& logits, const Indices& labels, Average average = Average::macro);

/// The matrix as text (truth down, prediction across), with the numbers and names of the classes and their
/// recall.
/// @throws ValueError  the number of names is not the number of classes.
std::string to_string(const ConfusionMatrix& matrix, const std::vector<std::string>& names);

}  // namespace xgrad
