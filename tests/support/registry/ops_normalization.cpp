#include <cmath>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// The two forms of batch_norm.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

double naive_batch_norm(const Index& at, const Tensors<double>& in, double epsilon) {
    const std::size_t column = at[1];
    std::vector<double> all;  // of this feature or channel
    for (std::size_t i = 0; i < in[0].size(); ++i)
        if (unflatten(in[0].shape(), i)[1] == column) all.push_back(in[0].value().data()[i]);
    double mean = 0, variance = 0;
    for (const double v : all) mean += v / static_cast<double>(all.size());
    for (const double v : all) variance += std::pow(v - mean, 2) / static_cast<double>(all.size());
    const double normalized = (element(in[0], at) - mean) / std::sqrt(variance + epsilon);
    return in.size() == 1 ? normalized : element(in[1], {column}) * normalized + element(in[2], {column});
}

Op batch_norm_op() {
    Op op{
        "batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*, Activation)",
        {},
        {invalid<ShapeError>("batch_norm: expected x (batch, features) or (batch, channels, ...), got (3)",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({3}), {}, {}); }),
         invalid<ShapeError>("batch_norm: expected at least one row, got x (0, 3)",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({0, 3}), {}, {}); }),
         invalid<ShapeError>("batch_norm: expected at least one element of a channel, got x (2, 3, 0)",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3, 0}), {}, {}); }),
         invalid<ShapeError>("batch_norm: expected x (batch, 2, ...) for beta (2), got (2, 3, 4): 2 != 3",
                             [](auto zeros) { batch_norm(zeros({2, 3, 4}), zeros({3}), zeros({2})); }),
         invalid<ShapeError>("batch_norm: expected gamma (3), got (1, 3)",
                             [](auto zeros) { batch_norm(zeros({2, 3}), zeros({1, 3}), zeros({3})); }),
         invalid<ShapeError>("batch_norm: expected x (batch, 2) for beta (2), got (2, 3): 2 != 3",
                             [](auto zeros) { batch_norm(zeros({2, 3}), zeros({3}), zeros({2})); }),
         invalid<ValueError>("batch_norm: gamma and beta must both be given, or neither",
                             [](auto zeros) { batch_norm(zeros({2, 3}), zeros({3}), {}); }),
         invalid<ValueError>("batch_norm: epsilon must be finite and positive, got 0",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3}), {}, {}, 0); }),
         invalid<ValueError>("batch_norm: epsilon must be finite and positive, got inf",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3}), {}, {}, INFINITY); }),
         invalid<ValueError>("batch_norm: epsilon must be finite and positive, got -1",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3}), {}, {}, -1); }),
         invalid<ValueError>("batch_norm: epsilon must be finite and positive, got nan",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3}), {}, {}, NAN); })}};
    const auto of = [](const Tensor<double>& x, double epsilon, bool affine) {
        const Shape& shape = x.shape();
        Tensors<double> inputs{x};
        if (affine) inputs.insert(inputs.end(), {any({shape[1]}), any({shape[1]})});
        return sample(
            fmt::format("{}, epsilon {}{}", to_string(shape), epsilon, affine ? ", affine" : ""), inputs,
            [=](const auto& in) {
                return affine ? batch_norm(in[0], in[1], in[2], epsilon) : batch_norm(in[0], {}, {}, epsilon);
            },
            shape,
            [=](const Index& at, const Tensors<double>& in) { return naive_batch_norm(at, in, epsilon); });
    };
    for (const Shape& shape : {Shape{2, 3}, Shape{5, 2}, Shape{4, 1}, Shape{1, 3}, Shape{3, 0},
                               Shape{3, 2, 2}, Shape{1, 2, 3}, Shape{2, 3, 2, 1}, Shape{3, 1, 1}})
        // With two rows, all derivatives are about as small as epsilon: at 1e-5, rounding errors dominate the
        // finite differences.
        for (const double epsilon : {shape[0] == 2 ? 1e-3 : 1e-5, 0.1})
            for (const bool affine : {false, true})
                op.samples.push_back(of(distinct(shape), epsilon, affine));
    for (const Shape& shape : {Shape{4, 3}, Shape{3, 2, 2}, Shape{2, 3, 2, 1}})
        for (const bool affine : {false, true}) {
            // y is not near 0, where relu has a kink.
            Tensors<double> inputs{distinct(shape)};
            if (affine)
                inputs.insert(inputs.end(), {full<double>({shape[1]}, 1.5), full<double>({shape[1]}, -0.3)});
            op.samples.push_back(sample(
                fmt::format("{}, relu{}", to_string(shape), affine ? ", affine" : ""), inputs,
                [=]<class T>(const Tensors<T>& in) {
                    return affine ? batch_norm<T>(in[0], in[1], in[2], 0.1, nullptr, Activation::relu)
                                  : batch_norm<T>(in[0], {}, {}, 0.1, nullptr, Activation::relu);
                },
                shape,
                [=](const Index& at, const Tensors<double>& in) {
                    return std::max(0.0, naive_batch_norm(at, in, 0.1));
                }));
        }
    op.large = [of] {
        return std::vector{of(any(large_shape), 1e-5, true), of(any({7, 67, 9, 11}), 1e-5, true)};
    };
    return op;
}

// With given statistics. The inputs are x, mean, variance and, if affine, gamma and beta.
Op batch_norm_with_given_statistics() {
    Op op{"batch_norm(Tensor, Tensor, Tensor, Tensor, Tensor, double)",
          {},
          {invalid<ShapeError>("batch_norm: expected x (batch, 4, ...) for mean (4), got (2, 3, 1): 4 != 3",
                               []<class T>(Zeros<T> zeros) {
                                   batch_norm<T>(zeros({2, 3, 1}), {}, {}, zeros({4}), zeros({3}));
                               }),
           invalid<ShapeError>(
               "batch_norm: expected x (batch, 5) for mean (5), got (2, 4): 5 != 4",
               []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 4}), {}, {}, zeros({5}), zeros({5})); }),
           invalid<ShapeError>(
               "batch_norm: expected x (batch, 2) for variance (2), got (0, 3): 2 != 3",
               []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({0, 3}), {}, {}, zeros({3}), zeros({2})); }),
           invalid<ShapeError>(
               "batch_norm: expected mean (3), got ()",
               []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({2, 3}), {}, {}, zeros({}), zeros({3})); }),
           invalid<ShapeError>(
               "batch_norm: expected x (batch, 4) for gamma (4), got (2, 3): 4 != 3",
               [](auto zeros) { batch_norm(zeros({2, 3}), zeros({4}), zeros({3}), zeros({3}), zeros({3})); }),
           invalid<ShapeError>("batch_norm: expected beta (3), got (1, 3)",
                               [](auto zeros) {
                                   batch_norm(zeros({2, 3}), zeros({3}), zeros({1, 3}), zeros({3}),
                                              zeros({3}));
                               }),
           invalid<ValueError>(
               "batch_norm: gamma and beta must both be given, or neither",
               [](auto zeros) { batch_norm(zeros({2, 3}), {}, zeros({3}), zeros({3}), zeros({3})); }),
           invalid<ValueError>("batch_norm: epsilon must be finite and positive, got 0",
                               []<class T>(Zeros<T> zeros) {
                                   batch_norm<T>(zeros({2, 3}), {}, {}, zeros({3}), zeros({3}), 0);
                               })}};
    const auto of = [](const Shape& shape, double epsilon, bool affine) {
        const Shape row{shape[1]};
        const auto positive = [&] { return between(0.3, 2.5, row); };  // any of them may be the variance
        Tensors<double> inputs{any(shape), positive(), positive()};
        if (affine) inputs.insert(inputs.end(), {positive(), positive()});
        return sample(
            fmt::format("{}, epsilon {}{}", to_string(shape), epsilon, affine ? ", affine" : ""), inputs,
            [=](const auto& in) {
                return affine ? batch_norm(in[0], in[3], in[4], in[1], in[2], epsilon)
                              : batch_norm(in[0], {}, {}, in[1], in[2], epsilon);
            },
            shape,
            [=](const Index& at, const Tensors<double>& in) {
                const Index column{at[1]};
                const double normalized = (element(in[0], at) - element(in[1], column)) /
                                          std::sqrt(element(in[2], column) + epsilon);
                return affine ? element(in[3], column) * normalized + element(in[4], column) : normalized;
            });
    };
    for (const Shape& shape : {Shape{2, 3}, Shape{5, 2}, Shape{1, 1}, Shape{0, 2}, Shape{3, 0},
                               Shape{2, 2, 3}, Shape{1, 3, 2, 2}, Shape{2, 2, 0}})
        for (const double epsilon : {1e-5, 0.1})
            for (const bool affine : {false, true}) op.samples.push_back(of(shape, epsilon, affine));
    op.large = [of] { return std::vector{of(large_shape, 1e-5, true), of({7, 67, 9, 11}, 1e-5, true)}; };
    return op;
}

}  // namespace

std::vector<Op> normalization_ops() { return {batch_norm_op(), batch_norm_with_given_statistics()}; }

}  // namespace xgrad::registry
