#pragma once

#include <cstdint>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// The area under the ROC curve: the probability that a random example of class 1 has a higher score than one
/// of class 0, where equal scores count half (Hanley and McNeil 1982, Radiology 143, 29-36). It is exact, and
/// depends on the scores' order alone.
///
/// With a column of scores for each class, it is the mean over the classes of the area of each class against
/// all others (scikit-learn: multi_class="ovr", average="macro"). A column compares different examples, so
/// give it probabilities, `softmax(logits)`, and not logits.
/// @param scores  (batch) for labels 0 and 1, or (batch, classes) with 2 classes or more.
/// @throws ShapeError  scores have another shape or are empty, or labels are not (batch).
/// @throws ValueError  a label is outside [0, classes), a score is NaN, or a class has no members.
template <class T>
double roc_auc(const Tensor<T>& scores, const Indices& labels);

/// `roc_auc` over many batches. It keeps all scores, 8 bytes each, and labels, 4 bytes.
class RocAuc {
public:
    /// Keeps a batch.
    /// @throws ShapeError  as for `roc_auc`, or the batches before had another number of classes.
    /// @throws ValueError  a label is outside [0, classes), or a score is NaN.
    template <class T>
    void add(const Tensor<T>& scores, const Indices& labels);

    /// Adds the batches of another. @throws ValueError  they have another number of classes.
    RocAuc& operator+=(RocAuc other);

    /// The area for all batches. @throws ValueError  nothing was counted, or a class has no members.
    double value() const;

private:
    std::size_t columns_ = 0;  // of the scores; 0 before the first batch
    std::vector<double> scores_;
    std::vector<std::int32_t> labels_;
};

}  // namespace xgrad
