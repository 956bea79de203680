#pragma once

#include <xgrad/nn/init.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// A trained row of features for each class: indices of any shape to (index..., features). State: `weight`
/// (classes, features). It is called with `Indices`, and so is no part of a Sequential.
template <class T = float>
class Embedding final : public Module<T> {
public:
    /// @throws ValueError  classes or features is 0, or the initializer is empty.
    Embedding(std::size_t classes, std::size_t features, Rng& rng,
              const Initializer& weight = init::normal(1));

    /// The rows with these numbers. @throws ValueError  an index is outside [0, classes).
    Tensor<T> operator()(const Indices& index);

    std::string kind() const override { return "Embedding"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override { state.parameter("weight", weight_); }
    std::unique_ptr<Module<T>> clone() const override;

    /// The weight, (classes, features).
    const Tensor<T>& weight() const { return weight_; }

private:
    Tensor<T> weight_;
};

}  // namespace xgrad
