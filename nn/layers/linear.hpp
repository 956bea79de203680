#pragma once

#include <xgrad/nn/init.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The options of a `Linear`, and of the filters of a convolution.
struct LinearOptions {
    Initializer weight = init::he_normal();  ///< Draws the weight.
    bool bias = true;  ///< Whether there is a bias, initially zero.
};

/// x weight^T + bias: (..., in) to (..., out). State: `weight` (out, in), `bias` (out).
template <class T = float>
class Linear final : public Module<T> {
public:
    /// @throws ValueError  in or out is 0.
    Linear(std::size_t in, std::size_t out, Rng& rng, const LinearOptions& options = {});

    std::string kind() const override { return "Linear"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

    /// The weight, (out, in).
    const Tensor<T>& weight() const { return weight_; }
    /// The bias, (out); undefined if there is none.
    const Tensor<T>& bias() const { return bias_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    Tensor<T> weight_;
    Tensor<T> bias_;
};

}  // namespace xgrad
