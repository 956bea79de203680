#pragma once

#include <optional>

#include <xgrad/nn/module.hpp>

namespace xgrad {

/// The options of a batch normalization.
struct BatchNormOptions {
    /// Added to the variance before the square root; positive, since a feature may be constant in a batch.
    double epsilon = 1e-5;
    /// The weight of the NEW batch in the running statistics. This is PyTorch's convention; in Keras and
    /// ONNX, momentum is 1 minus this value. Without one, they are the mean over all batches.
    std::optional<double> momentum = 0.1;
    bool affine = true;  ///< Whether to learn gamma and beta.
};

/// Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167), to the same shape; of which shapes is said
/// by the classes below.
///
/// Training mode normalizes with the batch's mean and biased variance, and moves the running statistics
/// towards the batch's mean and unbiased variance. Evaluation mode normalizes with the running statistics. In
/// a `Shard` the batch is that of all shards; if they do not share their statistics, the running ones follow
/// the mean of the shards'.
/// The state has PyTorch's names: `weight` (gamma), `bias` (beta), `running_mean`, `running_var`, each
/// (features), and the counter `num_batches_tracked`.
template <class T = float>
class BatchNorm : public Module<T> {
public:
    std::string kind() const final { return form_.kind; }
    std::string describe() const final;
    void visit(StateVisitor<T>& state) final;

    /// The options given to the constructor, and the momentum last set.
    const BatchNormOptions& options() const { return options_; }
    /// Sets `BatchNormOptions::momentum`. @throws ValueError  it is not in [0, 1].
    void set_momentum(std::optional<double> momentum);
    /// Makes the running statistics those of a new layer: mean 0, variance 1, no batch seen.
    void reset_statistics();
    /// The number of features.
    std::size_t features() const { return running_mean_.size(); }
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
    /// What sets the classes apart: the numbers of axes that x may have, and how errors show its shape, where
    /// `{0}` stands for the features.
    struct Form {
        const char* kind;  ///< The class.
        std::size_t least_axes;  ///< The fewest axes of x.
        std::size_t most_axes;  ///< The most axes of x.
        const char* shape;  ///< `(batch, {0}, ...)`
    };
    /// Throws as the classes' constructors.
    BatchNorm(const Form& form, std::size_t features, const BatchNormOptions& options);
    Tensor<T> forward(const Tensor<T>& x) final { return normalized(x, Activation::none); }
    /// Of images and signals in training, with a `ReLU`.
    Tensor<T> forward_together(const Tensor<T>& x, const Module<T>& next) final;

private:
    Tensor<T> normalized(const Tensor<T>& x, Activation activation);
    Tensor<T> normalized_by_batch(const Tensor<T>& x, Activation activation);
    void follow(BatchStatistics<T>& statistics);

    Form form_;
    BatchNormOptions options_;
    Tensor<T> gamma_;
    Tensor<T> beta_;
    Tensor<T> running_mean_;
    Tensor<T> running_variance_;
    std::int64_t batches_tracked_ = 0;
};

/// Batch normalization of features, (batch, features), or of the channels of signals, (batch, features,
/// length).
template <class T = float>
class BatchNorm1d final : public BatchNorm<T> {
public:
    /// @throws ValueError  no features, an epsilon that is not finite and positive, or a momentum outside [0,
    /// 1].
    explicit BatchNorm1d(std::size_t features, const BatchNormOptions& options = {})
        : BatchNorm<T>({"BatchNorm1d", 2, 3, "(batch, {0}) or (batch, {0}, length)"}, features, options) {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, BatchNorm1d(this->features(), this->options()));
    }
};

/// Batch normalization of the channels of images, (batch, features, rows, columns).
template <class T = float>
class BatchNorm2d final : public BatchNorm<T> {
public:
    /// @throws ValueError  as for `BatchNorm1d`.
    explicit BatchNorm2d(std::size_t features, const BatchNormOptions& options = {})
        : BatchNorm<T>({"BatchNorm2d", 4, 4, "(batch, {0}, rows, columns)"}, features, options) {}
    std::unique_ptr<Module<T>> clone() const override {
        return with_state_of(*this, BatchNorm2d(this->features(), this->options()));
    }
};

}  // namespace xgrad
