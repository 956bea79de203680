#pragma once

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The numbers of a `BatchNorm1d`.
struct BatchNormOptions {
    double epsilon = 1e-5;  ///< Added to the variance before the square root; positive, since a feature may
                            ///< be constant in a batch.
    double momentum = 0.1;  ///< Weight of the NEW batch in the running statistics: PyTorch's convention;
                            ///< Keras's and ONNX's is 1 - this.
    bool affine = true;  ///< Learn gamma and beta.
};

/// Batch normalization of features (Ioffe and Szegedy 2015, arXiv:1502.03167): (batch, features) to the same.
///
/// In training mode it normalizes with the batch's mean and biased variance, and moves the running statistics
/// (with the unbiased variance) towards them; in evaluation mode it normalizes with the running statistics.
/// State, with PyTorch's names: `weight` (gamma), `bias` (beta), `running_mean`, `running_var`, each
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

    /// As constructed.
    const BatchNormOptions& options() const { return options_; }
    /// Gamma, (features); undefined where it is not affine.
    const Tensor<T>& weight() const { return gamma_; }
    /// Beta, (features); undefined where it is not affine.
    const Tensor<T>& bias() const { return beta_; }
    /// (features), what evaluation mode normalizes with.
    const Tensor<T>& running_mean() const { return running_mean_; }
    /// (features), unbiased, what evaluation mode normalizes with.
    const Tensor<T>& running_variance() const { return running_variance_; }

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
