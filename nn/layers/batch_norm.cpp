#include <xgrad/nn/layers/batch_norm.hpp>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>

namespace xgrad {

template <class T>
BatchNorm1d<T>::BatchNorm1d(std::size_t features, const BatchNormOptions& options)
    : options_(options), running_mean_(zeros<T>({features})), running_variance_(ones<T>({features})) {
    if (features == 0) fail<ValueError>("BatchNorm1d", "expected at least one feature, got 0");
    detail::check_positive("BatchNorm1d", "epsilon", options.epsilon);
    set_momentum(options.momentum);
    if (!options.affine) return;
    gamma_ = ones<T>({features});
    beta_ = zeros<T>({features});
    gamma_.set_requires_grad(RequiresGrad::yes);
    beta_.set_requires_grad(RequiresGrad::yes);
}

template <class T>
void BatchNorm1d<T>::set_momentum(std::optional<double> momentum) {
    if (momentum && !(*momentum >= 0 && *momentum <= 1))
        fail<ValueError>("BatchNorm1d", fmt::format("momentum must lie in [0, 1], got {}", *momentum));
    options_.momentum = momentum;
}

template <class T>
void BatchNorm1d<T>::reset_statistics() {
    running_mean_.assign(Array<T>(running_mean_.shape(), T{0}));
    running_variance_.assign(Array<T>(running_variance_.shape(), T{1}));
    batches_tracked_ = 0;
}

template <class T>
std::string BatchNorm1d<T>::describe() const {
    return fmt::format("BatchNorm1d({}{})", running_mean_.size(), options_.affine ? "" : ", not affine");
}

template <class T>
void BatchNorm1d<T>::visit(StateVisitor<T>& state) {
    if (options_.affine) {
        state.parameter("weight", gamma_, Decay::no);
        state.parameter("bias", beta_, Decay::no);
    }
    state.buffer("running_mean", running_mean_);
    state.buffer("running_var", running_variance_);
    state.buffer("num_batches_tracked", batches_tracked_);
}

template <class T>
std::unique_ptr<Module<T>> BatchNorm1d<T>::clone() const {
    return with_state_of(*this, BatchNorm1d(running_mean_.size(), options_));
}

template <class T>
Tensor<T> BatchNorm1d<T>::forward(const Tensor<T>& x) {
    if (x.dim() != 2 && x.dim() != 3)
        fail<ShapeError>(fmt::format("expected x (batch, {0}) or (batch, {0}, length), got {1}",
                                     running_mean_.size(), to_string(x.shape())));
    if (this->is_training()) return normalized_by_batch(x);
    return batch_norm(x, gamma_, beta_, running_mean_, running_variance_, options_.epsilon);
}

template <class T>
Tensor<T> BatchNorm1d<T>::normalized_by_batch(const Tensor<T>& x) {
    // The op batch_norm also accepts a single element of a feature and, without gamma, any number of
    // features.
    const std::size_t features = running_mean_.size(),
                      count = x.shape()[0] * (x.dim() == 3 ? x.shape()[2] : 1);
    if (count < 2)
        fail<ShapeError>(
            fmt::format("training needs {} to normalize with, got {}; for a single {} call eval() first",
                        x.dim() == 2 ? "a batch of at least 2" : "at least 2 elements of a channel",
                        to_string(x.shape()), x.dim() == 2 ? "row" : "element"));
    if (!options_.affine && x.shape()[1] != features)
        fail<ShapeError>(fmt::format("expected x (batch, {}{}), got {}: {} != {}", features,
                                     x.dim() == 2 ? "" : ", length", to_string(x.shape()), features,
                                     x.shape()[1]));
    BatchStatistics<T> statistics;
    Tensor<T> y = batch_norm(x, gamma_, beta_, options_.epsilon, &statistics);
    ++batches_tracked_;
    const double weight = options_.momentum.value_or(1 / static_cast<double>(batches_tracked_));
    const auto follow = [weight](Tensor<T>& running, const Array<T>& now, double scale) {
        running.update([&](Array<T>& values) {
            for (std::size_t j = 0; j < values.size(); ++j)
                values.data()[j] = static_cast<T>((1 - weight) * static_cast<double>(values.data()[j]) +
                                                  weight * scale * static_cast<double>(now.data()[j]));
        });
    };
    follow(running_mean_, statistics.mean, 1);
    follow(running_variance_, statistics.variance,
           static_cast<double>(count) / static_cast<double>(count - 1));
    return y;
}

template class BatchNorm1d<float>;
template class BatchNorm1d<double>;

}  // namespace xgrad
