#pragma once

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// max(x, 0), element by element. No state.
template <class T = float>
class ReLU final : public Module<T> {
public:
    std::string kind() const override { return "ReLU"; }
    void visit(StateVisitor<T>&) override {}
    std::unique_ptr<Module<T>> clone() const override { return with_state_of(*this, ReLU()); }

protected:
    Tensor<T> forward(const Tensor<T>& x) override { return relu(x); }
};

}  // namespace xgrad
