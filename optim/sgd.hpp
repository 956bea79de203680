#pragma once

#include <optional>

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

/// What one group of parameters has of its own; unset values are the optimizer's.
struct SgdGroupOptions {
    std::optional<double> weight_decay = {};  ///< Instead of the optimizer's.
    double learning_rate_scale = 1;  ///< Times the optimizer's learning rate.
};

/// Stochastic gradient descent, as PyTorch defines it: g += weight_decay w; v = momentum v + g; w -=
/// learning_rate v (Nesterov: w -= learning_rate (g + momentum v); Sutskever et al. 2013). A parameter
/// without a gradient is left alone.
template <class T = float>
class SGD final : public Optimizer<T> {
public:
    /// @throws ValueError  a negative or non-finite number, momentum outside [0, 1), Nesterov without
    /// momentum, or a parameter that is given twice, undefined, or no leaf.
    explicit SGD(std::vector<Parameter<T>> parameters, const SgdOptions& options = {});

    /// Adds parameters with options of their own. @throws ValueError  as the constructor.
    void add_group(std::vector<Parameter<T>> parameters, const SgdGroupOptions& options);

    void step() override;

    /// `learning_rate`, F64 of shape (); with momentum also the velocity of every parameter that has had a
    /// gradient, with PyTorch's name: `0.weight.momentum_buffer`, of the parameter's dtype and shape. @throws
    /// StateError  two parameters have one name.
    NamedArrays state_arrays() const override;
    void load_state_arrays(NamedArrays arrays) override;

    /// As constructed.
    const SgdOptions& options() const { return options_; }

private:
    struct Slot {
        Parameter<T> parameter;
        double weight_decay;
        double learning_rate_scale;
        Array<T> velocity;  // empty without momentum, and until the first step
    };

    SgdOptions options_;
    std::vector<Slot> slots_;
};

}  // namespace xgrad
