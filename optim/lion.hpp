#pragma once

#include <array>

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The options of `Lion`. The defaults are the paper's.
struct LionOptions {
    double learning_rate = 1e-4;  ///< The initial learning rate: a tenth to a third of `AdamW`'s.
    std::array<double, 2> betas = {0.9, 0.99};  ///< The mean's weight in the step, and in its own update.
    double weight_decay = 0;  ///< Decoupled, as in `AdamW`. Not applied to `Decay::no` parameters.
};

/// Lion (Chen et al. 2023, arXiv:2302.06675): every element moves by learning_rate, in the direction of sign(
/// beta1 m + (1 - beta1) g), with the gradient g and a running mean m, which is updated with beta2. Before,
/// learning_rate weight_decay w is subtracted from w. The state of a parameter is m, `exp_avg`.
template <class T = float>
class Lion final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, a beta is outside [0, 1), or a parameter is
    /// given twice, undefined, or not a leaf.
    explicit Lion(std::vector<Parameter<T>> parameters, const LionOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    LionOptions options_;
};

}  // namespace xgrad
