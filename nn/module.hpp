#pragma once

#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <xgrad/autograd/ops.hpp>

namespace xgrad {

template <class T>
class Module;

/// Whether weight decay applies to a parameter. It does not apply to biases and to batch norm's gamma and
/// beta.
enum class Decay { no, yes };

/// A trainable Tensor of a module.
template <class T = float>
struct Parameter {
    std::string name;  ///< The path from the root, such as `0.weight`.
    Tensor<T> tensor;  ///< A handle: changes to it change the module.
    Decay decay = Decay::yes;  ///< Whether weight decay applies.
};

/// Receives the state of a module in `Module::visit`.
template <class T = float>
class StateVisitor {
public:
    virtual ~StateVisitor() = default;
    /// A Tensor that an optimizer trains.
    virtual void parameter(std::string_view name, Tensor<T>& tensor, Decay decay = Decay::yes) = 0;
    /// A Tensor that belongs to the state but is not trained, such as running statistics.
    virtual void buffer(std::string_view name, Tensor<T>& tensor) = 0;
    /// A counter that belongs to the state.
    virtual void buffer(std::string_view name, std::int64_t& counter) = 0;
    /// A module inside this one.
    virtual void child(std::string_view name, Module<T>& module) = 0;
};

/// A copy of a module's whole state, arrays and counters, by name. Names and layouts are PyTorch's.
template <class T = float>
using StateDict = std::map<std::string, std::variant<Array<T>, std::int64_t>>;

/// A function of a Tensor that owns parameters. Everything about its state follows from `visit`. Modules can
/// be moved; `clone()` copies them.
template <class T = float>
class Module {
public:
    using value_type = T;  ///< The element type: `float` or `double`.

    Module() = default;
    Module(const Module&) = delete;
    Module& operator=(const Module&) = delete;
    /// Takes over state, mode and name.
    Module(Module&&) noexcept = default;
    /// Takes over state, mode and name.
    Module& operator=(Module&&) noexcept = default;
    virtual ~Module() = default;

    /// Applies the module. The message of an error thrown inside starts with the module's path:
    /// `0.Linear: expected …`.
    Tensor<T> operator()(const Tensor<T>& x);

    /// The kind of module, such as `Linear`.
    virtual std::string kind() const = 0;
    /// The configuration in one line, such as `Linear(3072, 50)`.
    virtual std::string describe() const { return kind() + "()"; }
    /// Lists parameters, buffers and children, each once and always in the same order.
    virtual void visit(StateVisitor<T>& state) = 0;
    /// A module with the same configuration, mode and name, and a copy of the state.
    virtual std::unique_ptr<Module> clone() const = 0;

    /// Names the root in error messages: `encoder.3.BatchNorm1d`.
    void set_name(std::string name) { name_ = std::move(name); }
    /// The name set by set_name(); empty if none was set.
    const std::string& name() const { return name_; }

    /// Puts this module and all modules inside it into training mode, their mode after construction.
    void train() { set_training(true); }
    /// Puts this module and all modules inside it into evaluation mode.
    void eval() { set_training(false); }
    /// Whether this module is in training mode.
    bool is_training() const { return training_; }

    /// All parameters, in the order of `visit`.
    std::vector<Parameter<T>> parameters();
    /// The number of trained elements.
    std::size_t parameter_count() const;
    /// Marks the gradient of every parameter absent.
    void zero_grad();

    /// A copy of all parameters and buffers. @throws StateError  `visit` lists a name twice.
    StateDict<T> state_dict() const;
    /// Replaces all parameters and buffers, or none if there is an error.
    /// @throws StateError  lists all missing, unexpected, misshapen and duplicate entries.
    void load_state_dict(const StateDict<T>& state);
    /// Copies from a module of the same configuration all state, modes and names, and which parameters
    /// require a gradient.
    /// @throws StateError  the configuration differs.
    void copy_from(const Module& original);

protected:
    /// Computes the module's result; `operator()` calls it.
    virtual Tensor<T> forward(const Tensor<T>& x) = 0;

private:
    template <class>
    friend class EvaluationMode;

    void set_training(bool training);

    std::string name_;
    bool training_ = true;
};

/// Keeps a net in evaluation mode while it is alive; then restores the mode of each of its modules.
template <class T = float>
class EvaluationMode {
public:
    /// Puts `net`, which must outlive this, into evaluation mode.
    explicit EvaluationMode(Module<T>& net);
    EvaluationMode(const EvaluationMode&) = delete;
    EvaluationMode& operator=(const EvaluationMode&) = delete;
    ~EvaluationMode();

private:
    std::vector<std::pair<Module<T>*, bool>> before_;
};

/// The modules, one per line, with their parameters' shapes and counts, and the total.
template <class T>
std::string to_string(const Module<T>& module);
/// Prints `to_string(module)`.
template <class T>
std::ostream& operator<<(std::ostream& out, const Module<T>& module);

/// `copy`, after `copy.copy_from(original)`: the body of a `clone()`.
template <class M>
std::unique_ptr<Module<typename M::value_type>> with_state_of(const M& original, M copy) {
    copy.copy_from(original);
    return std::make_unique<M>(std::move(copy));
}

}  // namespace xgrad
