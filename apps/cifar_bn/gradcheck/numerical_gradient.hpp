#pragma once

#include <cstddef>
#include <vector>

#include "cifar_bn/gradcheck/hand_derived.hpp"
#include "cifar_bn/gradcheck/judge.hpp"

namespace cifar_bn {

enum class Kind { weight, bias, gamma, beta };

/// A parameter of a net: all entries of one kind in one layer.
struct ParameterId {
    std::size_t layer = 0;
    Kind kind = Kind::weight;
};

/// The cost as a function of one parameter entry with all others fixed, for numerical derivatives.
///
/// Every entry belongs to one unit of its layer. Changing it changes one column of the layer's activations,
/// and the forward pass continues from there. The result is that of the whole pass, at a small fraction of
/// the work (the 3072 x 50 weights need tens of values each).
class PerturbedCost {
public:
    PerturbedCost(const HandNet& net, const HandBatch& batch);

    /// The cost with `delta` added to the entry.
    double at(const ParameterId& parameter, std::size_t entry, double delta);
    /// Whether any ReLU was switched between on and off by the change in the latest call of `at`. If so, a
    /// kink of the cost lies between the two points. Otherwise both are on the same linear pieces of the
    /// ReLUs, and the cost is smooth between them.
    bool crossed_kink() const { return crossed_; }

private:
    struct Layer {
        Values transposed;  // weight, (in, out)
        Values s, h, inverse_deviation;  // of the changed net; h is the output of the ReLU
    };

    void activate(std::size_t l);  // s to h
    void multiply(std::size_t l);  // h to the next layer's s

    const HandNet& net_;
    const HandBatch& batch_;
    std::vector<HandActivations> base_;
    std::vector<Layer> layers_;
    Values column_, normalized_column_;
    double penalty_ = 0;
    bool crossed_ = false;
};

/// The derivatives of the cost with respect to every entry of one parameter.
struct NumericalGradient {
    Values central;  ///< (J(+h) - J(-h)) / 2h
    std::vector<Estimate> extrapolated;
};

/// Differentiates numerically on `threads` threads, each entry separately.
///
/// The extrapolated derivative starts with the longest step (of 1/32, 1/256, ... 2^-20) within which no ReLU
/// switches, which is detected exactly. It continues with shorter steps until the error estimate is at most
/// 1e-10 of `scale`. If there is no such step, the entry is at a kink: with a shorter step, rounding errors
/// would dominate.
NumericalGradient numerical_gradient(const HandNet& net, const HandBatch& batch, const ParameterId& parameter,
                                     double h, double scale, int threads);

}  // namespace cifar_bn
