#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// A multilayer perceptron with batch norm and its gradients in plain loops, by the formulas in
// docs/numerics.md.
//
// Programs contain no mathematics, with this exception: the reference for autodiff must not share arrays,
// kernels or tape with the library.
namespace cifar_bn {

using Values = std::vector<double>;

/// The parameters of one layer, or their gradients. Matrices are stored row by row.
struct HandLayer {
    std::size_t in = 0, out = 0;
    Values weight;       ///< W, (out, in)
    Values bias;         ///< b, (out)
    Values gamma, beta;  ///< (out); empty without batch norm, and in the last layer
};

/// Linear, batch norm and ReLU for every layer except the last, which is only linear.
struct HandNet {
    std::vector<HandLayer> layers;
    double epsilon = 0;  ///< added to the variances in batch norm
    double lambda = 0;   ///< of the regularizer
};

struct HandBatch {
    std::size_t size = 0;
    Values x;  ///< (size, in)
    std::vector<std::int32_t> labels;
};

/// The values that the forward pass computes in one layer; each is (batch, out) except x and the deviations.
struct HandActivations {
    Values x;                  ///< the layer's input, (batch, in)
    Values s;                  ///< W x + b
    Values normalized;         ///< with batch norm: (s - mu) / sqrt(v + epsilon)
    Values inverse_deviation;  ///< with batch norm: 1 / sqrt(v + epsilon), (out)
    Values scores;             ///< input of the ReLU: gamma normalized + beta, or s
};

/// The activations that the backward pass needs, one entry per layer. @throws ShapeError  the sizes disagree.
std::vector<HandActivations> forward(const HandNet& net, const HandBatch& batch);

/// Mean cross-entropy of the softmax of the logits (batch, classes).
double mean_cross_entropy(const Values& logits, const std::vector<std::int32_t>& labels);

/// (s - mu) / sqrt(v + epsilon) for each column of the (rows, columns) matrix s, and 1 / sqrt(v + epsilon).
void normalize_columns(std::size_t rows, std::size_t columns, const double* s, double epsilon,
                       double* normalized, double* inverse_deviation);

/// The cost J: mean cross-entropy plus lambda times the sum of all squared weights.
double cost(const HandNet& net, const HandBatch& batch);

/// The gradients of the cost.
std::vector<HandLayer> gradients(const HandNet& net, const HandBatch& batch);

}  // namespace cifar_bn
