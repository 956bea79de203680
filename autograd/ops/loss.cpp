#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/formulas.hpp>
#include <xgrad/autograd/ops/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/kernels/softmax.hpp>

namespace xgrad {
namespace {

using kernels::Loss;
using kernels::Step;

// kernel(rows, n, x, y) for the rows along the last axis.
template <class T>
Tensor<T> of_rows(const char* op, void (*kernel)(std::size_t, std::size_t, const T*, T*),
                  const Tensor<T>& x) {
    if (x.dim() == 0) fail<ShapeError>(op, "expected at least one axis, got shape ()");
    Array<T> y(x.shape());
    const std::size_t n = x.shape().back();
    if (n > 0) kernel(x.size() / n, n, x.value().data(), y.data());
    return Tensor<T>(std::move(y));
}

}  // namespace

template <class T>
Tensor<T> softmax(const Tensor<T>& x) {
    const Tensor<T> y = of_rows("softmax", kernels::softmax_rows<T>, x);
    return record("softmax", y,
                  Edge{x,
                       [](const auto& dy, const auto& out) {
                           const Tensor<T> product = dy * out;
                           return product - out * sum(product, {-1}, KeepDims::yes);
                       },
                       saves(y)});
}
INSTANTIATE_UNARY(softmax)

template <class T>
Tensor<T> log_softmax(const Tensor<T>& x) {
    const Tensor<T> y = of_rows("log_softmax", kernels::log_softmax_rows<T>, x);
    return record(
        "log_softmax", y,
        Edge{x, [](const auto& dy, const auto& out) { return dy - exp(out) * sum(dy, {-1}, KeepDims::yes); },
             saves(y)});
}
INSTANTIATE_UNARY(log_softmax)

template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Indices& labels) {
    if (logits.dim() != 2 || logits.shape()[0] == 0)
        fail<ShapeError>("cross_entropy",
                         fmt::format("expected logits (batch, classes) with at least one row, got {}",
                                     to_string(logits.shape())));
    const std::size_t batch = logits.shape()[0], classes = logits.shape()[1];
    if (labels.shape() != Shape{batch})
        fail<ShapeError>("cross_entropy",
                         fmt::format("logits {} need labels ({}), got {}", to_string(logits.shape()), batch,
                                     to_string(labels.shape())));
    labels.check("cross_entropy", "labels", classes);

    const bool wanted = is_recording(logits);
    Array<T> slope;  // (softmax - one_hot) / batch
    if (wanted) slope.resize(logits.shape());
    const double loss = kernels::cross_entropy(batch, classes, logits.value().data(), labels.data(),
                                               wanted ? slope.data() : nullptr);
    return record("cross_entropy", full<T>({}, loss),
                  Edge{logits,
                       [](const auto& dy, const auto& x, const auto& gradient) {
                           if (!is_recording<T>()) return gradient * dy;
                           const Tensor<T> recorded = softmax(x) * (1 / static_cast<double>(x.shape()[0]));
                           const Tensor<T> constant = recorded.detach() - gradient;  // one_hot / batch
                           return (recorded - constant) * dy;
                       },
                       saves(logits, Tensor<T>(std::move(slope)))});
}
INSTANTIATE_UNARY(cross_entropy, const Indices&)

namespace {

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
    if (static_cast<T>(beta) == 0) return loss<Loss::l1>("smooth_l1_loss", prediction, target, reduction);
    if (!(beta > 0)) fail<ValueError>("smooth_l1_loss", fmt::format("expected beta >= 0, got {}", beta));
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

}  // namespace xgrad
