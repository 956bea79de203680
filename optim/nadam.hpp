#pragma once

#include <array>

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

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
