#pragma once

#include <vector>

#include <xgrad/nn/module.hpp>

// Limits of gradients, between backward() and an optimizer's step. Parameters without a gradient are left
// out.
namespace xgrad {

/// Scales all gradients by one factor, so that their norm together is at most `max_norm` (Pascanu et al.
/// 2013, arXiv:1211.5063). Returns the norm before. As in PyTorch, the factor is max_norm / (norm + 1e-6),
/// where that is below 1.
/// @param p  the norm: the p-th root of the sum of |gradient|^p; infinity is the largest |gradient|.
/// @throws ValueError  max_norm or p is not positive, or max_norm is not finite.
/// @throws NumericsError  a gradient holds a NaN or an infinity; no gradient has changed.
template <class T>
double clip_grad_norm(const std::vector<Parameter<T>>& parameters, double max_norm, double p = 2);

/// Limits every element of all gradients to [-limit, limit]; a NaN stays.
/// @throws ValueError  the limit is not positive and finite.
template <class T>
void clip_grad_value(const std::vector<Parameter<T>>& parameters, double limit);

}  // namespace xgrad
