#pragma once

#include <array>

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The options of `Adam`, and of `AdamW` with its decoupled weight decay. The defaults are PyTorch's.
template <bool decoupled>
struct BasicAdamOptions {
    double learning_rate = 1e-3;                 ///< The initial learning rate.
    std::array<double, 2> betas = {0.9, 0.999};  ///< Decay rates of the moment estimates, in [0, 1).
    double epsilon = 1e-8;                       ///< Bounds the step where gradients are small.
    double weight_decay = decoupled ? 1e-2 : 0;  ///< Not applied to `Decay::no` parameters.
};
using AdamOptions = BasicAdamOptions<false>;  ///< The options of `Adam`.
using AdamWOptions = BasicAdamOptions<true>;  ///< The options of `AdamW`.

/// Adam, as PyTorch defines it (Kingma and Ba 2015, arXiv:1412.6980). The step is learning_rate times the
/// running mean of the gradients, divided by the square root of the running mean of their squares; both are
/// bias-corrected. weight_decay w is added to the gradient. The state of a parameter is `exp_avg`,
/// `exp_avg_sq` and `step`. As in PyTorch, `step` is a float, so it stops at 2^24.
template <class T = float>
class Adam final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, a beta is outside [0, 1), or a parameter is
    /// given twice, undefined, or not a leaf.
    explicit Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    AdamOptions options_;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101): before each step,
/// learning_rate weight_decay w is subtracted from w.
template <class T = float>
class AdamW final : public Optimizer<T> {
public:
    /// @throws ValueError  as for `Adam`.
    explicit AdamW(std::vector<Parameter<T>> parameters, const AdamWOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    AdamWOptions options_;
};

}  // namespace xgrad
