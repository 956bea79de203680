#pragma once

#include <concepts>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// Modules applied one after the other, named by their positions: `0.weight`.
///
/// Write `Sequential{Linear(…, rng), ReLU()}` with braces: they construct the modules in order, which matters
/// if these share an Rng. With parentheses the order is the compiler's choice.
template <class T = float>
class Sequential final : public Module<T> {
public:
    /// An empty Sequential; add modules before calling it.
    Sequential() = default;
    /// Applies the given modules in order.
    template <std::derived_from<Module<T>>... M>
        requires(sizeof...(M) > 0 && !(std::same_as<Sequential, M> && ... && (sizeof...(M) == 1)))
    explicit Sequential(M... modules) {
        (add(std::move(modules)), ...);
    }

    /// Appends a module; returns *this.
    template <std::derived_from<Module<T>> M>
    Sequential& add(M module) {
        return add(std::make_unique<M>(std::move(module)));
    }
    /// @throws ValueError  `module` is null.
    Sequential& add(std::unique_ptr<Module<T>> module);

    /// The number of modules.
    std::size_t size() const { return modules_.size(); }
    /// The module at a position. @throws ValueError  no such position.
    Module<T>& operator[](std::size_t position);
    /// The module at a position. @throws ValueError  no such position.
    const Module<T>& operator[](std::size_t position) const;

    std::string kind() const override { return "Sequential"; }
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    std::vector<std::unique_ptr<Module<T>>> modules_;
};

/// The scalar type is that of the first module.
template <class M, class... Rest>
Sequential(M, Rest...) -> Sequential<typename M::value_type>;

/// x + f(x) (He et al. 2016, arXiv:1512.03385), or g(x) + f(x) where f changes the shape. The state of f has
/// the prefix `body.`, that of g `shortcut.`.
template <class T = float>
class Residual final : public Module<T> {
public:
    /// Adds x to the result of this module.
    template <std::derived_from<Module<T>> F>
        requires(!std::same_as<Residual, F>)
    explicit Residual(F body) : Residual(std::make_unique<F>(std::move(body))) {}
    /// Adds the results of both.
    template <std::derived_from<Module<T>> F, std::derived_from<Module<T>> G>
    Residual(F body, G shortcut)
        : Residual(std::make_unique<F>(std::move(body)), std::make_unique<G>(std::move(shortcut))) {}
    /// Without a shortcut adds x. @throws ValueError  `body` is null.
    explicit Residual(std::unique_ptr<Module<T>> body, std::unique_ptr<Module<T>> shortcut = nullptr);

    /// f.
    Module<T>& body() { return *body_; }
    /// f.
    const Module<T>& body() const { return *body_; }
    /// g, or null.
    Module<T>* shortcut() { return shortcut_.get(); }
    /// g, or null.
    const Module<T>* shortcut() const { return shortcut_.get(); }

    std::string kind() const override { return "Residual"; }
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    std::unique_ptr<Module<T>> body_, shortcut_;
};

/// The scalar type is that of the modules.
template <class F, class... G>
Residual(F, G...) -> Residual<typename F::value_type>;

}  // namespace xgrad
