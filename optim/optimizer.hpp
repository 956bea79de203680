#pragma once

#include <vector>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Changes parameters by their gradients. It reads gradients and never writes them; `Module::zero_grad` starts a new step.
template <class T = float>
class Optimizer {
public:
    virtual ~Optimizer() = default;
    /// One update of every parameter that has a gradient.
    virtual void step() = 0;

    /// Of the next step.
    double learning_rate() const { return learning_rate_; }
    /// From the next step on. @throws ValueError  negative or not finite.
    void set_learning_rate(double learning_rate);

protected:
    /// @throws ValueError  a learning rate that is negative or not finite.
    explicit Optimizer(double learning_rate) { set_learning_rate(learning_rate); }

private:
    double learning_rate_ = 0;
};

}  // namespace xgrad
