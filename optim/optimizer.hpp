#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <xgrad/io/safetensors.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// What one group of parameters has of its own; unset values are the optimizer's.
struct GroupOptions {
    std::optional<double> weight_decay = {};  ///< Instead of the optimizer's.
    double learning_rate_scale = 1;           ///< Times the optimizer's learning rate.
};

/// One parameter in one step: what the formula of an optimizer is given.
template <class T>
struct ParameterStep {
    Array<T>& values;            ///< To be changed in place.
    const Array<T>& gradient;    ///< In the same shape.
    double learning_rate;        ///< Of this step and the parameter's group.
    double weight_decay;         ///< Of its group; 0 for `Decay::no`.
    std::span<Array<T>> arrays;  ///< What is kept of it, as `Definition::arrays` names them; zeros at first.
    std::span<float> scalars;  ///< As `Definition::scalars` names them; 0 at first.
    std::size_t rows;  ///< Of values as a matrix, which kernels split by columns; 1 if not 2-D.
    std::size_t columns;  ///< As many as make all values.
};

/// Changes parameters by their gradients. It reads gradients and never writes them; `Module::zero_grad`
/// starts a new step.
///
/// A new optimizer is its options and its formula (docs/adding_an_optimizer.md). Groups, checks, what is kept
/// of each parameter, saving and loading are here.
template <class T = float>
class Optimizer {
public:
    using value_type = T;  ///< Of an element: `float` or `double`.

    virtual ~Optimizer() = default;

    /// Adds parameters with options of their own.
    /// @throws ValueError  a negative or non-finite number, or a parameter that is given twice, undefined, or
    /// no leaf.
    void add_group(std::vector<Parameter<T>> parameters, const GroupOptions& options);

    /// One update of every parameter that has a gradient; the others are left alone.
    void step();

    /// A copy of what it has gathered on its way; not the options and parameters that it was made of:
    /// `learning_rate`, F64 of shape (), and with PyTorch's names what is kept of every parameter that has
    /// had a gradient: `0.weight.exp_avg`, of the parameter's dtype and shape, `0.weight.step`, F32 of shape
    /// ().
    /// @throws StateError  two parameters have one name.
    NamedArrays state_arrays() const;
    /// Continues from there, or (on an error) goes on as before.
    /// @throws StateError  lists every entry that is missing, unexpected, or not of its parameter's dtype and
    /// shape.
    void load_state_arrays(NamedArrays arrays);

    /// Of the next step.
    double learning_rate() const { return learning_rate_; }
    /// From the next step on. @throws ValueError  negative or not finite.
    void set_learning_rate(double learning_rate);

protected:
    /// What there is to an optimizer beside its formula.
    struct Definition {
        std::string name;  ///< In error messages.
        double learning_rate;  ///< Until set_learning_rate().
        double weight_decay = 0;  ///< Of groups that have none of their own.
        std::vector<std::string> arrays = {};  ///< Names of what is kept in a parameter's shape.
        std::vector<std::string> scalars = {};  ///< Names of the numbers that are kept of a parameter.
    };

    /// Its errors, those of add_group() and set_learning_rate(), are the derived constructor's.
    Optimizer(std::vector<Parameter<T>> parameters, Definition definition);

    /// The formula: changes the values of one parameter.
    virtual void update(const ParameterStep<T>& step) = 0;

private:
    // What is kept of a parameter; empty until it has a gradient.
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

    Definition definition_;
    double learning_rate_ = 0;
    std::vector<Slot> slots_;
};

}  // namespace xgrad
