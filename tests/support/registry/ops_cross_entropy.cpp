#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// Softmax, and the losses of classifiers.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

double naive_softmax(const Tensor<double>& x, Index at) {
    const double own = std::exp(element(x, at));
    double sum = 0;
    for (at.back() = 0; at.back() < x.shape().back(); ++at.back()) sum += std::exp(element(x, at));
    return own / sum;
}

template <class F>
Op softmax_op(const std::string& name, F op, double (*of_softmax)(double)) {
    Op entry{name + "(Tensor)",
             {},
             {invalid<ShapeError>(name + ": expected at least one axis, got shape ()",
                                  [op](auto zeros) { op(zeros({})); })}};
    const auto of = [op, of_softmax](const Shape& shape) {
        return sample(
            to_string(shape), {any(shape)}, [op](const auto& in) { return op(in[0]); }, shape,
            [of_softmax](const Index& at, const Tensors<double>& in) {
                return of_softmax(naive_softmax(in[0], at));
            });
    };
    for (const Shape& shape : shapes())
        if (!shape.empty()) entry.samples.push_back(of(shape));
    entry.large = [of] { return std::vector{of(large_shape)}; };
    return entry;
}

// Calls that a loss of labels refuses; call(rows, labels).
template <class F>
std::vector<Invalid> refused_labels(const std::string& name, const std::string& rows_name, F call) {
    return {invalid<ShapeError>(
                name + ": expected " + rows_name + " (batch, classes) with at least one row, got (3)",
                [=](auto zeros) { call(zeros({3}), Indices{0}); }),
            invalid<ShapeError>(
                name + ": expected " + rows_name + " (batch, classes) with at least one row, got (0, 3)",
                [=](auto zeros) { call(zeros({0, 3}), Indices{}); }),
            invalid<ShapeError>(
                name + ": expected " + rows_name + " (batch, classes) with at least one row, got (2, 3, 1)",
                [=](auto zeros) { call(zeros({2, 3, 1}), Indices{0, 1}); }),
            invalid<ShapeError>(name + ": " + rows_name + " (2, 3) need labels (2), got (0)",
                                [=](auto zeros) { call(zeros({2, 3}), Indices{}); }),
            invalid<ShapeError>(name + ": " + rows_name + " (2, 3) need labels (2), got (3)",
                                [=](auto zeros) { call(zeros({2, 3}), Indices{0, 1, 2}); }),
            invalid<ValueError>(name + ": labels[1] is 3, outside [0, 3)",
                                [=](auto zeros) { call(zeros({2, 3}), Indices{0, 3}); }),
            invalid<ValueError>(name + ": labels[0] is -1, outside [0, 3)",
                                [=](auto zeros) { call(zeros({2, 3}), Indices{-1, 0}); }),
            invalid<ValueError>(name + ": labels[0] is 0, outside [0, 0)",
                                [=](auto zeros) { call(zeros({1, 0}), Indices{0}); })};
}

constexpr std::pair<Reduction, const char*> reductions[] = {
    {Reduction::mean, "mean"}, {Reduction::sum, "sum"}, {Reduction::none, "none"}};

// The options of a loss of labels.
struct Options {
    double label_smoothing = 0;
    bool weighted = false;
    std::optional<std::int32_t> ignored = {};
};

double weight_of(std::size_t label) { return 0.5 + static_cast<double>(label); }

Array<double> weights(std::size_t classes) {
    Array<double> w(Shape{classes});
    for (std::size_t c = 0; c < classes; ++c) w(c) = weight_of(c);
    return w;
}

// The loss by definition, where minus_log(row, label) is that of one label.
template <class F>
double naive_loss(const Shape& shape, const Indices& labels, const Options& options, Reduction reduction,
                  const Index& at, F minus_log) {
    const auto weight = [&](std::size_t label) { return options.weighted ? weight_of(label) : 1; };
    std::vector<double> losses;
    double total = 0;
    for (std::size_t row = 0; row < shape[0]; ++row) {
        losses.push_back(0);
        if (options.ignored && labels[row] == *options.ignored) continue;
        const auto label = static_cast<std::size_t>(labels[row]);
        losses.back() = (1 - options.label_smoothing) * weight(label) * minus_log(row, label);
        for (std::size_t c = 0; c < shape[1]; ++c)
            losses.back() +=
                options.label_smoothing / static_cast<double>(shape[1]) * weight(c) * minus_log(row, c);
        total += weight(label);
    }
    if (reduction == Reduction::none) return losses[at[0]];
    double sum = 0;
    for (const double loss : losses) sum += loss;
    return reduction == Reduction::sum ? sum : sum / total;
}

const std::pair<Shape, Indices> labelled[] = {
    {{2, 3}, {2, 0}}, {{1, 3}, {1}}, {{1, 1}, {0}}, {{3, 1}, {0, 0, 0}}, {{4, 3}, {1, 1, 2, 0}}};

// Samples with these options and every reduction; call(rows, labels, reduction, weight).
template <class F, class G>
void append_label_samples(Op& op, const Options& options, F call, G minus_log) {
    for (const auto& [reduction, name] : reductions)
        for (const auto& [shape, labels] : labelled) {
            if (options.ignored && (shape[0] < 2 || shape[1] < 2)) continue;  // a mean of nothing is NaN
            op.samples.push_back(sample(
                fmt::format("{}, {}{}{}{}", to_string(shape), name,
                            options.label_smoothing > 0 ? ", smoothed" : "",
                            options.weighted ? ", weighted" : "", options.ignored ? ", ignoring" : ""),
                {any(shape)},
                [=, l = labels, r = reduction, classes = shape[1]](const auto& in) {
                    using X = std::decay_t<decltype(in[0])>;
                    return call(in[0], l, r, options.weighted ? like(in[0], weights(classes)) : X());
                },
                reduction == Reduction::none ? Shape{shape[0]} : Shape{},
                [=, s = shape, l = labels, r = reduction](const Index& at, const Tensors<double>& in) {
                    return naive_loss(s, l, options, r, at, [&](std::size_t row, std::size_t c) {
                        return minus_log(in[0], {row, c});
                    });
                }));
        }
}

double minus_log_softmax(const Tensor<double>& x, const Index& at) { return -std::log(naive_softmax(x, at)); }

Op cross_entropy_op() {
    Op op{"cross_entropy(Tensor, Indices, Reduction, double, Tensor, optional<int32_t>)",
          {},
          refused_labels("cross_entropy", "logits",
                         [](const auto& x, const Indices& labels) { cross_entropy(x, labels); })};
    op.invalid.push_back(invalid<ShapeError>("cross_entropy: expected weight (3), got (2)", [](auto zeros) {
        cross_entropy(zeros({2, 3}), Indices{0, 1}, Reduction::mean, 0, zeros({2}));
    }));
    op.invalid.push_back(invalid<ValueError>(
        "cross_entropy: label_smoothing must be in [0, 1], got 2",
        [](auto zeros) { cross_entropy(zeros({2, 3}), Indices{0, 1}, Reduction::mean, 2); }));
    op.invalid.push_back(invalid<ValueError>(
        "cross_entropy: labels[1] is -1, outside [0, 3)",
        [](auto zeros) { cross_entropy(zeros({2, 3}), Indices{-100, -1}, Reduction::sum, 0, {}, -100); }));
    for (const Options& options : {Options{}, Options{0.2}, Options{0, true}, Options{0.2, true},
                                   Options{0, false, 0}, Options{0.2, true, 1}})
        append_label_samples(
            op, options,
            [options](const auto& x, const Indices& labels, Reduction reduction, const auto& weight) {
                return cross_entropy(x, labels, reduction, options.label_smoothing, weight, options.ignored);
            },
            minus_log_softmax);
    op.large = [] {
        std::vector<std::int32_t> labels(large_shape[0]);
        for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<std::int32_t>(i);
        return std::vector{sample(
            "large", {any(large_shape)},
            [labels](const auto& in) { return cross_entropy(in[0], Indices(labels)); }, {},
            [labels](const Index& at, const Tensors<double>& in) {
                return naive_loss(
                    large_shape, labels, {}, Reduction::mean, at,
                    [&](std::size_t row, std::size_t c) { return minus_log_softmax(in[0], {row, c}); });
            })};
    };
    return op;
}

Op soft_cross_entropy_op() {
    Op op{
        "cross_entropy(Tensor, Tensor, Reduction, double, Tensor)",
        {},
        {invalid<ShapeError>("cross_entropy: expected logits (batch, classes) with at least one row, got (3)",
                             [](auto zeros) { cross_entropy(zeros({3}), zeros({3})); }),
         invalid<ShapeError>("cross_entropy: logits have shape (2, 3), target (2)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), zeros({2})); }),
         invalid<ValueError>("cross_entropy: label_smoothing must be in [0, 1], got -1", [](auto zeros) {
             cross_entropy(zeros({2, 3}), zeros({2, 3}), Reduction::mean, -1);
         })}};
    for (const auto& [reduction, name] : reductions)
        for (const Options& options : {Options{}, Options{0.2, true}})
            for (const Shape& shape : {Shape{2, 3}, Shape{1, 1}, Shape{3, 1}, Shape{1, 4}}) {
                const auto weight = [options](std::size_t c) { return options.weighted ? weight_of(c) : 1; };
                op.samples.push_back(sample(
                    fmt::format("{}, {}{}", to_string(shape), name,
                                options.weighted ? ", smoothed and weighted" : ""),
                    {any(shape), between(0.1, 1, shape)},
                    [=, r = reduction](const auto& in) {
                        using X = std::decay_t<decltype(in[0])>;
                        return cross_entropy(in[0], in[1], r, options.label_smoothing,
                                             options.weighted ? like(in[0], weights(shape[1])) : X());
                    },
                    reduction == Reduction::none ? Shape{shape[0]} : Shape{},
                    [=, r = reduction](const Index& at, const Tensors<double>& in) {
                        double sum = 0;
                        for (std::size_t row = 0; row < shape[0]; ++row)
                            for (std::size_t c = 0; c < shape[1]; ++c) {
                                const double target =
                                    (1 - options.label_smoothing) * element(in[1], {row, c}) +
                                    options.label_smoothing / static_cast<double>(shape[1]);
                                if (r != Reduction::none || row == at[0])
                                    sum += weight(c) * target * minus_log_softmax(in[0], {row, c});
                            }
                        return r == Reduction::mean ? sum / static_cast<double>(shape[0]) : sum;
                    }));
            }
    return op;
}

Op nll_loss_op() {
    Op op{"nll_loss(Tensor, Indices, Reduction, Tensor, optional<int32_t>)",
          {},
          refused_labels("nll_loss", "log_probabilities",
                         [](const auto& x, const Indices& labels) { nll_loss(x, labels); })};
    for (const Options& options : {Options{}, Options{0, true}, Options{0, true, 1}})
        append_label_samples(
            op, options,
            [options](const auto& x, const Indices& labels, Reduction reduction, const auto& weight) {
                return nll_loss(x, labels, reduction, weight, options.ignored);
            },
            [](const Tensor<double>& x, const Index& at) { return -element(x, at); });
    return op;
}

}  // namespace

std::vector<Op> cross_entropy_ops() {
    return {softmax_op(
                "softmax", [](const auto& x) { return softmax(x); }, [](double p) { return p; }),
            softmax_op(
                "log_softmax", [](const auto& x) { return log_softmax(x); },
                [](double p) { return std::log(p); }),
            cross_entropy_op(), soft_cross_entropy_op(), nll_loss_op()};
}

}  // namespace xgrad::registry
