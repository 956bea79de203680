#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <xgrad/autograd/ops.hpp>

namespace xgrad {

template <class T>
class Module;

/// Whether weight decay applies to a parameter. It does not apply to biases and to the gamma and beta of
/// normalizations.
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
    /// A random number generator. A checkpoint keeps it, a state file does not.
    virtual void generator(std::string_view name, Rng& rng) = 0;
    /// A module inside this one.
    virtual void child(std::string_view name, Module<T>& module) = 0;
};

/// How `load_state_dict` treats names that differ.
struct LoadOptions {
    /// A name that begins with the first text is read as if it began with the second.
    std::pair<std::string, std::string> rename_prefix = {};
    bool allow_missing = false;  ///< What the state lacks keeps its value.
    bool allow_unexpected = false;  ///< What the module lacks is skipped.

    /// The name in the module of an entry of the state.
    std::string renamed(const std::string& name) const {
        const auto& [from, to] = rename_prefix;
        return name.starts_with(from) ? to + name.substr(from.size()) : name;
    }
};

/// The names that `load_state_dict` skipped.
struct Skipped {
    std::vector<std::string> missing;  ///< Parts of the module that the state lacks.
    std::vector<std::string> unexpected;  ///< Parts of the state that the module lacks, as renamed.
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
    /// Lists parameters, buffers, generators and children, each once and always in the same order. Two
    /// parameters may be handles of one Tensor (tied weights).
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

    /// All parameters, in the order of `visit`; a Tensor that is listed twice once, under its first name.
    std::vector<Parameter<T>> parameters();
    /// The number of elements of all parameters.
    std::size_t parameter_count() const;
    /// This module and all modules inside it, depth first, by their paths: ``, `0`, `encoder.3`.
    std::vector<std::pair<std::string, Module*>> modules();
    /// All generators by name, in the order of `visit`.
    std::vector<std::pair<std::string, Rng*>> generators();
    /// Sets whether the parameters require a gradient whose names match a pattern, in which `*` stands for
    /// any text, `?` for any character and `[ab]` for one of these: `net.set_requires_grad(RequiresGrad::no,
    /// "body.*")` freezes a part. Returns the names. A tied parameter has only its first name.
    /// @throws ValueError  no parameter has such a name.
    std::vector<std::string> set_requires_grad(RequiresGrad requires_grad, const std::string& pattern = "*");
    /// Marks the gradient of every parameter absent.
    void zero_grad();

    /// A copy of all parameters and buffers. @throws StateError  `visit` lists a name twice.
    StateDict<T> state_dict() const;
    /// Replaces all parameters and buffers, or none if there is an error. Returns what the options let it
    /// skip.
    /// @throws StateError  lists all missing, unexpected, misshapen and duplicate entries, and tied weights
    /// that differ.
    Skipped load_state_dict(const StateDict<T>& state, const LoadOptions& options = {});
    /// Copies from a module of the same configuration all state, generators, modes and names, which
    /// parameters require a gradient, and which are tied.
    /// @throws StateError  the configuration differs.
    void copy_from(const Module& original);

    /// `next((*this)(x))`, if the two can be computed together; else undefined. For containers, which fall
    /// back to two calls.
    Tensor<T> call_together(const Tensor<T>& x, const Module& next);

protected:
    /// What `call_together` computes. By default undefined.
    virtual Tensor<T> forward_together(const Tensor<T>& x, const Module& next);
    /// Computes the module's result; `operator()` calls it. A module of other inputs has a call operator of
    /// its own instead, which opens a `ModuleScope`. @throws ValueError  it is not overridden.
    virtual Tensor<T> forward(const Tensor<T>& x);

private:
    template <class>
    friend class EvaluationMode;

    void set_training(bool training);

    std::string name_;
    bool training_ = true;
};

template <class T>
class Observer;
template <class T>
struct ModuleCall;

/// A call of a module: while it is alive, the messages of errors name the module. For call operators of a
/// module's own:
///
///     Tensor<> operator()(const Tensor<>& a, const Tensor<>& b) {
///         ModuleScope<float> scope(*this);
///         const auto [x, y] = scope.inputs(a, b);  // these two lines let an Observer see the call
///         return scope.output(x * linear(y, weight_));
///     }
template <class T>
class ModuleScope final : public ErrorScope {
public:
    /// For the call of `module`, which must outlive this.
    explicit ModuleScope(Module<T>& module);
    std::string path() const override { return prefix_of(module_, this->outer()) + module_.kind(); }
    /// The path that a call of `module` would have here; nothing is called.
    static std::string path_of(const Module<T>& module) {
        return prefix_of(module, ErrorScope::current()) + module.kind();
    }

    /// The inputs as an `Observer` watches them.
    template <std::same_as<Tensor<T>>... X>
    std::array<Tensor<T>, sizeof...(X)> inputs(const X&... xs) {
        std::array<Tensor<T>, sizeof...(X)> all{xs...};
        watch(all);
        return all;
    }
    /// The result as an `Observer` watches it.
    Tensor<T> output(Tensor<T> y);

private:
    void watch(std::span<Tensor<T>> inputs);
    static std::string prefix_of(const Module<T>& module, const ErrorScope* scope);

    Module<T>& module_;
    std::vector<std::shared_ptr<ModuleCall<T>>> calls_;  // one for each Observer
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
