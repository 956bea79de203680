#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The options of one group of parameters; unset values are the optimizer's.
struct GroupOptions {
    std::optional<double> weight_decay = {};  ///< Overrides the optimizer's; for parameters of `Decay::yes`.
    double learning_rate_scale = 1;  ///< Multiplies the optimizer's learning rate.
};

/// The input of an optimizer's formula: one parameter in one step.
template <class T>
struct ParameterStep {
    Array<T>& values;  ///< Changed in place.
    const Array<T>& gradient;  ///< Of the same shape.
    double learning_rate;  ///< For this step and the parameter's group.
    double weight_decay;  ///< For the parameter's group; 0 for `Decay::no`.
    std::span<Array<T>> arrays;  ///< State arrays, in the order of `Definition::arrays`; initially 0.
    /// State scalars, in the order of `Definition::scalars`; initially 0, and never negative or not finite.
    std::span<float> scalars;
    std::size_t rows;  ///< Rows of `values` as a matrix, which kernels split by columns; 1 if not 2-D.
    std::size_t columns;  ///< Columns of that matrix: rows * columns is the number of values.
};

/// Updates parameters from their gradients. It reads gradients and never writes them; `Module::zero_grad`
/// clears them for the next step.
///
/// A derived optimizer provides its options and its formula (docs/adding_an_optimizer.md). This class
/// implements groups, argument checks, per-parameter state, saving and loading.
template <class T = float>
class Optimizer {
public:
    using value_type = T;  ///< The element type: `float` or `double`.

    virtual ~Optimizer() = default;

    /// Adds a group of parameters with options of its own.
    /// @throws ValueError  an option is negative or not finite, a parameter is given twice, undefined, or not
    /// a leaf, or two have the same name.
    void add_group(std::vector<Parameter<T>> parameters, const GroupOptions& options);

    /// Gives the parameters that the predicate chooses options of their own:
    /// `adamw.set_options([](const auto& p) { return p.tensor.dim() < 2; }, {.weight_decay = 0})` decays only
    /// matrices. Returns their number. Unset options are the optimizer's. A state has no options: a training
    /// that changes them on its way does so again after it was resumed.
    /// @throws ValueError  an option is negative or not finite, or no parameter is chosen.
    std::size_t set_options(const std::function<bool(const Parameter<T>&)>& chosen,
                            const GroupOptions& options);

    /// Updates every parameter that has a gradient; the others do not change.
    /// @throws ValueError  the formula has made a scalar of the state negative or not finite.
    void step();

    /// A copy of the optimizer's state, without its options, those of groups included, and parameters. It has
    /// `learning_rate`, F64 of shape (), and, for every parameter that has had a gradient, the state under
    /// PyTorch's names: `0.weight.exp_avg`, with the dtype and shape of the parameter, and `0.weight.step`,
    /// F32 of shape ().
    NamedArrays state_arrays() const;
    /// Restores the state, or leaves it unchanged if there is an error.
    /// @throws StateError  lists every entry that is missing, unexpected, or differs from its parameter in
    /// dtype or shape.
    void load_state_arrays(NamedArrays arrays);

    /// The learning rate of the next step.
    double learning_rate() const { return learning_rate_; }
    /// Sets the learning rate from the next step on. @throws ValueError  the rate is negative or not finite.
    void set_learning_rate(double learning_rate);

protected:
    /// The definition of an optimizer, apart from its formula.
    struct Definition {
        std::string name;  ///< The name in error messages.
        double learning_rate;  ///< The initial learning rate.
        double weight_decay = 0;  ///< For groups without a weight decay of their own.
        std::vector<std::string> arrays = {};  ///< Names of the arrays, each of the parameter's shape.
        std::vector<std::string> scalars = {};  ///< Names of the scalars.
    };

    /// Throws the errors of add_group() and set_learning_rate(); they are part of the derived constructor's
    /// contract.
    Optimizer(std::vector<Parameter<T>> parameters, Definition definition);

    /// The formula: updates the values of one parameter.
    virtual void update(const ParameterStep<T>& step) = 0;

private:
    // The state of a parameter; empty until it has had a gradient.
    struct Kept {
        std::vector<Array<T>> arrays;
        std::vector<float> scalars;
    };
    struct Slot {
        Parameter<T> parameter;
        double weight_decay;
        double learning_rate_scale;
        Kept kept;
    };

    void check(const GroupOptions& options) const;
    void set_options(Slot& slot, const GroupOptions& options) const;

    Definition definition_;
    double learning_rate_ = 0;
    std::vector<Slot> slots_;
};

}  // namespace xgrad
