#include <fmt/format.h>

#include "support/registry/op_registry.hpp"

// Matrix products and linear.
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
    const auto of = [](const Extents& extents, Transpose ta, Transpose tb) {
        const auto [m, k, n] = extents;
        const bool a_flipped = ta == Transpose::yes, b_flipped = tb == Transpose::yes;
        const Shape a = a_flipped ? Shape{k, m} : Shape{m, k}, b = b_flipped ? Shape{n, k} : Shape{k, n};
        return sample(
            fmt::format("{}{} times {}{}", to_string(a), a_flipped ? "^T" : "", to_string(b),
                        b_flipped ? "^T" : ""),
            {any(a), any(b)}, [ta, tb](const auto& in) { return matmul(in[0], in[1], ta, tb); }, {m, n},
            [a_flipped, b_flipped, k = k](const Index& at, const Tensors<double>& in) {
                double sum = 0;
                for (std::size_t i = 0; i < k; ++i)
                    sum += element(in[0], a_flipped ? Index{i, at[0]} : Index{at[0], i}) *
                           element(in[1], b_flipped ? Index{at[1], i} : Index{i, at[1]});
                return sum;
            });
    };
    const auto transposed = {Transpose::no, Transpose::yes};
    for (const Extents& extents : {Extents{2, 3, 4}, Extents{3, 3, 3}, Extents{1, 3, 1}, Extents{3, 1, 2},
                                   Extents{1, 1, 1}, Extents{0, 3, 2}, Extents{2, 3, 0}, Extents{2, 0, 3}})
        for (const Transpose ta : transposed)
            for (const Transpose tb : transposed) op.samples.push_back(of(extents, ta, tb));
    op.large = [of] {  // OpenBLAS and both kinds of narrow products, each split between threads
        const Extents wide{101, 103, 107}, narrow{61, 2311, 10};
        std::vector<Sample> large{of(wide, Transpose::no, Transpose::no)};
        for (const Transpose ta : {Transpose::no, Transpose::yes})
            for (const Transpose tb : {Transpose::no, Transpose::yes}) large.push_back(of(narrow, ta, tb));
        return large;
    };
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
          {invalid<ShapeError>("linear: expected x (batch, 3), got (3)",
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
    const auto of = [](const Extents& extents, bool bias) {
        const auto [batch, in, out] = extents;
        Tensors<double> inputs{any({batch, in}), any({out, in})};
        if (bias) inputs.push_back(any({out}));
        return sample(
            fmt::format("{} to {}{}", to_string(inputs[0].shape()), out, bias ? ", biased" : ""), inputs,
            [bias](const auto& x) { return bias ? linear(x[0], x[1], x[2]) : linear(x[0], x[1]); },
            {batch, out},
            [in = in, bias](const Index& at, const Tensors<double>& x) {
                double sum = bias ? element(x[2], {at[1]}) : 0;
                for (std::size_t i = 0; i < in; ++i)
                    sum += element(x[0], {at[0], i}) * element(x[1], {at[1], i});
                return sum;
            });
    };
    for (const Extents& extents : {Extents{2, 3, 4}, Extents{3, 3, 3}, Extents{1, 3, 2}, Extents{4, 1, 1},
                                   Extents{0, 3, 2}, Extents{2, 0, 3}, Extents{2, 3, 0}})
        for (const bool bias : {false, true}) op.samples.push_back(of(extents, bias));
    op.large = [of] { return std::vector{of({61, 2311, 10}, true)}; };
    return op;
}

}  // namespace

std::vector<Op> linear_algebra_ops() { return {matmul_op(), linear_op()}; }

}  // namespace xgrad::registry
