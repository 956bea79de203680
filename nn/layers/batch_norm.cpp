#include <xgrad/nn/layers/batch_norm.hpp>

#include <utility>
#include <vector>

#include <fmt/format.h>

#include <xgrad/autograd/shard.hpp>
#include <xgrad/core/checks.hpp>
#include <xgrad/nn/layers/activation.hpp>

namespace xgrad {
namespace {

// Of shards that do not share their statistics: their mean; that of the variances is of those scaled by
// `scale`.
template <class T>
void average_over_shards(Shard& shard, const char* kind, BatchStatistics<T>& statistics, double scale) {
    const std::size_t n = statistics.mean.size();
    std::vector<double> sums(statistics.mean.begin(), statistics.mean.end());
    for (const T variance : statistics.variance) sums.push_back(scale * static_cast<double>(variance));
    sums.push_back(1);
    shard.all_sum(kind, sums);
    const double shards = sums.back();
    for (double& sum : sums) sum /= shards;
    for (std::size_t i = 0; i < n; ++i) {
        statistics.mean.data()[i] = static_cast<T>(sums[i]);
        statistics.variance.data()[i] = static_cast<T>(sums[n + i]);
    }
}

}  // namespace

template <class T>
BatchNorm<T>::BatchNorm(const Form& form, std::size_t features, const BatchNormOptions& options)
    : form_(form),
      options_(options),
      running_mean_(zeros<T>({features})),
      running_variance_(ones<T>({features})) {
    if (features == 0) fail<ValueError>(form_.kind, "expected at least one feature, got 0");
    detail::check_positive(form.kind, "epsilon", options.epsilon);
    set_momentum(options.momentum);
    if (!options.affine) return;
    gamma_ = ones<T>({features});
    beta_ = zeros<T>({features});
    gamma_.set_requires_grad(RequiresGrad::yes);
    beta_.set_requires_grad(RequiresGrad::yes);
}

template <class T>
void BatchNorm<T>::set_momentum(std::optional<double> momentum) {
    if (momentum && !(*momentum >= 0 && *momentum <= 1))
        fail<ValueError>(form_.kind, fmt::format("momentum must lie in [0, 1], got {}", *momentum));
    options_.momentum = momentum;
}

template <class T>
void BatchNorm<T>::reset_statistics() {
    running_mean_.assign(Array<T>(running_mean_.shape(), T{0}));
    running_variance_.assign(Array<T>(running_variance_.shape(), T{1}));
    batches_tracked_ = 0;
}

template <class T>
std::string BatchNorm<T>::describe() const {
    return fmt::format("{}({}{})", form_.kind, features(), options_.affine ? "" : ", not affine");
}

template <class T>
void BatchNorm<T>::visit(StateVisitor<T>& state) {
    if (options_.affine) {
        state.parameter("weight", gamma_, Decay::no);
        state.parameter("bias", beta_, Decay::no);
    }
    state.buffer("running_mean", running_mean_);
    state.buffer("running_var", running_variance_);
    state.buffer("num_batches_tracked", batches_tracked_);
}

template <class T>
Tensor<T> BatchNorm<T>::forward_together(const Tensor<T>& x, const Module<T>& next) {
    const bool can =
        this->is_training() && x.dim() > 2 && next.kind() == "ReLU" && dynamic_cast<const Lambda<T>*>(&next);
    return can ? normalized(x, Activation::relu) : Tensor<T>();
}

template <class T>
Tensor<T> BatchNorm<T>::normalized(const Tensor<T>& x, Activation activation) {
    if (x.dim() < form_.least_axes || x.dim() > form_.most_axes)
        fail<ShapeError>(fmt::format("expected x {}, got {}",
                                     fmt::format(fmt::runtime(form_.shape), features()),
                                     to_string(x.shape())));
    if (this->is_training()) return normalized_by_batch(x, activation);
    return batch_norm(x, gamma_, beta_, running_mean_, running_variance_, options_.epsilon);
}

template <class T>
Tensor<T> BatchNorm<T>::normalized_by_batch(const Tensor<T>& x, Activation activation) {
    // The op batch_norm also accepts a single element of a feature and, without gamma, any number of
    // features.
    const Shard* const shard = Shard::current();
    std::size_t count = x.shape()[0];
    for (std::size_t axis = 2; axis < x.dim(); ++axis) count *= x.shape()[axis];
    const auto check_count = [&](double elements) {
        if (elements < 2)
            fail<ShapeError>(
                fmt::format("training needs {} to normalize with, got {}; for a single {} call eval() first",
                            x.dim() == 2 ? "a batch of at least 2" : "at least 2 elements of a channel",
                            to_string(x.shape()), x.dim() == 2 ? "row" : "element"));
    };
    if (!shard || !shard->shares_statistics()) check_count(static_cast<double>(count));
    if (!options_.affine && x.shape()[1] != features())
        fail<ShapeError>(fmt::format("expected x (batch, {}{}), got {}: {} != {}", features(),
                                     x.dim() == 2 ? "" : ", ...", to_string(x.shape()), features(),
                                     x.shape()[1]));
    BatchStatistics<T> statistics;
    Tensor<T> y = batch_norm(x, gamma_, beta_, options_.epsilon, &statistics, activation);
    check_count(statistics.count);
    follow(statistics);
    return y;
}

template <class T>
void BatchNorm<T>::follow(BatchStatistics<T>& statistics) {
    double unbiased = statistics.count / (statistics.count - 1);
    if (Shard* const shard = Shard::current()) {
        if (!shard->shares_statistics())
            average_over_shards(*shard, form_.kind, statistics, std::exchange(unbiased, 1));
        if (!shard->updates_buffers()) return;
    }
    ++batches_tracked_;
    const double weight = options_.momentum.value_or(1 / static_cast<double>(batches_tracked_));
    const auto move_towards = [weight](Tensor<T>& running, const Array<T>& now, double scale) {
        running.update([&](Array<T>& values) {
            for (std::size_t j = 0; j < values.size(); ++j)
                values.data()[j] = static_cast<T>((1 - weight) * static_cast<double>(values.data()[j]) +
                                                  weight * scale * static_cast<double>(now.data()[j]));
        });
    };
    move_towards(running_mean_, statistics.mean, 1);
    move_towards(running_variance_, statistics.variance, unbiased);
}

template class BatchNorm<float>;
template class BatchNorm<double>;

}  // namespace xgrad
