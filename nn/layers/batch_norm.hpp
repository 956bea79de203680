#pragma once

#include <optional>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The options of a `BatchNorm1d`.
struct BatchNormOptions {
    /// Added to the variance before the square root; positive, since a feature may be constant in a batch.
    double epsilon = 1e-5;
    /// The weight of the NEW batch in the running statistics. This is PyTorch's convention; in Keras and
    /// ONNX, momentum is 1 minus this value. Without one, they are the mean over all batches.
    std::optional<double> momentum = 0.1;
    bool affine = true;  ///< Whether to learn gamma and beta.
};

/// Batch normalization of features (Ioffe and Szegedy 2015, arXiv:1502.03167): (batch, features), or (batch,
/// features, length) for the channels of signals, to the same shape.
///
/// Training mode normalizes with the batch's mean and biased variance, and moves the running statistics
/// towards the batch's mean and unbiased variance. Evaluation mode normalizes with the running statistics.
/// The state has PyTorch's names: `weight` (gamma), `bias` (beta), `running_mean`, `running_var`, each
/// (features), and the counter `num_batches_tracked`.
template <class T = float>
class BatchNorm1d final : public Module<T> {
public:
    /// @throws ValueError  no features, an epsilon that is not finite and positive, or a momentum outside [0,
    /// 1].
    explicit BatchNorm1d(std::size_t features, const BatchNormOptions& options = {});

    std::string kind() const override { return "BatchNorm1d"; }
    std::string describe() const override;
    void visit(StateVisitor<T>& state) override;
    std::unique_ptr<Module<T>> clone() const override;

    /// The options given to the constructor, and the momentum last set.
    const BatchNormOptions& options() const { return options_; }
    /// Sets `BatchNormOptions::momentum`. @throws ValueError  it is not in [0, 1].
    void set_momentum(std::optional<double> momentum);
    /// Makes the running statistics those of a new layer: mean 0, variance 1, no batch seen.
    void reset_statistics();
    /// Gamma, (features); undefined if the layer is not affine.
    const Tensor<T>& weight() const { return gamma_; }
    /// Beta, (features); undefined if the layer is not affine.
    const Tensor<T>& bias() const { return beta_; }
    /// The running mean, (features), used in evaluation mode.
    const Tensor<T>& running_mean() const { return running_mean_; }
    /// The unbiased running variance, (features), used in evaluation mode.
    const Tensor<T>& running_variance() const { return running_variance_; }
    /// The number of batches that the running statistics have followed.
    std::int64_t batches_tracked() const { return batches_tracked_; }

protected:
    Tensor<T> forward(const Tensor<T>& x) override;

private:
    Tensor<T> normalized_by_batch(const Tensor<T>& x);

    BatchNormOptions options_;
    Tensor<T> gamma_;
    Tensor<T> beta_;
    Tensor<T> running_mean_;
    Tensor<T> running_variance_;
    std::int64_t batches_tracked_ = 0;
};

}  // namespace xgrad
