#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/core/array_math.hpp>
#include <xgrad/core/kernels/softmax.hpp>

namespace xgrad {
namespace {

void check_not_scalar(const char* op, const Shape& shape) {
    if (shape.empty()) fail<ShapeError>(op, "expected at least one axis, got shape ()");
}

}  // namespace

template <class T>
Tensor<T> softmax(const Tensor<T>& x) {
    check_not_scalar("softmax", x.shape());
    Array<T> values(x.shape());
    const std::size_t n = x.shape().back();
    if (n > 0) kernels::softmax_rows(x.size() / n, n, x.value().data(), values.data());
    const Tensor<T> y(std::move(values));
    return record("softmax", y, Edge{x, [y](const Tensor<T>& dy) {
                                         const Tensor<T> product = dy * y;
                                         return product - y * sum(product, {-1}, KeepDims::yes);
                                     }});
}

template <class T>
Tensor<T> log_softmax(const Tensor<T>& x) {
    check_not_scalar("log_softmax", x.shape());
    const Axes last{static_cast<std::ptrdiff_t>(x.dim()) - 1};
    // The maximum goes first: where x is large, the rounding of logsumexp(x) would be far larger than that of
    // the result.
    Array<T> y_values = x.value();
    for (const auto reduction : {kernels::RowReduction::maximum, kernels::RowReduction::logsumexp})
        y_values = map(kernels::Binary::subtract, y_values, reduce_axes(reduction, y_values, last, true),
                       "log_softmax");
    const Tensor<T> y(std::move(y_values));
    return record("log_softmax", y,
                  Edge{x, [y](const Tensor<T>& dy) { return dy - exp(y) * sum(dy, {-1}, KeepDims::yes); }});
}

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

    const bool wanted = Tape<T>::recorder("cross_entropy", logits) != nullptr;
    Array<T> slope;  // (softmax - one_hot) / batch
    if (wanted) slope.resize(logits.shape());
    const double loss = kernels::cross_entropy(batch, classes, logits.value().data(), labels.data(),
                                               wanted ? slope.data() : nullptr);
    return record("cross_entropy", full<T>({}, loss),
                  Edge{logits, [logits, slope = Tensor<T>(std::move(slope))](const Tensor<T>& dy) {
                           if (!Tape<T>::current()) return slope * dy;
                           const double scale = 1 / static_cast<double>(logits.shape()[0]);
                           const Tensor<T> recorded = softmax(logits) * scale;
                           const Tensor<T> constant = recorded.detach() - slope;  // one_hot / batch
                           return (recorded - constant) * dy;
                       }});
}

template <class T>
Tensor<T> mse_loss(const Tensor<T>& prediction, const Tensor<T>& target) {
    if (prediction.shape() != target.shape())
        fail<ShapeError>("mse_loss", fmt::format("prediction has shape {}, target {}",
                                                 to_string(prediction.shape()), to_string(target.shape())));
    if (prediction.size() == 0)
        fail<ShapeError>("mse_loss", fmt::format("no elements: shape {}", to_string(prediction.shape())));
    Tape<T>::recorder("mse_loss", prediction,
                      target);  // so that a misuse is refused in this name, not in that of sub
    return mean(square(prediction - target));
}

#define INSTANTIATE(T)                                                 \
    template Tensor<T> softmax(const Tensor<T>&);                      \
    template Tensor<T> log_softmax(const Tensor<T>&);                  \
    template Tensor<T> cross_entropy(const Tensor<T>&, const Labels&); \
    template Tensor<T> mse_loss(const Tensor<T>&, const Tensor<T>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
