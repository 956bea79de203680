#include <cmath>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// softmax, log_softmax and the losses.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }
Tensor<double> probabilities(const Shape& shape) { return between(0.1, 0.9, shape); }
// Whole numbers and up to 0.1 more, and the same with 0.2 added: their differences are at least 0.1 away from
// 0, 1/2 and -1/2.
Tensor<double> steps(const Shape& shape) {
    const Tensor<double> x = between(-2, 2, shape);
    Array<double> values = x.value();
    for (double& v : values) v = std::floor(v) + 0.1 * (v - std::floor(v));
    return Tensor<double>(std::move(values));
}
Tensor<double> half_steps(const Shape& shape) { return steps(shape) + 0.2; }

// Element `at` of the softmax along the last axis.
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

Op cross_entropy_op() {
    Op op{
        "cross_entropy(Tensor, Indices)",
        {},
        {invalid<ShapeError>("cross_entropy: expected logits (batch, classes) with at least one row, got (3)",
                             [](auto zeros) { cross_entropy(zeros({3}), {0}); }),
         invalid<ShapeError>(
             "cross_entropy: expected logits (batch, classes) with at least one row, got (0, 3)",
             [](auto zeros) { cross_entropy(zeros({0, 3}), {}); }),
         invalid<ShapeError>(
             "cross_entropy: expected logits (batch, classes) with at least one row, got (2, 3, 1)",
             [](auto zeros) { cross_entropy(zeros({2, 3, 1}), {0, 1}); }),
         invalid<ShapeError>("cross_entropy: logits (2, 3) need labels (2), got (0)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {}); }),
         invalid<ShapeError>("cross_entropy: logits (2, 3) need labels (2), got (3)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {0, 1, 2}); }),
         invalid<ValueError>("cross_entropy: labels[1] is 3, outside [0, 3)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {0, 3}); }),
         invalid<ValueError>("cross_entropy: labels[0] is -1, outside [0, 3)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {-1, 0}); }),
         invalid<ValueError>("cross_entropy: labels[0] is 0, outside [0, 0)",
                             [](auto zeros) { cross_entropy(zeros({1, 0}), {0}); })}};
    const std::pair<Shape, Indices> cases[] = {
        {{2, 3}, {2, 0}}, {{1, 3}, {1}}, {{1, 1}, {0}}, {{3, 1}, {0, 0, 0}}, {{4, 3}, {1, 1, 2, 0}}};
    const auto of = [](const Shape& shape, const Indices& labels) {
        return sample(
            to_string(shape), {any(shape)}, [labels](const auto& in) { return cross_entropy(in[0], labels); },
            {},
            [labels](const Index&, const Tensors<double>& in) {
                double sum = 0;
                for (std::size_t i = 0; i < labels.size(); ++i)
                    sum -= std::log(naive_softmax(in[0], {i, static_cast<std::size_t>(labels[i])}));
                return sum / static_cast<double>(labels.size());
            });
    };
    for (const auto& [shape, labels] : cases) op.samples.push_back(of(shape, labels));
    op.large = [of] {
        std::vector<std::int32_t> labels(large_shape[0]);
        for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i);
        return std::vector{of(large_shape, labels)};
    };
    return op;
}

// op(prediction, target, reduction), a loss with that value of each element.
template <class F>
std::vector<Sample> loss_samples(const std::string& label, F op,
                                 const std::function<double(double, double)>& formula,
                                 Generator make_prediction, Generator make_target,
                                 const std::vector<Shape>& of) {
    std::vector<Sample> samples;
    const auto element_at = [formula](const Tensors<double>& in, std::size_t i) {
        return formula(in[0].value().data()[i], in[1].value().data()[i]);
    };
    for (const auto& [reduction, name] :
         {std::pair(Reduction::mean, "mean"), {Reduction::sum, "sum"}, {Reduction::none, "none"}})
        for (const Shape& shape : of) {
            if (reduction == Reduction::mean && size_of(shape) == 0) continue;
            samples.push_back(sample(
                fmt::format("{}{} of {}", label, name, to_string(shape)),
                {make_prediction(shape), make_target(shape)},
                [op, reduction = reduction](const auto& in) { return op(in[0], in[1], reduction); },
                reduction == Reduction::none ? shape : Shape{},
                [element_at, shape, reduction = reduction](const Index& at, const Tensors<double>& in) {
                    if (reduction == Reduction::none) return element_at(in, flatten(shape, at));
                    double sum = 0;
                    for (std::size_t i = 0; i < in[0].size(); ++i) sum += element_at(in, i);
                    return reduction == Reduction::sum ? sum : sum / static_cast<double>(in[0].size());
                }));
        }
    return samples;
}

template <class F>
Op loss_op(const std::string& name, const std::string& option, F op,
           const std::function<double(double, double)>& formula, Generator make_prediction = any,
           Generator make_target = any) {
    return {name + "(Tensor, Tensor, Reduction" + option + ")",
            loss_samples("", op, formula, make_prediction, make_target, shapes()),
            {invalid<ShapeError>(name + ": prediction has shape (2, 3), target (3)",
                                 [op](auto zeros) { op(zeros({2, 3}), zeros({3}), Reduction::mean); }),
             invalid<ShapeError>(name + ": no elements: shape (0, 3)",
                                 [op](auto zeros) { op(zeros({0, 3}), zeros({0, 3}), Reduction::mean); })},
            [=] { return loss_samples("", op, formula, make_prediction, make_target, {large_shape}); }};
}

Op smooth_l1_op() {
    // The differences of steps() and half_steps() stay away from the kinks.
    Op op = loss_op(
        "smooth_l1_loss", ", double",
        [](const auto& p, const auto& t, Reduction reduction) {
            return smooth_l1_loss(p, t, reduction, 0.5);
        },
        [](double p, double t) {
            const double d = std::abs(p - t);
            return d < 0.5 ? d * d : d - 0.25;
        },
        steps, half_steps);
    append(op.samples, loss_samples(
                           "beta 0, ",
                           [](const auto& p, const auto& t, Reduction reduction) {
                               return smooth_l1_loss(p, t, reduction, 0);
                           },
                           [](double p, double t) { return std::abs(p - t); }, steps, half_steps, {{2, 3}}));
    op.invalid.push_back(invalid<ValueError>("smooth_l1_loss: expected beta >= 0, got -1", [](auto zeros) {
        smooth_l1_loss(zeros({2}), zeros({2}), Reduction::mean, -1);
    }));
    return op;
}

Op huber_op() {
    Op op = loss_op(
        "huber_loss", ", double",
        [](const auto& p, const auto& t, Reduction reduction) { return huber_loss(p, t, reduction, 0.5); },
        [](double p, double t) {
            const double d = std::abs(p - t);
            return d <= 0.5 ? d * d / 2 : 0.5 * (d - 0.25);
        },
        steps, half_steps);
    op.invalid.push_back(invalid<ValueError>("huber_loss: expected delta > 0, got 0", [](auto zeros) {
        huber_loss(zeros({2}), zeros({2}), Reduction::mean, 0);
    }));
    return op;
}

Op kl_divergence_op() {
    Op op = loss_op(
        "kl_divergence", ", LogTarget",
        [](const auto& p, const auto& t, Reduction reduction) {
            return kl_divergence(p, t, reduction, LogTarget::no);
        },
        [](double p, double t) { return t * (std::log(t) - p); }, any, probabilities);
    append(op.samples, loss_samples(
                           "of logarithms, ",
                           [](const auto& p, const auto& t, Reduction reduction) {
                               return kl_divergence(p, t, reduction, LogTarget::yes);
                           },
                           [](double p, double t) { return std::exp(t) * (t - p); }, any, any, shapes()));
    return op;
}

}  // namespace

std::vector<Op> loss_ops() {
    return {softmax_op(
                "softmax", [](const auto& x) { return softmax(x); }, [](double p) { return p; }),
            softmax_op(
                "log_softmax", [](const auto& x) { return log_softmax(x); },
                [](double p) { return std::log(p); }),
            cross_entropy_op(),
            loss_op(
                "mse_loss", "",
                [](const auto& p, const auto& t, Reduction reduction) { return mse_loss(p, t, reduction); },
                [](double p, double t) { return (p - t) * (p - t); }),
            loss_op(
                "l1_loss", "",
                [](const auto& p, const auto& t, Reduction reduction) { return l1_loss(p, t, reduction); },
                [](double p, double t) { return std::abs(p - t); }, steps, half_steps),
            smooth_l1_op(),
            huber_op(),
            loss_op(
                "binary_cross_entropy_with_logits", "",
                [](const auto& p, const auto& t, Reduction reduction) {
                    return binary_cross_entropy_with_logits(p, t, reduction);
                },
                [](double p, double t) { return std::log(1 + std::exp(p)) - p * t; }, nonzero, probabilities),
            kl_divergence_op()};
}

}  // namespace xgrad::registry
