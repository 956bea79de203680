#pragma once

#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// The options of `Adagrad`. The defaults are PyTorch's.
struct AdagradOptions {
    double learning_rate = 0.01;  ///< The initial learning rate.
    double learning_rate_decay = 0;  ///< PyTorch's lr_decay: step t has learning_rate / (1 + (t - 1) decay).
    double weight_decay = 0;  ///< Added to the gradient; not applied to `Decay::no` parameters.
    double initial_sum = 0;  ///< PyTorch's initial_accumulator_value: what the sum of squares begins with.
    double epsilon = 1e-10;  ///< Bounds the step where gradients are small.
};

/// Adagrad, as PyTorch defines it (Duchi et al. 2011, JMLR 12, 2121-2159): the step is learning_rate times
/// the gradient, divided by the square root of the sum of its squares so far. The state of a parameter is
/// `sum` and `step`; it begins with the parameter's first gradient.
template <class T = float>
class Adagrad final : public Optimizer<T> {
public:
    /// @throws ValueError  an option is negative or not finite, or a parameter is given twice, undefined, or
    /// not a leaf.
    explicit Adagrad(std::vector<Parameter<T>> parameters, const AdagradOptions& options = {});

private:
    void update(const ParameterStep<T>& step) override;

    AdagradOptions options_;
};

}  // namespace xgrad
