#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// A call of a module, as an `Observer` saw it. The Tensors are those that the net computes with: on a tape,
/// the gradient of a loss with respect to an inner output is `grad(loss, {call.output})`.
template <class T = float>
struct ModuleCall {
    std::string name;  ///< The module's path, such as `encoder.3`; empty for the observed net itself.
    const Module<T>* module;  ///< The module.
    std::vector<Tensor<T>> inputs;  ///< What it was called with; no `Indices`.
    Tensor<T> output;  ///< Its result; undefined if the call threw, or the module does not show it.
    /// The gradients of the inputs from this call alone, of the last backward pass; undefined where none
    /// arrived.
    std::vector<Tensor<T>> input_gradients;
    Tensor<T> output_gradient;  ///< The gradient of the output, of the last backward pass; may be undefined.
};

/// While it is alive, notes the calls of a net and of the modules inside it on this thread, in the order in
/// which they begin, with inputs, outputs and their gradients. Observers nest, and each notes what it
/// observes. Values do not change by being observed; where a Tensor is the input of several modules, its
/// gradient's sum may be rounded otherwise. A module that is `recomputed` is called, and noted, again in the
/// backward pass.
template <class T = float>
class Observer {
public:
    /// Observes the modules of `net` whose paths match a pattern, as in `Module::set_requires_grad`. No
    /// module may be added, moved or destroyed meanwhile.
    /// @throws ValueError  no module has such a path.
    explicit Observer(Module<T>& net, const std::string& pattern = "*");
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;
    ~Observer();

    /// The calls so far. Gradients may arrive later, also after this observer's end.
    const std::vector<std::shared_ptr<const ModuleCall<T>>>& calls() const { return calls_; }
    /// Forgets the calls so far.
    void clear() { calls_.clear(); }

    /// Makes `observer` the innermost one of this thread, and returns the one that was: for who runs several
    /// computations in turns on one thread.
    static Observer* exchange(Observer* observer) noexcept { return std::exchange(innermost, observer); }

private:
    friend class ModuleScope<T>;
    friend class Module<T>;

    std::unordered_map<const Module<T>*, std::string> names_;
    std::vector<std::shared_ptr<const ModuleCall<T>>> calls_;
    Observer* outer_;
    inline static thread_local constinit Observer* innermost = nullptr;
};

}  // namespace xgrad
