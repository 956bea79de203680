#pragma once

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The options of a module that normalizes each example.
struct LayerNormOptions {
    double epsilon = 1e-5;  ///< Added to the variance before the square root; positive.
    bool affine = true;  ///< Whether to learn gamma and, but for RMSNorm, beta.
};

/// `layer_norm` over the last axes. State: `weight` (gamma) and `bias` (beta), of the normalized shape.
template <class T = float>
class LayerNorm final : public Module<T> {
public:
    /// @throws ShapeError  the shape has no elements, or no axis.
    /// @throws ValueError  epsilon is not finite and positive.
    explicit LayerNorm(const Shape& normalized, const LayerNormOptions& options = {});

    std::string kind() const override { return "LayerNorm"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

    /// The extents of the normalized axes.
    const Shape& normalized() const { return normalized_; }
    /// The options given to the constructor.
    const LayerNormOptions& options() const { return options_; }
    /// Gamma; undefined if the layer is not affine.
    const Tensor<T>& weight() const { return gamma_; }
    /// Beta; undefined if the layer is not affine.
    const Tensor<T>& bias() const { return beta_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    Shape normalized_;
    LayerNormOptions options_;
    Tensor<T> gamma_, beta_;
};

/// `rms_norm` over the last axes. State: `weight` (gamma), of the normalized shape.
template <class T = float>
class RMSNorm final : public Module<T> {
public:
    /// @throws ShapeError  the shape has no elements, or no axis.
    /// @throws ValueError  epsilon is not finite and positive.
    explicit RMSNorm(const Shape& normalized, const LayerNormOptions& options = {});

    std::string kind() const override { return "RMSNorm"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

    /// The extents of the normalized axes.
    const Shape& normalized() const { return normalized_; }
    /// The options given to the constructor.
    const LayerNormOptions& options() const { return options_; }
    /// Gamma; undefined if the layer is not affine.
    const Tensor<T>& weight() const { return gamma_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    Shape normalized_;
    LayerNormOptions options_;
    Tensor<T> gamma_;
};

/// `group_norm` of (batch, channels, ...). State: `weight` (gamma) and `bias` (beta), (channels).
template <class T = float>
class GroupNorm final : public Module<T> {
public:
    /// @throws ValueError  no groups, channels that are no multiple of them, no channels, or an epsilon that
    /// is not finite and positive.
    GroupNorm(std::size_t groups, std::size_t channels, const LayerNormOptions& options = {});

    std::string kind() const override { return "GroupNorm"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

    /// The number of groups.
    std::size_t groups() const { return groups_; }
    /// The number of channels.
    std::size_t channels() const { return channels_; }
    /// The options given to the constructor.
    const LayerNormOptions& options() const { return options_; }
    /// Gamma; undefined if the layer is not affine.
    const Tensor<T>& weight() const { return gamma_; }
    /// Beta; undefined if the layer is not affine.
    const Tensor<T>& bias() const { return beta_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    std::size_t groups_, channels_;
    LayerNormOptions options_;
    Tensor<T> gamma_, beta_;
};

}  // namespace xgrad
