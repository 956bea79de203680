#include <cmath>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// softmax, log_softmax and the losses.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

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
        "cross_entropy(Tensor, Labels)",
        {},
        {invalid<ShapeError>("cross_entropy: expected logits (batch, classes) with at least one row, got (3)",
                             [](auto zeros) { cross_entropy(zeros({3}), {0}); }),
         invalid<ShapeError>(
             "cross_entropy: expected logits (batch, classes) with at least one row, got (0, 3)",
             [](auto zeros) { cross_entropy(zeros({0, 3}), {}); }),
         invalid<ShapeError>(
             "cross_entropy: expected logits (batch, classes) with at least one row, got (2, 3, 1)",
             [](auto zeros) { cross_entropy(zeros({2, 3, 1}), {0, 1}); }),
         invalid<ShapeError>("cross_entropy: logits (2, 3) need 2 labels, got 0",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {}); }),
         invalid<ShapeError>("cross_entropy: logits (2, 3) need 2 labels, got 3",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {0, 1, 2}); }),
         invalid<ValueError>("cross_entropy: labels[1] is 3, outside [0, 3)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {0, 3}); }),
         invalid<ValueError>("cross_entropy: labels[0] is -1, outside [0, 3)",
                             [](auto zeros) { cross_entropy(zeros({2, 3}), {-1, 0}); }),
         invalid<ValueError>("cross_entropy: labels[0] is 0, outside [0, 0)",
                             [](auto zeros) { cross_entropy(zeros({1, 0}), {0}); })}};
    const std::pair<Shape, Labels> cases[] = {
        {{2, 3}, {2, 0}}, {{1, 3}, {1}}, {{1, 1}, {0}}, {{3, 1}, {0, 0, 0}}, {{4, 3}, {1, 1, 2, 0}}};
    const auto of = [](const Shape& shape, const Labels& labels) {
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
        Labels labels(large_shape[0]);
        for (std::size_t i = 0; i < labels.size(); ++i) labels[i] = static_cast<int>(i);
        return std::vector{of(large_shape, labels)};
    };
    return op;
}

Op mse_loss_op() {
    Op op{"mse_loss(Tensor, Tensor)",
          {},
          {invalid<ShapeError>("mse_loss: prediction has shape (2, 3), target (3)",
                               [](auto zeros) { mse_loss(zeros({2, 3}), zeros({3})); }),
           invalid<ShapeError>("mse_loss: no elements: shape (0, 3)",
                               [](auto zeros) { mse_loss(zeros({0, 3}), zeros({0, 3})); })}};
    const auto of = [](const Shape& shape) {
        return sample(
            to_string(shape), {any(shape), any(shape)}, [](const auto& in) { return mse_loss(in[0], in[1]); },
            {},
            [](const Index&, const Tensors<double>& in) {
                double sum = 0;
                for (std::size_t i = 0; i < in[0].size(); ++i)
                    sum += std::pow(in[0].value().data()[i] - in[1].value().data()[i], 2);
                return sum / static_cast<double>(in[0].size());
            });
    };
    for (const Shape& shape : shapes())
        if (size_of(shape) > 0) op.samples.push_back(of(shape));
    op.large = [of] { return std::vector{of(large_shape)}; };
    return op;
}

}  // namespace

std::vector<Op> loss_ops() {
    return {softmax_op(
                "softmax", [](const auto& x) { return softmax(x); }, [](double p) { return p; }),
            softmax_op(
                "log_softmax", [](const auto& x) { return log_softmax(x); },
                [](double p) { return std::log(p); }),
            cross_entropy_op(), mse_loss_op()};
}

}  // namespace xgrad::registry
