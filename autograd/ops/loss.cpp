#include <limits>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/formulas.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/checks.hpp>

namespace xgrad {
namespace {

using kernels::Loss;
using kernels::Step;

// The gradient of a loss with respect to the prediction, or to the target, composed of ops: it can be
// recorded.
template <class T>
Tensor<T> composed_gradient(Loss op, bool of_target, double a, const Tensor<T>& dy, const Tensor<T>& p,
                            const Tensor<T>& t) {
    using namespace formulas;
    switch (op) {
#define LOSS(name, value, gradient, target_slope) \
    case Loss::name: return of_target ? (target_slope) : (gradient);
#include <xgrad/core/kernels/formulas.def>
    }
    return {};
}

// The loss of each element, or their mean or sum: value and gradients are fused loops, unless the backward
// pass is recorded.
template <Loss op, class T>
Tensor<T> loss(const char* name, const Tensor<T>& prediction, const Tensor<T>& target, Reduction reduction,
               double a = 0) {
    if (prediction.shape() != target.shape())
        fail<ShapeError>(name, fmt::format("prediction has shape {}, target {}",
                                           to_string(prediction.shape()), to_string(target.shape())));
    const std::size_t n = prediction.size();
    if (reduction == Reduction::mean && n == 0)
        fail<ShapeError>(name, fmt::format("no elements: shape {}", to_string(prediction.shape())));
    const T *p = prediction.value().data(), *t = target.value().data();
    const double scale = reduction == Reduction::mean ? 1 / static_cast<double>(n) : 1;
    Tensor<T> y;
    if (reduction == Reduction::none) {
        Array<T> losses(prediction.shape());
        kernels::loss(op, n, p, t, losses.data(), {a});
        y = Tensor<T>(std::move(losses));
    } else {
        y = full<T>({}, scale * kernels::loss_sum(op, n, p, t, {a}));
    }
    return record(
        name, std::move(y), Inputs<T, 2>{&prediction, &target},
        [a, scale](const auto& dy, const auto& needed, const auto& x,
                   const auto& z) -> std::array<Tensor<T>, 2> {
            const Tensor<T> slope = scale == 1 ? dy : dy * scale;
            std::array<Tensor<T>, 2> gradients;
            for (std::size_t i = 0; i < 2; ++i) {
                if (!needed[i]) continue;
                gradients[i] =
                    is_recording(dy, x, z)
                        ? composed_gradient(op, i == 1, a, slope, x, z)
                        : Tensor<T>::computed([&] {
                              Array<T> gradient(x.shape());
                              kernels::loss_gradients(op, x.size(), slope.value().data(),
                                                      slope.dim() == x.dim() ? Step::next : Step::repeat,
                                                      x.value().data(), z.value().data(),
                                                      i == 0 ? gradient.data() : nullptr,
                                                      i == 1 ? gradient.data() : nullptr, {a});
                              return gradient;
                          });
            }
            return gradients;
        },
        saves(prediction, target));
}

}  // namespace

template <class T>
Tensor<T> mse_loss(const Tensor<T>& prediction, const Tensor<T>& target, Reduction reduction) {
    return loss<Loss::mse>("mse_loss", prediction, target, reduction);
}
INSTANTIATE_BINARY(mse_loss, Reduction)

template <class T>
Tensor<T> l1_loss(const Tensor<T>& prediction, const Tensor<T>& target, Reduction reduction) {
    return loss<Loss::l1>("l1_loss", prediction, target, reduction);
}
INSTANTIATE_BINARY(l1_loss, Reduction)

template <class T>
Tensor<T> smooth_l1_loss(const Tensor<T>& prediction, const Tensor<T>& target, Reduction reduction,
                         double beta) {
    if (!(beta >= 0)) fail<ValueError>("smooth_l1_loss", fmt::format("expected beta >= 0, got {}", beta));
    if (static_cast<T>(beta) == 0) return loss<Loss::l1>("smooth_l1_loss", prediction, target, reduction);
    return loss<Loss::smooth_l1>("smooth_l1_loss", prediction, target, reduction, beta);
}
INSTANTIATE_BINARY(smooth_l1_loss, Reduction, double)

template <class T>
Tensor<T> huber_loss(const Tensor<T>& prediction, const Tensor<T>& target, Reduction reduction,
                     double delta) {
    if (!(static_cast<T>(delta) > 0))
        fail<ValueError>("huber_loss", fmt::format("expected delta > 0, got {}", delta));
    return loss<Loss::huber>("huber_loss", prediction, target, reduction, delta);
}
INSTANTIATE_BINARY(huber_loss, Reduction, double)

template <class T>
Tensor<T> binary_cross_entropy_with_logits(const Tensor<T>& logits, const Tensor<T>& target,
                                           Reduction reduction) {
    return loss<Loss::binary_cross_entropy_with_logits>("binary_cross_entropy_with_logits", logits, target,
                                                        reduction);
}
INSTANTIATE_BINARY(binary_cross_entropy_with_logits, Reduction)

template <class T>
Tensor<T> kl_divergence(const Tensor<T>& log_prediction, const Tensor<T>& target, Reduction reduction,
                        LogTarget log_target) {
    return log_target == LogTarget::yes
               ? loss<Loss::kl_divergence_of_log>("kl_divergence", log_prediction, target, reduction)
               : loss<Loss::kl_divergence>("kl_divergence", log_prediction, target, reduction);
}
INSTANTIATE_BINARY(kl_divergence, Reduction, LogTarget)

template <class T>
Tensor<T> cosine_similarity(const Tensor<T>& a, const Tensor<T>& b, std::ptrdiff_t axis, double epsilon) {
    const ComposedOp composed("cosine_similarity", a, b);
    const Shape shape = broadcast_shapes("cosine_similarity", a.shape(), b.shape());
    const Axes along{static_cast<std::ptrdiff_t>(normalize_axis("cosine_similarity", axis, shape.size()))};
    detail::check_positive("cosine_similarity", "epsilon", epsilon);
    const auto length = [&](const Tensor<T>& x) {
        return clamp(norm(broadcast_to(x, shape), 2, along), epsilon,
                     std::numeric_limits<double>::infinity());
    };
    return sum(a * b, along) / length(a) / length(b);
}
INSTANTIATE_BINARY(cosine_similarity, std::ptrdiff_t, double)

}  // namespace xgrad
