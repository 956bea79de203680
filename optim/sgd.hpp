#pragma once

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The numbers of an `SGD`.
struct SgdOptions {
    double learning_rate = 0.01;  ///< Until set_learning_rate().
    double momentum = 0;      ///< In [0, 1).
    bool nesterov = false;    ///< Nesterov's form (needs momentum).
    /// Adds weight_decay w to the gradient, which is a cost of weight_decay / 2 w^2; not for `Decay::no`
    /// parameters.
    double weight_decay = 0;
};

/// Stochastic gradient descent, as PyTorch defines it: g += weight_decay w; v = momentum v + g; w -=
/// learning_rate v (Nesterov: w -= learning_rate (g + momentum v); Sutskever et al. 2013). With momentum it
/// keeps v: `momentum_buffer`.
template <class T = float>
class SGD final : public Optimizer<T> {
public:
    /// @throws ValueError  a negative or non-finite number, momentum outside [0, 1), Nesterov without
    /// momentum, or a parameter that is given twice, undefined, or no leaf.
    explicit SGD(std::vector<Parameter<T>> parameters, const SgdOptions& options = {});

    /// As constructed.
    const SgdOptions& options() const { return options_; }

private:
    void update(const ParameterStep<T>& step) override;

    SgdOptions options_;
};

}  // namespace xgrad
