#pragma once

#include <cstddef>
#include <vector>

#include "cifar_bn/gradcheck/hand_derived.hpp"

namespace cifar_bn {

enum class Kind { weight, bias, gamma, beta };

/// One of the parameters of a net: all entries of one kind in one layer.
struct ParameterId {
    std::size_t layer = 0;
    Kind kind = Kind::weight;
};

/// The cost as a function of one entry of the parameters, all else fixed; for numerical derivatives.
///
/// Every entry belongs to one unit of its layer. Changing it changes one column of that layer's activations,
/// from where the forward pass goes on: the same function as the whole pass, at a small part of the work (of
/// 3072 x 50 weights each needs tens of values).
class PerturbedCost {
public:
    PerturbedCost(const HandNet& net, const HandBatch& batch);

    /// The cost with `delta` added to the entry.
    double at(const ParameterId& parameter, std::size_t entry, double delta);
    /// Whether a ReLU was on in the newest call of `at` that is off in the unchanged net, or the other way
    /// round: then a kink of the cost lies between the two. Otherwise the same pieces of the ReLUs apply to
    /// both, and the cost is smooth there.
    bool crossed_kink() const { return crossed_; }

private:
    struct Layer {
        Values transposed;  // weight, (in, out)
        Values s, h, inverse_deviation;  // of the changed net; h is what the ReLU gives
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

}  // namespace cifar_bn
