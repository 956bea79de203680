#pragma once

#include <vector>

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// What one layer does with a batch. A layer is a linear module with the batch norm and the ReLU behind it.
struct LayerStatistics {
    double output;  ///< Root mean square of its outputs; of the last layer these are the logits.
    /// Largest singular value of the covariance (classes, units) of the one-hot labels and the outputs. A
    /// weight matrix that reads the outputs grows at most so fast, per unit of learning rate, while the net
    /// knows nothing yet (docs/numerics.md, "How fast small weights grow").
    double signal;
    double weight;  ///< Root mean square of its weight matrix.
    double gradient;  ///< Root mean square of the gradient of the mean cross-entropy with respect to that.
};

/// Applies a copy of `net`, in training mode, to `batch` and back; `net` stays as it is. One entry for each
/// linear module.
template <class T>
std::vector<LayerStatistics> layer_statistics(const xgrad::Sequential<T>& net, const xgrad::Batch<T>& batch);

}  // namespace cifar_bn
