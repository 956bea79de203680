#pragma once

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The options of `RMSprop`. The defaults are PyTorch's.
struct RMSpropOptions {
    double learning_rate = 0.01;  ///< The initial learning rate.
    double alpha = 0.99;  ///< Decay rate of the mean of squares, in [0, 1).
    double epsilon = 1e-8;  ///< Bounds the step where gradients are small.
    double weight_decay = 0;  ///< Added to the gradient; not applied to `Decay::no` parameters.
    double momentum = 0;  ///< Of the steps, in [0, 1).
    bool centered = false;  ///< Whether to divide by the deviation from the running mean of the gradients.
};

/// RMSprop, as PyTorch defines it (Tieleman and Hinton 2012, Coursera lecture 6.5; centered: Graves 2013,
/// arXiv:1308.0850): the step is learning_rate times the gradient, divided by the square root of the running
/// mean of its squares; with momentum, these steps add up. The state of a parameter is `square_avg`,
/// `momentum_buffer` if there is momentum, `grad_avg` if it is centered, and `step`.
template <class T = float>
class RMSprop final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, alpha or momentum is outside [0, 1), or a
    /// parameter is given twice, undefined, or not a leaf.
    explicit RMSprop(std::vector<Parameter<T>> parameters, const RMSpropOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    RMSpropOptions options_;
};

}  // namespace xgrad
