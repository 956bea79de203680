#include <cmath>

#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// Matrix products, linear and batch_norm.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

Op matmul_op() {
    Op op{"matmul(Tensor, Tensor, Transpose, Transpose)",
          {},
          {invalid<ShapeError>("matmul: a must be 2-D, got shape (3)",
                               [](auto zeros) { matmul(zeros({3}), zeros({3, 2})); }),
           invalid<ShapeError>("matmul: b must be 2-D, got shape (2, 3, 4)",
                               [](auto zeros) { matmul(zeros({2, 3}), zeros({2, 3, 4})); }),
           invalid<ShapeError>("matmul: inner extents differ: (2, 3) times (4, 5): 3 != 4",
                               [](auto zeros) { matmul(zeros({2, 3}), zeros({4, 5})); }),
           invalid<ShapeError>("matmul: inner extents differ: (2, 3)^T times (4, 5): 2 != 4",
                               [](auto zeros) { matmul(zeros({2, 3}), zeros({4, 5}), Transpose::yes); }),
           invalid<ShapeError>(
               "matmul: inner extents differ: (2, 3) times (4, 5)^T: 3 != 5",
               [](auto zeros) { matmul(zeros({2, 3}), zeros({4, 5}), Transpose::no, Transpose::yes); }),
           invalid<ShapeError>(too_large("matmul"),
                               [](auto zeros) { matmul(zeros({huge, 0}), zeros({0, huge})); })}};
    struct Extents {
        std::size_t m, k, n;
    };
    for (const auto& [m, k, n] : {Extents{2, 3, 4}, Extents{3, 3, 3}, Extents{1, 3, 1}, Extents{3, 1, 2},
                                  Extents{1, 1, 1}, Extents{0, 3, 2}, Extents{2, 3, 0}, Extents{2, 0, 3}})
        for (const Transpose ta : {Transpose::no, Transpose::yes})
            for (const Transpose tb : {Transpose::no, Transpose::yes}) {
                const bool a_flipped = ta == Transpose::yes, b_flipped = tb == Transpose::yes;
                const Shape a = a_flipped ? Shape{k, m} : Shape{m, k},
                            b = b_flipped ? Shape{n, k} : Shape{k, n};
                op.samples.push_back(sample(
                    fmt::format("{}{} times {}{}", to_string(a), a_flipped ? "^T" : "", to_string(b),
                                b_flipped ? "^T" : ""),
                    {any(a), any(b)}, [ta, tb](const auto& in) { return matmul(in[0], in[1], ta, tb); },
                    {m, n},
                    [a_flipped, b_flipped, k = k](const Index& at, const Tensors<double>& in) {
                        double sum = 0;
                        for (std::size_t i = 0; i < k; ++i)
                            sum += element(in[0], a_flipped ? Index{i, at[0]} : Index{at[0], i}) *
                                   element(in[1], b_flipped ? Index{at[1], i} : Index{i, at[1]});
                        return sum;
                    }));
            }
    op.samples.push_back(sample(
        "(3, 3) times itself", {any({3, 3})}, [](const auto& in) { return matmul(in[0], in[0]); }, {3, 3},
        [](const Index& at, const Tensors<double>& in) {
            double sum = 0;
            for (std::size_t i = 0; i < 3; ++i)
                sum += element(in[0], {at[0], i}) * element(in[0], {i, at[1]});
            return sum;
        }));
    return op;
}

Op linear_op() {
    Op op{"linear(Tensor, Tensor, Tensor)",
          {},
          {invalid<ShapeError>("linear: x must be 2-D, got shape (3)",
                               [](auto zeros) { linear(zeros({3}), zeros({2, 3})); }),
           invalid<ShapeError>("linear: weight must be 2-D, got shape (3)",
                               [](auto zeros) { linear(zeros({2, 3}), zeros({3})); }),
           invalid<ShapeError>("linear: expected x (batch, 3072), got (100, 784): 3072 != 784",
                               [](auto zeros) { linear(zeros({100, 784}), zeros({10, 3072})); }),
           invalid<ShapeError>("linear: expected bias (4), got (1, 4)",
                               [](auto zeros) { linear(zeros({2, 3}), zeros({4, 3}), zeros({1, 4})); }),
           invalid<ShapeError>(too_large("linear"),
                               [](auto zeros) { linear(zeros({huge, 0}), zeros({huge, 0})); })}};
    struct Extents {
        std::size_t batch, in, out;
    };
    for (const auto& [batch, in, out] :
         {Extents{2, 3, 4}, Extents{3, 3, 3}, Extents{1, 3, 2}, Extents{4, 1, 1}, Extents{0, 3, 2},
          Extents{2, 0, 3}, Extents{2, 3, 0}})
        for (const bool bias : {false, true}) {
            Tensors<double> inputs{any({batch, in}), any({out, in})};
            if (bias) inputs.push_back(any({out}));
            op.samples.push_back(sample(
                fmt::format("{} to {}{}", to_string(inputs[0].shape()), out, bias ? ", biased" : ""), inputs,
                [bias](const auto& x) { return bias ? linear(x[0], x[1], x[2]) : linear(x[0], x[1]); },
                {batch, out},
                [in = in, bias](const Index& at, const Tensors<double>& x) {
                    double sum = bias ? element(x[2], {at[1]}) : 0;
                    for (std::size_t i = 0; i < in; ++i)
                        sum += element(x[0], {at[0], i}) * element(x[1], {at[1], i});
                    return sum;
                }));
        }
    return op;
}

double naive_batch_norm(const Index& at, const Tensors<double>& in, double epsilon) {
    const std::size_t rows = in[0].shape()[0], column = at[1];
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < rows; ++i) mean += element(in[0], {i, column}) / static_cast<double>(rows);
    for (std::size_t i = 0; i < rows; ++i)
        variance += std::pow(element(in[0], {i, column}) - mean, 2) / static_cast<double>(rows);
    const double normalized = (element(in[0], at) - mean) / std::sqrt(variance + epsilon);
    return in.size() == 1 ? normalized : element(in[1], {column}) * normalized + element(in[2], {column});
}

Op batch_norm_op() {
    Op op{
        "batch_norm(Tensor, Tensor, Tensor, double, BatchStatistics*)",
        {},
        {invalid<ShapeError>("batch_norm: expected x (batch, features) with at least one row, got (3)",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({3}), {}, {}); }),
         invalid<ShapeError>("batch_norm: expected x (batch, features) with at least one row, got (0, 3)",
                             []<class T>(Zeros<T> zeros) { batch_norm<T>(zeros({0, 3}), {}, {}); }),
         invalid<ShapeError>("batch_norm: expected gamma (3), got (1, 3)",
                             [](auto zeros) { batch_norm(zeros({2, 3}), zeros({1, 3}), zeros({3})); }),
         invalid<ShapeError>("batch_norm: expected beta (3), got (2)",
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
    for (const Shape& shape : {Shape{2, 3}, Shape{5, 2}, Shape{4, 1}, Shape{1, 3}, Shape{3, 0}})
        // Of two rows all derivatives are about as small as epsilon: at 1e-5 they drown in the rounding of
        // what is differenced.
        for (const double epsilon : {shape[0] == 2 ? 1e-3 : 1e-5, 0.1})
            for (const bool affine : {false, true}) {
                Tensors<double> inputs{distinct(shape)};
                if (affine) inputs.insert(inputs.end(), {any({shape[1]}), any({shape[1]})});
                op.samples.push_back(sample(
                    fmt::format("{}, epsilon {}{}", to_string(shape), epsilon, affine ? ", affine" : ""),
                    inputs,
                    [=](const auto& in) {
                        return affine ? batch_norm(in[0], in[1], in[2], epsilon)
                                      : batch_norm(in[0], {}, {}, epsilon);
                    },
                    shape,
                    [=](const Index& at, const Tensors<double>& in) {
                        return naive_batch_norm(at, in, epsilon);
                    }));
            }
    return op;
}

}  // namespace

std::vector<Op> linear_algebra_ops() { return {matmul_op(), linear_op(), batch_norm_op()}; }

}  // namespace xgrad::registry
