#pragma once

#include <cstdint>
#include <vector>

#include <xgrad/autograd/indices.hpp>
#include <xgrad/autograd/tensor.hpp>

namespace xgrad {

/// The expected calibration error: how far a classifier's confidence is from its accuracy (Guo et al. 2017,
/// arXiv:1706.04599). The confidence in a prediction is its softmax probability. The predictions are divided
/// by confidence into bins of equal width, which contain their upper bounds: (0, 1/bins], (1/bins, 2/bins]
/// and so on. The error is the mean of |accuracy - mean confidence| over the bins, weighted by their counts.
/// @param logits  (batch, classes), batch >= 1. Of equal ones the first is the prediction.
/// @throws ShapeError  logits are not 2-D or are empty, or labels are not (batch).
/// @throws ValueError  no bins, a label is outside [0, classes), or the largest logit of a row is not finite.
template <class T>
double expected_calibration_error(const Tensor<T>& logits, const Indices& labels, std::size_t bins = 15);

/// The predictions whose confidence is in some interval.
struct CalibrationBin {
    std::uint64_t count = 0;  ///< Their number.
    std::uint64_t correct = 0;  ///< The number of those that are right.
    double confidence = 0;  ///< The sum of their confidences.
};

/// `expected_calibration_error` over many batches.
class Calibration {
public:
    /// @throws ValueError  no bins.
    explicit Calibration(std::size_t bins = 15);

    /// Counts a batch.
    /// @throws ShapeError  as for `expected_calibration_error`.  @throws ValueError  as there.
    template <class T>
    void add(const Tensor<T>& logits, const Indices& labels);

    /// Adds the bins of another. @throws ValueError  their number differs.
    Calibration& operator+=(const Calibration& other);

    /// The bins in the order of the confidence: what a reliability diagram shows.
    const std::vector<CalibrationBin>& bins() const { return bins_; }
    /// The error over all batches. @throws ValueError  nothing was counted.
    double expected_error() const;

private:
    std::vector<CalibrationBin> bins_;
};

}  // namespace xgrad
