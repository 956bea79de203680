#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/ops/detail/labels.hpp>
#include <xgrad/autograd/ops/detail/masked.hpp>
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

// kernel(rows, n, dy, y, dx) for the rows of the result along the last axis.
template <class T>
Tensor<T> gradient_of_rows(void (*kernel)(std::size_t, std::size_t, const T*, const T*, T*),
                           const Tensor<T>& dy, const Tensor<T>& y) {
    Array<T> dx(y.shape());
    const std::size_t n = y.shape().back();
    if (n > 0) kernel(y.size() / n, n, dy.value().data(), y.value().data(), dx.data());
    return Tensor<T>(std::move(dx));
}

}  // namespace

template <class T>
Tensor<T> softmax(const Tensor<T>& x) {
    const Tensor<T> y = of_rows("softmax", kernels::softmax_rows<T>, x);
    return record("softmax", y,
                  Edge{x,
                       [](const auto& dy, const auto& out) {
                           if (!is_recording(dy, out))
                               return gradient_of_rows(kernels::softmax_gradient<T>, dy, out);
                           const Tensor<T> product = dy * out;
                           return product - out * sum(product, {-1}, KeepDims::yes);
                       },
                       saves(y)});
}
INSTANTIATE_UNARY(softmax)

template <class T>
Tensor<T> log_softmax(const Tensor<T>& x) {
    const Tensor<T> y = of_rows("log_softmax", kernels::log_softmax_rows<T>, x);
    return record("log_softmax", y,
                  Edge{x,
                       [](const auto& dy, const auto& out) {
                           if (!is_recording(dy, out))
                               return gradient_of_rows(kernels::log_softmax_gradient<T>, dy, out);
                           return dy - exp(out) * sum(dy, {-1}, KeepDims::yes);
                       },
                       saves(y)});
}
INSTANTIATE_UNARY(log_softmax)

// ---- cross-entropy ----------------------------------------------------------------------------------------

namespace {

template <class T>
void check_rows(const char* op, const char* name, const Tensor<T>& x, const Tensor<T>& weight,
                double label_smoothing) {
    if (x.dim() != 2 || x.shape()[0] == 0)
        fail<ShapeError>(op, fmt::format("expected {} (batch, classes) with at least one row, got {}", name,
                                         to_string(x.shape())));
    if (weight.defined() && weight.shape() != Shape{x.shape()[1]})
        fail<ShapeError>(
            op, fmt::format("expected weight ({}), got {}", x.shape()[1], to_string(weight.shape())));
    if (!(label_smoothing >= 0 && label_smoothing <= 1))
        fail<ValueError>(op, fmt::format("label_smoothing must be in [0, 1], got {}", label_smoothing));
}

// The checked labels of a batch. A row that is ignored has label 0 and factor 0.
template <class T>
struct LabelledRows {
    Indices labels;
    Tensor<T> factors;  // (batch), the weight of the label
    Tensor<T> counted;  // (batch), 0 for an ignored row, else 1
    double total = 0;  // of the factors

    LabelledRows(const char* op, const char* name, const Tensor<T>& x, const Indices& given,
                 const Tensor<T>& weight, std::optional<std::int32_t> ignored) {
        const std::size_t batch = x.shape()[0], classes = x.shape()[1];
        detail::check_label_count(op, name, x, given);
        const Shape rows{batch};
        Array<std::int32_t> chosen = given.values();
        Array<T> factor(rows), counts(rows);
        if (ignored)
            for (std::int32_t& label : chosen) label = label == *ignored ? 0 : label;
        labels = Indices(std::move(chosen));
        labels.check(op, "labels", classes);
        for (std::size_t i = 0; i < batch; ++i) {
            const bool counts_row = !ignored || given[i] != *ignored;
            counts.data()[i] = counts_row ? T{1} : T{0};
            factor.data()[i] =
                counts_row && weight.defined() ? weight.value().data()[labels[i]] : counts.data()[i];
            total += static_cast<double>(factor.data()[i]);
        }
        factors = Tensor<T>(std::move(factor));
        counted = Tensor<T>(std::move(counts));
    }
};

template <class T>
Tensor<T> reduced(const Tensor<T>& losses, Reduction reduction, double total) {
    return reduction == Reduction::none  ? losses
           : reduction == Reduction::sum ? sum(losses)
                                         : sum(losses) / total;
}

// -factor times the log probability of each row's label; 0 where the factor is 0.
template <class T>
Tensor<T> label_losses(const Tensor<T>& log_probabilities, const LabelledRows<T>& rows) {
    const std::size_t batch = rows.labels.size();
    const Indices column(share(rows.labels.values(), {batch, 1}));
    return masked(reshape(gather(log_probabilities, 1, column), Shape{batch}), -rows.factors);
}

// An array of that shape with `value` at each row's label, and 0 elsewhere.
template <class T>
Tensor<T> at_labels(const Shape& shape, const Indices& labels, T value) {
    Array<T> y = filled<T>(shape, 0);
    for (std::size_t row = 0; row < labels.size(); ++row)
        y.data()[row * shape[1] + static_cast<std::size_t>(labels[row])] = value;
    return Tensor<T>(std::move(y));
}

// nll_loss without options: `scale` times the sum over the rows.
template <class T>
Tensor<T> summed_label_losses(const Tensor<T>& log_probabilities, const Indices& labels, double scale) {
    const T* const p = log_probabilities.value().data();
    const std::size_t classes = log_probabilities.shape()[1];
    double sum = 0;
    for (std::size_t row = 0; row < labels.size(); ++row)
        sum -= static_cast<double>(p[row * classes + static_cast<std::size_t>(labels[row])]);
    return record(
        "nll_loss", full<T>({}, scale * sum),
        Edge{log_probabilities,
             [slope = static_cast<T>(-scale)](const auto& dy, const Shape& shape, const Indices& chosen) {
                 if (!is_recording(dy)) return at_labels(shape, chosen, slope * dy.item());
                 return masked(dy, at_labels(shape, chosen, slope));
             },
             saves(log_probabilities.shape(), labels)});
}

// The mean over a batch without options: value and gradient in one kernel.
template <class T>
Tensor<T> mean_cross_entropy(const Tensor<T>& logits, const Indices& labels) {
    const std::size_t batch = logits.shape()[0], classes = logits.shape()[1];
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
                           // A value of 0 carries the derivative, so that the kernel's digits stay.
                           return (gradient + (recorded - recorded.detach())) * dy;
                       },
                       saves(logits, Tensor<T>(std::move(slope)))});
}

}  // namespace

template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Indices& labels, Reduction reduction,
                        double label_smoothing, const Tensor<T>& weight,
                        std::optional<std::int32_t> ignored) {
    const char* op = "cross_entropy";
    check_rows(op, "logits", logits, weight, label_smoothing);
    if (reduction == Reduction::mean && label_smoothing == 0 && !weight.defined() && !ignored) {
        detail::check_labels(op, "logits", logits, labels, logits.shape()[1]);
        return mean_cross_entropy(logits, labels);
    }
    const ComposedOp composed(op, logits);
    const LabelledRows<T> rows(op, "logits", logits, labels, weight, ignored);
    const Tensor<T> p = log_softmax(logits);
    Tensor<T> losses = label_losses(p, rows);
    if (label_smoothing > 0) {
        const Tensor<T> of_classes = sum(weight.defined() ? p * weight.detach() : p, {1});
        losses =
            losses * (1 - label_smoothing) -
            masked(of_classes, rows.counted) * (label_smoothing / static_cast<double>(logits.shape()[1]));
    }
    return reduced(losses, reduction, rows.total);
}
template Tensor<float> cross_entropy(const Tensor<float>&, const Indices&, Reduction, double,
                                     const Tensor<float>&, std::optional<std::int32_t>);
template Tensor<double> cross_entropy(const Tensor<double>&, const Indices&, Reduction, double,
                                      const Tensor<double>&, std::optional<std::int32_t>);

template <class T>
Tensor<T> cross_entropy(const Tensor<T>& logits, const Tensor<T>& target, Reduction reduction,
                        double label_smoothing, const Tensor<T>& weight) {
    const char* op = "cross_entropy";
    const ComposedOp composed(op, logits, target);
    check_rows(op, "logits", logits, weight, label_smoothing);
    if (target.shape() != logits.shape())
        fail<ShapeError>(op, fmt::format("logits have shape {}, target {}", to_string(logits.shape()),
                                         to_string(target.shape())));
    Tensor<T> t = target;
    if (label_smoothing > 0)
        t = t * (1 - label_smoothing) + label_smoothing / static_cast<double>(logits.shape()[1]);
    if (weight.defined()) t = t * weight.detach();
    return reduced(-sum(t * log_softmax(logits), {1}), reduction, static_cast<double>(logits.shape()[0]));
}
template Tensor<float> cross_entropy(const Tensor<float>&, const Tensor<float>&, Reduction, double,
                                     const Tensor<float>&);
template Tensor<double> cross_entropy(const Tensor<double>&, const Tensor<double>&, Reduction, double,
                                      const Tensor<double>&);

template <class T>
Tensor<T> nll_loss(const Tensor<T>& log_probabilities, const Indices& labels, Reduction reduction,
                   const Tensor<T>& weight, std::optional<std::int32_t> ignored) {
    const char *op = "nll_loss", *name = "log_probabilities";
    check_rows(op, name, log_probabilities, weight, 0);
    if (reduction != Reduction::none && !weight.defined() && !ignored) {
        detail::check_labels(op, name, log_probabilities, labels, log_probabilities.shape()[1]);
        const auto batch = static_cast<double>(labels.size());
        return summed_label_losses(log_probabilities, labels, reduction == Reduction::mean ? 1 / batch : 1);
    }
    const ComposedOp composed(op, log_probabilities);
    const LabelledRows<T> rows(op, name, log_probabilities, labels, weight, ignored);
    return reduced(label_losses(log_probabilities, rows), reduction, rows.total);
}
template Tensor<float> nll_loss(const Tensor<float>&, const Indices&, Reduction, const Tensor<float>&,
                                std::optional<std::int32_t>);
template Tensor<double> nll_loss(const Tensor<double>&, const Indices&, Reduction, const Tensor<double>&,
                                 std::optional<std::int32_t>);

}  // namespace xgrad
