#pragma once

#include <vector>

#include <xgrad/data/batches.hpp>
#include <xgrad/nn/sequential.hpp>

namespace cifar_bn {

/// Statistics of one layer on a batch. A layer is a linear module together with the batch norm and the ReLU
/// that follow it.
struct LayerStatistics {
    double output;  ///< Root mean square of its outputs; for the last layer these are the logits.
    /// Largest singular value of the covariance (classes, units) of the one-hot labels and the outputs. It
    /// bounds how fast a weight matrix applied to the outputs grows, per unit of learning rate, while the net
    /// has learnt nothing yet (docs/numerics.md, "How fast small weights grow").
    double signal;
    double weight;  ///< Root mean square of its weight matrix.
    double gradient;  ///< Root mean square of the mean cross-entropy's gradient with respect to that matrix.
};

/// Runs a forward and a backward pass of a copy of `net` on `batch`, in training mode; `net` does not change.
/// One entry per linear module.
template <class T>
std::vector<LayerStatistics> layer_statistics(const xgrad::Sequential<T>& net, const xgrad::Batch<T>& batch);

}  // namespace cifar_bn
