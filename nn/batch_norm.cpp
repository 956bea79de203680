#include <xgrad/nn/batch_norm.hpp>

#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/record.hpp>
#include <xgrad/core/kernels/batch_norm.hpp>

namespace xgrad {

template <class T>
BatchNorm1d<T>::BatchNorm1d(std::size_t features, const BatchNormOptions& options)
    : options_(options), running_mean_(zeros<T>({features})), running_variance_(ones<T>({features})) {
    if (features == 0) fail<ValueError>("BatchNorm1d", "expected at least one feature, got 0");
    if (!(options.epsilon > 0) || !std::isfinite(options.epsilon))
        fail<ValueError>("BatchNorm1d",
                         fmt::format("epsilon must be finite and positive, got {}", options.epsilon));
    if (!(options.momentum >= 0 && options.momentum <= 1))
        fail<ValueError>("BatchNorm1d", fmt::format("momentum must lie in [0, 1], got {}", options.momentum));
    if (!options.affine) return;
    gamma_ = ones<T>({features});
    beta_ = zeros<T>({features});
    gamma_.set_requires_grad(RequiresGrad::yes);
    beta_.set_requires_grad(RequiresGrad::yes);
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
    const std::size_t features = running_mean_.size();
    if (x.dim() != 2)
        fail<ShapeError>(fmt::format("expected (batch, {}), got {}", features, to_string(x.shape())));
    if (x.shape()[1] != features)
        fail<ShapeError>(fmt::format("expected (batch, {}), got {}: {} != {}", features, to_string(x.shape()),
                                     features, x.shape()[1]));
    return this->is_training() ? normalized_by_batch(x) : normalized_by_running_statistics(x);
}

template <class T>
Tensor<T> BatchNorm1d<T>::normalized_by_batch(const Tensor<T>& x) {
    const std::size_t batch = x.shape()[0];
    if (batch < 2)
        fail<ShapeError>(fmt::format(
            "training needs a batch of at least 2 to normalize with, got {}; for a single row call eval() first",
            to_string(x.shape())));
    BatchStatistics<T> statistics;
    Tensor<T> y = batch_norm(x, gamma_, beta_, options_.epsilon, &statistics);
    const auto follow = [weight = options_.momentum](Tensor<T>& running, const Array<T>& now, double scale) {
        running.update([&](Array<T>& values) {
            for (std::size_t j = 0; j < values.size(); ++j)
                values.data()[j] = static_cast<T>((1 - weight) * static_cast<double>(values.data()[j]) +
                                                  weight * scale * static_cast<double>(now.data()[j]));
        });
    };
    follow(running_mean_, statistics.mean, 1);
    follow(running_variance_, statistics.variance,
           static_cast<double>(batch) / static_cast<double>(batch - 1));
    ++batches_tracked_;
    return y;
}

template <class T>
Tensor<T> BatchNorm1d<T>::normalized_by_running_statistics(const Tensor<T>& x) const {
    const Tensor<T> scale = 1.0 / sqrt(running_variance_ + options_.epsilon);
    const bool recorded = options_.affine ? is_recording(x, gamma_, beta_) : is_recording(x);
    if (!recorded) {  // the same in one pass
        return Tensor<T>::computed([&] {
            Array<T> y(x.shape());
            kernels::batch_norm(x.shape()[0], x.shape()[1], x.value().data(), running_mean_.value().data(),
                                scale.value().data(), options_.affine ? gamma_.value().data() : nullptr,
                                options_.affine ? beta_.value().data() : nullptr, y.data());
            return y;
        });
    }
    const Tensor<T> centered =
        x - running_mean_;  // first, since x * scale - mean * scale would cancel where the mean is large
    return options_.affine ? centered * (gamma_ * scale) + beta_ : centered * scale;
}

template class BatchNorm1d<float>;
template class BatchNorm1d<double>;

}  // namespace xgrad
