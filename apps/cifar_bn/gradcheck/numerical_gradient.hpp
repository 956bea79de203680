#pragma once

#include "cifar_bn/gradcheck/judge.hpp"
#include "cifar_bn/gradcheck/perturbed_cost.hpp"

namespace cifar_bn {

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
