#pragma once

#include <vector>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Changes parameters by their gradients. It reads gradients and never writes them; `Module::zero_grad`
/// starts a new step.
template <class T = float>
class Optimizer {
public:
    virtual ~Optimizer() = default;
    /// One update of every parameter that has a gradient.
    virtual void step() = 0;

    /// A copy of what it has gathered on its way, and the learning rate; not the options and parameters that
    /// it was made of.
    virtual NamedArrays state_arrays() const = 0;
    /// Continues from there, or (on an error) goes on as before.
    /// @throws StateError  lists every entry that is missing, unexpected, or not of its parameter's dtype and
    /// shape.
    virtual void load_state_arrays(NamedArrays arrays) = 0;

    /// Of the next step.
    double learning_rate() const { return learning_rate_; }
    /// From the next step on. @throws ValueError  negative or not finite.
    void set_learning_rate(double learning_rate);

protected:
    /// An error as of set_learning_rate() is one of the derived constructor.
    explicit Optimizer(double learning_rate) { set_learning_rate(learning_rate); }

private:
    double learning_rate_ = 0;
};

}  // namespace xgrad
