#pragma once

#include <array>

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The numbers of `Adam`, and of `AdamW` with its decoupled weight decay; the defaults are PyTorch's.
template <bool decoupled>
struct BasicAdamOptions {
    double learning_rate = 1e-3;                 ///< Until set_learning_rate().
    std::array<double, 2> betas = {0.9, 0.999};  ///< What the means keep of themselves, in [0, 1).
    double epsilon = 1e-8;                       ///< Bounds the step where gradients are small.
    double weight_decay = decoupled ? 1e-2 : 0;  ///< Not for `Decay::no` parameters.
};
using AdamOptions = BasicAdamOptions<false>;  ///< The numbers of an `Adam`.
using AdamWOptions = BasicAdamOptions<true>;  ///< The numbers of an `AdamW`.

/// Adam, as PyTorch defines it (Kingma and Ba 2015, arXiv:1412.6980): the step is learning_rate times the
/// mean of the gradients over the root of the mean of their squares, both corrected for their zero start.
/// weight_decay w is added to the gradient. It keeps `exp_avg`, `exp_avg_sq` and `step`, which
/// is a float, as in PyTorch, and stays at 2^24.
template <class T = float>
class Adam final : public Optimizer<T> {
public:
    /// @throws ValueError  a negative or non-finite number, a beta outside [0, 1), or a parameter that is
    /// given twice, undefined, or no leaf.
    explicit Adam(std::vector<Parameter<T>> parameters, const AdamOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    AdamOptions options_;
};

/// Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv:1711.05101): before the step, w
/// shrinks by learning_rate weight_decay w.
template <class T = float>
class AdamW final : public Optimizer<T> {
public:
    /// @throws ValueError  as of `Adam`.
    explicit AdamW(std::vector<Parameter<T>> parameters, const AdamWOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    AdamWOptions options_;
};

}  // namespace xgrad
