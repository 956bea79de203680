#pragma once

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The options of `SGD`.
struct SgdOptions {
    double learning_rate = 0.01;  ///< The initial learning rate.
    double momentum = 0;          ///< In [0, 1).
    bool nesterov = false;        ///< Nesterov's form; needs momentum.
    /// Adds weight_decay w to the gradient, which corresponds to a cost of weight_decay / 2 w^2. Not applied
    /// to `Decay::no` parameters.
    double weight_decay = 0;
};

/// Stochastic gradient descent, as PyTorch defines it: g += weight_decay w; v = momentum v + g; w -=
/// learning_rate v (Nesterov: w -= learning_rate (g + momentum v); Sutskever et al. 2013). With momentum, the
/// state of a parameter is v, `momentum_buffer`.
template <class T = float>
class SGD final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, momentum is outside [0, 1), Nesterov's form
    /// is used without momentum, or a parameter is given twice, undefined, or not a leaf.
    explicit SGD(std::vector<Parameter<T>> parameters, const SgdOptions& options = {});

    /// The options given to the constructor.
    const SgdOptions& options() const { return options_; }

private:
    void update(const ParameterStep<T>& step) override;

    SgdOptions options_;
};

}  // namespace xgrad
