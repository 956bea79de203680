#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/registry/op_registry.hpp"

// Products and norms.
namespace xgrad::registry {
namespace {

Tensor<double> any(const Shape& shape) { return between(-2, 2, shape); }

// Magnitudes at least 0.1 apart, and from 0.
Tensor<double> distinct_nonzero(const Shape& shape) {
    return Tensor<double>(
        evaluate(distinct(shape).value() + 0.15 * (static_cast<double>(size_of(shape)) / 2 + 1)));
}

template <class List>
List joined(List a, const List& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

Op matmul_op() {
    Op op{"matmul(Tensor, Tensor, Transpose, Transpose)",
          {},
          {invalid<ShapeError>("matmul: a needs at least two axes, got shape (3)",
                               [](auto zeros) { matmul(zeros({3}), zeros({3, 2})); }),
           invalid<ShapeError>("matmul: b needs at least two axes, got shape ()",
                               [](auto zeros) { matmul(zeros({2, 3}), zeros({})); }),
           invalid<ShapeError>("matmul: leading axes: cannot broadcast (4, 2) with (3): axis -1 is 2 and 3",
                               [](auto zeros) { matmul(zeros({4, 2, 5, 1}), zeros({3, 1, 5})); }),
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
        Shape leading_a = {}, leading_b = {};
    };
    const auto of = [](const Extents& extents, Transpose ta, Transpose tb) {
        const auto& [m, k, n, leading_a, leading_b] = extents;
        const bool a_flipped = ta == Transpose::yes, b_flipped = tb == Transpose::yes;
        const Shape a = joined(leading_a, a_flipped ? Shape{k, m} : Shape{m, k}),
                    b = joined(leading_b, b_flipped ? Shape{n, k} : Shape{k, n});
        return sample(
            fmt::format("{}{} times {}{}", to_string(a), a_flipped ? "^T" : "", to_string(b),
                        b_flipped ? "^T" : ""),
            {any(a), any(b)}, [ta, tb](const auto& in) { return matmul(in[0], in[1], ta, tb); },
            joined(naive_broadcast(leading_a, leading_b), {m, n}),
            [a_flipped, b_flipped, inner = k](const Index& at, const Tensors<double>& in) {
                const std::size_t row = at[at.size() - 2], column = at.back();
                const Index leading(at.begin(), at.end() - 2);
                double sum = 0;
                for (std::size_t i = 0; i < inner; ++i)
                    sum += element(in[0], joined(leading, a_flipped ? Index{i, row} : Index{row, i})) *
                           element(in[1], joined(leading, b_flipped ? Index{column, i} : Index{i, column}));
                return sum;
            });
    };
    const auto transposed = {Transpose::no, Transpose::yes};
    for (const Extents& extents :
         {Extents{2, 3, 4}, Extents{3, 3, 3}, Extents{1, 3, 1}, Extents{3, 1, 2}, Extents{1, 1, 1},
          Extents{0, 3, 2}, Extents{2, 3, 0}, Extents{2, 0, 3}, Extents{2, 3, 2, {2}, {2}},
          Extents{2, 3, 2, {2, 3}, {}}, Extents{2, 3, 1, {}, {2}}, Extents{1, 2, 2, {3, 1}, {2}},
          Extents{1, 2, 1, {0}, {1}}})
        for (const Transpose ta : transposed)
            for (const Transpose tb : transposed) op.samples.push_back(of(extents, ta, tb));
    op.large = [of] {  // OpenBLAS and both kinds of narrow products, each split between threads
        const Extents wide{101, 103, 107}, narrow{61, 2311, 10}, many{31, 29, 17, {3, 7}, {7}};
        std::vector<Sample> large{of(wide, Transpose::no, Transpose::no),
                                  of(many, Transpose::no, Transpose::yes)};
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
          {invalid<ShapeError>("linear: expected x (..., 3), got ()",
                               [](auto zeros) { linear(zeros({}), zeros({2, 3})); }),
           invalid<ShapeError>("linear: expected weight (out, in), got (3)",
                               [](auto zeros) { linear(zeros({2, 3}), zeros({3})); }),
           invalid<ShapeError>("linear: expected x (..., 3072), got (100, 784): 3072 != 784",
                               [](auto zeros) { linear(zeros({100, 784}), zeros({10, 3072})); }),
           invalid<ShapeError>("linear: expected bias (4), got (1, 4)",
                               [](auto zeros) { linear(zeros({2, 3}), zeros({4, 3}), zeros({1, 4})); }),
           invalid<ShapeError>(too_large("linear"),
                               [](auto zeros) { linear(zeros({huge, 0}), zeros({huge, 0})); })}};
    const auto of = [](const Shape& leading, std::size_t in, std::size_t out, bool bias) {
        const Shape from = joined(leading, {in}), to = joined(leading, {out});
        Tensors<double> inputs{any(from), any({out, in})};
        if (bias) inputs.push_back(any({out}));
        return sample(
            fmt::format("{} to {}{}", to_string(from), out, bias ? ", biased" : ""), inputs,
            [bias](const auto& x) { return bias ? linear(x[0], x[1], x[2]) : linear(x[0], x[1]); }, to,
            [in, bias](const Index& at, const Tensors<double>& x) {
                const Index row(at.begin(), at.end() - 1);
                double sum = bias ? element(x[2], {at.back()}) : 0;
                for (std::size_t i = 0; i < in; ++i)
                    sum += element(x[0], joined(row, {i})) * element(x[1], {at.back(), i});
                return sum;
            });
    };
    struct Case {
        Shape leading;
        std::size_t in, out;
    };
    for (const Case& c :
         {Case{{2}, 3, 4}, Case{{3}, 3, 3}, Case{{1}, 3, 2}, Case{{4}, 1, 1}, Case{{0}, 3, 2},
          Case{{2}, 0, 3}, Case{{2}, 3, 0}, Case{{}, 3, 2}, Case{{2, 3}, 2, 4}, Case{{2, 0}, 2, 3}})
        for (const bool bias : {false, true}) op.samples.push_back(of(c.leading, c.in, c.out, bias));
    op.large = [of] { return std::vector{of({61}, 2311, 10, true)}; };
    return op;
}

std::vector<Op> vector_ops() {
    Op inner{"dot(Tensor, Tensor)",
             {},
             {invalid<ShapeError>("dot: expected two vectors, got (2, 1) and (2)",
                                  [](auto zeros) { dot(zeros({2, 1}), zeros({2})); }),
              invalid<ShapeError>("dot: extents differ: 2 != 3",
                                  [](auto zeros) { dot(zeros({2}), zeros({3})); })}};
    for (const std::size_t n : {1UL, 3UL, 0UL})
        inner.samples.push_back(sample(
            fmt::format("{}", n), {any({n}), any({n})}, [](const auto& in) { return dot(in[0], in[1]); }, {},
            [n](const Index&, const Tensors<double>& in) {
                double sum = 0;
                for (std::size_t i = 0; i < n; ++i) sum += element(in[0], {i}) * element(in[1], {i});
                return sum;
            }));
    Op product{"outer(Tensor, Tensor)",
               {},
               {invalid<ShapeError>("outer: expected two vectors, got () and (2)",
                                    [](auto zeros) { outer(zeros({}), zeros({2})); })}};
    for (const auto& [m, n] : {std::pair(2UL, 3UL), {1UL, 1UL}, {3UL, 1UL}, {0UL, 2UL}})
        product.samples.push_back(sample(
            fmt::format("{} and {}", m, n), {any({m}), any({n})},
            [](const auto& in) { return outer(in[0], in[1]); }, {m, n},
            [](const Index& at, const Tensors<double>& in) {
                return element(in[0], {at[0]}) * element(in[1], {at[1]});
            }));
    return {inner, product};
}

// The sum over all positions of all labels that fit `at` in the result.
double naive_einsum(const std::vector<std::string>& labels, const std::string& result, const Index& at,
                    const Tensors<double>& in) {
    std::map<char, std::size_t> extents, fixed;
    for (std::size_t i = 0; i < in.size(); ++i)
        for (std::size_t axis = 0; axis < labels[i].size(); ++axis)
            extents[labels[i][axis]] = in[i].shape()[axis];
    for (std::size_t axis = 0; axis < result.size(); ++axis) fixed[result[axis]] = at[axis];
    Shape summed;
    std::string free;
    for (const auto& [label, extent] : extents)
        if (!fixed.contains(label)) {
            free += label;
            summed.push_back(extent);
        }
    double sum = 0;
    for (std::size_t i = 0; i < size_of(summed); ++i) {
        const Index chosen = unflatten(summed, i);
        for (std::size_t axis = 0; axis < free.size(); ++axis) fixed[free[axis]] = chosen[axis];
        double product = 1;
        for (std::size_t operand = 0; operand < in.size(); ++operand) {
            Index position;
            for (const char label : labels[operand]) position.push_back(fixed[label]);
            product *= in[operand].value().data()[flatten(in[operand].shape(), position)];
        }
        sum += product;
    }
    return sum;
}

Op einsum_op() {
    const auto refuses = []<class E>(E, const std::string& message, const char* equation,
                                     const std::vector<Shape>& shapes) {
        return invalid<E>("einsum: " + message, [=]<class T>(Zeros<T> zeros) {
            std::vector<Tensor<T>> operands;
            for (const Shape& shape : shapes) operands.push_back(zeros(shape));
            einsum(equation, operands);
        });
    };
    const ValueError value("");
    const ShapeError shape("");
    Op op{"einsum(string_view, vector<Tensor>)",
          {},
          {refuses(value, R"(in "i1" '1' is no letter)", "i1", {{2, 2}}),
           refuses(value, R"(in "ij-i" '-' is not followed by '>')", "ij-i", {{2, 2}}),
           refuses(value, R"(in "ij->k" no operand has the result's label 'k')", "ij->k", {{2, 2}}),
           refuses(value, R"(in "ij->ii" the result has the label 'i' twice)", "ij->ii", {{2, 2}}),
           refuses(value, R"(in "ij,jk" there are 2 operands, but 1 were given)", "ij,jk", {{2, 2}}),
           refuses(shape, R"(operand 1 has shape (2), but "jk" names 2 axes)", "ij,jk", {{2, 2}, {2}}),
           refuses(shape, "operand 1, shape (3, 2): 'j' is 3 here and 2 before", "ij,jk", {{2, 2}, {3, 2}})}};
    struct Case {
        const char* equation;
        std::vector<std::string> labels;
        std::string result;
        std::vector<Shape> shapes;
        Shape to;
    };
    const Case cases[] = {{"ij,jk->ik", {"ij", "jk"}, "ik", {{2, 3}, {3, 2}}, {2, 2}},
                          {"ij, jk", {"ij", "jk"}, "ik", {{1, 3}, {3, 1}}, {1, 1}},
                          {"bij,bjk->bik", {"bij", "bjk"}, "bik", {{2, 2, 3}, {2, 3, 1}}, {2, 2, 1}},
                          {"ij->ji", {"ij"}, "ji", {{2, 3}}, {3, 2}},
                          {"ba", {"ba"}, "ab", {{2, 3}}, {3, 2}},
                          {"ij->", {"ij"}, "", {{2, 3}}, {}},
                          {"ii->", {"ii"}, "", {{3, 3}}, {}},
                          {"iji->ji", {"iji"}, "ji", {{2, 3, 2}}, {3, 2}},
                          {"iii->i", {"iii"}, "i", {{2, 2, 2}}, {2}},
                          {"i,i,i->i", {"i", "i", "i"}, "i", {{3}, {3}, {3}}, {3}},
                          {"i,j->ij", {"i", "j"}, "ij", {{2}, {3}}, {2, 3}},
                          {"i,ij,j->", {"i", "ij", "j"}, "", {{2}, {2, 3}, {3}}, {}},
                          {"ab,cb,cd->ad", {"ab", "cb", "cd"}, "ad", {{2, 3}, {2, 3}, {2, 2}}, {2, 2}},
                          {",i->i", {"", "i"}, "i", {{}, {3}}, {3}},
                          {"ij,jk->ik", {"ij", "jk"}, "ik", {{0, 3}, {3, 2}}, {0, 2}}};
    for (const Case& c : cases) {
        Tensors<double> inputs;
        for (const Shape& shape_of_operand : c.shapes) inputs.push_back(any(shape_of_operand));
        op.samples.push_back(sample(
            c.equation, inputs, [equation = c.equation](const auto& in) { return einsum(equation, in); },
            c.to,
            [labels = c.labels, result = c.result](const Index& at, const Tensors<double>& in) {
                return naive_einsum(labels, result, at, in);
            }));
    }
    return op;
}

// The norm of the elements at the positions that differ from `at` in the axes only.
double naive_norm(const Tensor<double>& x, double p, const Axes& axes, const Index& at) {
    double sum = 0, largest = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const Index position = unflatten(x.shape(), i);
        Index kept;
        for (std::size_t axis = 0; axis < position.size(); ++axis)
            if (std::find(axes.begin(), axes.end(), static_cast<std::ptrdiff_t>(axis)) == axes.end())
                kept.push_back(position[axis]);
        if (kept != at) continue;
        const double size = std::abs(x.value().data()[i]);
        sum += p == 1 ? size : size * size;
        largest = std::max(largest, size);
    }
    return p == 1 ? sum : p == 2 ? std::sqrt(sum) : largest;
}

std::vector<Op> norm_ops() {
    Op over_axes{"norm(Tensor, double, Axes, KeepDims)",
                 {},
                 {invalid<ValueError>("norm: p must be 1, 2 or infinity, got 3",
                                      [](auto zeros) { norm(zeros({2, 3}), 3, {0}); }),
                  invalid<ShapeError>("norm: axis 2 is out of range for an array with 2 axes",
                                      [](auto zeros) { norm(zeros({2, 3}), 2, {2}); }),
                  invalid<ShapeError>("norm: x (2, 0) has no elements along the axes, and so no largest one",
                                      [](auto zeros) { norm(zeros({2, 0}), INFINITY, {1}); }),
                  invalid<ShapeError>("norm: x (0, 0) has no elements along the axes, and so no largest one",
                                      [](auto zeros) { norm(zeros({0, 0}), INFINITY, {1}); })}};
    Op of_all{"norm(Tensor, double)",
              {},
              {invalid<ValueError>("norm: p must be 1, 2 or infinity, got nan",
                                   [](auto zeros) { norm(zeros({2}), NAN); })}};
    for (const double p : {1.0, 2.0, static_cast<double>(INFINITY)}) {
        for (const auto& [shape, axes, to] : {std::tuple(Shape{2, 3}, Axes{1}, Shape{2}),
                                              {{2, 3}, {0}, {3}},
                                              {{2, 3}, {0, 1}, {}},
                                              {{3, 1}, {1}, {3}},
                                              {{0, 3}, {1}, {0}},
                                              {{2, 3, 2}, {0, 2}, {3}},
                                              {{1}, {0}, {}}})
            over_axes.samples.push_back(sample(
                fmt::format("{}-norm of {} over [{}]", p, to_string(shape), fmt::join(axes, ", ")),
                {distinct_nonzero(shape)}, [p, a = axes](const auto& in) { return norm(in[0], p, a); }, to,
                [p, a = axes](const Index& at, const Tensors<double>& in) {
                    return naive_norm(in[0], p, a, at);
                }));
        over_axes.samples.push_back(sample(
            fmt::format("{}-norm of (2, 3), kept", p), {distinct_nonzero({2, 3})},
            [p](const auto& in) { return norm(in[0], p, {-1}, KeepDims::yes); }, {2, 1},
            [p](const Index& at, const Tensors<double>& in) { return naive_norm(in[0], p, {1}, {at[0]}); }));
        for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}})
            of_all.samples.push_back(sample(
                fmt::format("{}-norm of {}", p, to_string(shape)), {distinct_nonzero(shape)},
                [p](const auto& in) { return norm(in[0], p); }, {},
                [p](const Index&, const Tensors<double>& in) {
                    Axes all;
                    for (std::size_t i = 0; i < in[0].dim(); ++i)
                        all.push_back(static_cast<std::ptrdiff_t>(i));
                    return naive_norm(in[0], p, all, {});
                }));
    }
    of_all.samples.push_back(sample(
        "1-norm of (0)", {any({0})}, [](const auto& in) { return norm(in[0], 1); }, {},
        [](const Index&, const Tensors<double>&) { return 0.0; }));
    return {over_axes, of_all};
}

}  // namespace

std::vector<Op> linear_algebra_ops() {
    std::vector<Op> ops{matmul_op(), linear_op(), einsum_op()};
    for (const auto& more : {vector_ops(), norm_ops()}) ops.insert(ops.end(), more.begin(), more.end());
    return ops;
}

}  // namespace xgrad::registry
