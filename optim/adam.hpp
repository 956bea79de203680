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

/// The options of `NAdam`. The defaults are PyTorch's.
struct NAdamOptions {
    double learning_rate = 2e-3;  ///< The initial learning rate.
    std::array<double, 2> betas = {0.9, 0.999};  ///< Decay rates of the moment estimates, in [0, 1).
    double epsilon = 1e-8;  ///< Bounds the step where gradients are small.
    double weight_decay = 0;  ///< Added to the gradient; not applied to `Decay::no` parameters.
    double momentum_decay = 4e-3;  ///< How fast the momentum approaches its final value.
};

/// Adam with Nesterov's momentum, as PyTorch defines it (Dozat 2016, ICLR workshop): the momentum of step t
/// is mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2), and the step is learning_rate times ((1 - mu_t) g / (1
/// - mu_1 ... mu_t) + mu_t+1 m / (1 - mu_1 ... mu_t+1)), with the gradient g and its running mean m, divided
/// as in `Adam`. The state of a parameter is `exp_avg`, `exp_avg_sq`, `step` and `mu_product`. (PyTorch 1.13
/// has the factor mu_t twice in the last product; later versions do not.)
template <class T = float>
class NAdam final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, a beta is outside [0, 1), or a parameter is
    /// given twice, undefined, or not a leaf.
    explicit NAdam(std::vector<Parameter<T>> parameters, const NAdamOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    NAdamOptions options_;
};

}  // namespace xgrad
