#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/kernels/softmax.hpp>

namespace xgrad {
namespace {

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
Tensor<T> cross_entropy(const Tensor<T>& logits, const Labels& labels) {
    if (logits.dim() != 2 || logits.shape()[0] == 0)
        fail<ShapeError>("cross_entropy",
                         fmt::format("expected logits (batch, classes) with at least one row, got {}",
                                     to_string(logits.shape())));
    const std::size_t batch = logits.shape()[0], classes = logits.shape()[1];
    if (labels.size() != batch)
        fail<ShapeError>("cross_entropy", fmt::format("logits {} need {} labels, got {}",
                                                      to_string(logits.shape()), batch, labels.size()));
    for (std::size_t i = 0; i < batch; ++i)
        if (labels[i] < 0 || static_cast<std::size_t>(labels[i]) >= classes)
            fail<ValueError>("cross_entropy",
                             fmt::format("labels[{}] is {}, outside [0, {})", i, labels[i], classes));

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
INSTANTIATE_UNARY(cross_entropy, const Labels&)

template <class T>
Tensor<T> mse_loss(const Tensor<T>& prediction, const Tensor<T>& target) {
    if (prediction.shape() != target.shape())
        fail<ShapeError>("mse_loss", fmt::format("prediction has shape {}, target {}",
                                                 to_string(prediction.shape()), to_string(target.shape())));
    if (prediction.size() == 0)
        fail<ShapeError>("mse_loss", fmt::format("no elements: shape {}", to_string(prediction.shape())));
    check_inputs("mse_loss", prediction, target);
    return mean(square(prediction - target));
}
INSTANTIATE_BINARY(mse_loss)

}  // namespace xgrad
