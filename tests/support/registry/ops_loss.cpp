#include <algorithm>
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

Op cosine_similarity_op() {
    Op op{"cosine_similarity(Tensor, Tensor, ptrdiff_t, double)",
          {},
          {invalid<ShapeError>("cosine_similarity: cannot broadcast (2, 3) with (2, 4): axis -1 is 3 and 4",
                               [](auto zeros) { cosine_similarity(zeros({2, 3}), zeros({2, 4})); }),
           invalid<ShapeError>("cosine_similarity: axis 1 is out of range for an array with 1 axis",
                               [](auto zeros) { cosine_similarity(zeros({3}), zeros({3})); }),
           invalid<ValueError>("cosine_similarity: epsilon must be finite and positive, got 0",
                               [](auto zeros) { cosine_similarity(zeros({2, 3}), zeros({2, 3}), 1, 0); })}};
    struct Case {
        Shape a, b;
        std::ptrdiff_t axis;
        std::size_t normalized;
        Shape to;
        double epsilon = 1e-8;
    };
    const Case cases[] = {{{2, 3}, {2, 3}, 1, 1, {2}}, {{3}, {3}, 0, 0, {}},
                          {{2, 3}, {3}, -1, 1, {2}},   {{2, 1, 3}, {2, 3}, 1, 1, {2, 3}},
                          {{0, 3}, {0, 3}, 1, 1, {0}}, {{1}, {1}, 0, 0, {}, 3.0}};
    for (const Case& c : cases)
        op.samples.push_back(sample(
            fmt::format("{} and {} along {}", to_string(c.a), to_string(c.b), c.axis), {any(c.a), any(c.b)},
            [c](const auto& in) { return cosine_similarity(in[0], in[1], c.axis, c.epsilon); }, c.to,
            [c](Index at, const Tensors<double>& in) {
                const std::size_t extent = naive_broadcast(c.a, c.b)[c.normalized];
                at.insert(at.begin() + static_cast<std::ptrdiff_t>(c.normalized), 0);
                double product = 0, a = 0, b = 0;
                for (std::size_t& i = at[c.normalized]; i < extent; ++i) {
                    const double x = element(in[0], at), y = element(in[1], at);
                    product += x * y;
                    a += x * x;
                    b += y * y;
                }
                return product / (std::max(std::sqrt(a), c.epsilon) * std::max(std::sqrt(b), c.epsilon));
            }));
    return op;
}

}  // namespace

std::vector<Op> loss_ops() {
    return {loss_op(
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
            kl_divergence_op(),
            cosine_similarity_op()};
}

}  // namespace xgrad::registry
