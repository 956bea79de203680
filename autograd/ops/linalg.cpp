#include <cmath>

#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/detail/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

Transpose opposite(Transpose transpose) {
    return transpose == Transpose::yes ? Transpose::no : Transpose::yes;
}

// The axes before the last `count`.
Shape leading(const Shape& shape, std::size_t count) {
    return Shape(shape.begin(), shape.end() - static_cast<std::ptrdiff_t>(count));
}

// x as a matrix: all axes but the last one as one.
template <class T>
Tensor<T> as_rows(const Tensor<T>& x) {
    return x.dim() == 2 ? x : reshape(x, Shape{size_of(leading(x.shape(), 1)), x.shape().back()});
}

}  // namespace

template <class T>
Tensor<T> matmul(const Tensor<T>& a, const Tensor<T>& b, Transpose transpose_a, Transpose transpose_b) {
    for (const auto& [name, x] : {std::pair("a", &a), {"b", &b}})
        if (x->dim() < 2)
            fail<ShapeError>("matmul", fmt::format("{} needs at least two axes, got shape {}", name,
                                                   to_string(x->shape())));
    const bool flip_a = transpose_a == Transpose::yes, flip_b = transpose_b == Transpose::yes;
    const auto extent = [](const Tensor<T>& x, std::size_t from_last) {
        return x.shape()[x.dim() - from_last];
    };
    const std::size_t rows = extent(a, flip_a ? 1 : 2), inner_a = extent(a, flip_a ? 2 : 1);
    const std::size_t inner_b = extent(b, flip_b ? 1 : 2), columns = extent(b, flip_b ? 2 : 1);
    if (inner_a != inner_b)
        fail<ShapeError>("matmul", fmt::format("inner extents differ: {}{} times {}{}: {} != {}",
                                               to_string(a.shape()), flip_a ? "^T" : "", to_string(b.shape()),
                                               flip_b ? "^T" : "", inner_a, inner_b));
    const Shape leading_a = leading(a.shape(), 2), leading_b = leading(b.shape(), 2);
    Shape shape =
        leading_a == leading_b ? leading_a : broadcast_shapes("matmul: leading axes", leading_a, leading_b);
    shape.insert(shape.end(), {rows, columns});
    checked_size("matmul", shape);
    if (!flip_a && !leading_a.empty() && leading_b.empty()) {  // one product of all rows
        const ComposedOp composed("matmul", a, b);
        return reshape(matmul(as_rows(a), b, Transpose::no, transpose_b), shape);
    }
    // With A' = op(a) and B' = op(b): dA' = dC B'^T and dB' = A'^T dC. The gradient of a transposed operand
    // is the transpose of that.
    return record("matmul",
                  Tensor<T>(multiply_matrices(a.value(), b.value(), transpose_a, transpose_b, shape)),
                  Edge{a,
                       [transpose_a, transpose_b](const auto& dc, const auto& other) {
                           return transpose_a == Transpose::yes
                                      ? matmul(other, dc, transpose_b, Transpose::yes)
                                      : matmul(dc, other, Transpose::no, opposite(transpose_b));
                       },
                       saves(b), Broadcasts::yes},
                  Edge{b,
                       [transpose_a, transpose_b](const auto& dc, const auto& other) {
                           return transpose_b == Transpose::yes
                                      ? matmul(dc, other, Transpose::yes, transpose_a)
                                      : matmul(other, dc, opposite(transpose_a), Transpose::no);
                       },
                       saves(a), Broadcasts::yes});
}
INSTANTIATE_BINARY(matmul, Transpose, Transpose)

template <class T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias) {
    if (weight.dim() != 2)
        fail<ShapeError>("linear",
                         fmt::format("expected weight (out, in), got {}", to_string(weight.shape())));
    const std::size_t in = weight.shape()[1], out = weight.shape()[0];
    if (x.dim() == 0) fail<ShapeError>("linear", fmt::format("expected x (..., {}), got ()", in));
    if (x.shape().back() != in)
        fail<ShapeError>("linear", fmt::format("expected x (..., {}), got {}: {} != {}", in,
                                               to_string(x.shape()), in, x.shape().back()));
    if (bias.defined() && bias.shape() != Shape{out})
        fail<ShapeError>("linear", fmt::format("expected bias ({}), got {}", out, to_string(bias.shape())));
    Shape shape = x.shape();
    shape.back() = out;
    checked_size("linear", shape);
    const std::size_t batch = size_of(leading(shape, 1));
    Array<T> y(shape);
    if (bias.defined()) kernels::repeat_row(batch, out, bias.value().data(), y.data());
    kernels::gemm(Transpose::no, Transpose::yes, batch, out, in, x.value().data(), in, weight.value().data(),
                  in, bias.defined(), y.data(), out);
    Tensor<T> result(std::move(y));
    const Edge to_x{
        x, [](const auto& dy, const auto& w, const Shape& of) { return reshape(matmul(as_rows(dy), w), of); },
        saves(weight, x.shape())};
    const Edge to_weight{weight,
                         [](const auto& dy, const auto& input) {
                             return detail::ProductGradient<T>{as_rows(dy), as_rows(input)};
                         },
                         saves(x)};
    if (!bias.defined()) return record("linear", std::move(result), to_x, to_weight);
    return record("linear", std::move(result), to_x, to_weight,
                  Edge{bias, [](const auto& dy) { return sum(as_rows(dy), {0}); }});
}
template Tensor<float> linear(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&);
template Tensor<double> linear(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&);

namespace {

template <class T>
void check_vectors(const char* op, const Tensor<T>& a, const Tensor<T>& b) {
    if (a.dim() != 1 || b.dim() != 1)
        fail<ShapeError>(op, fmt::format("expected two vectors, got {} and {}", to_string(a.shape()),
                                         to_string(b.shape())));
}

}  // namespace

template <class T>
Tensor<T> dot(const Tensor<T>& a, const Tensor<T>& b) {
    check_vectors("dot", a, b);
    if (a.size() != b.size())
        fail<ShapeError>("dot", fmt::format("extents differ: {} != {}", a.size(), b.size()));
    const auto times = [](const auto& dy, const auto& other) { return dy * other; };
    return record("dot", full<T>({}, kernels::dot(a.size(), a.value().data(), b.value().data())),
                  Edge{a, times, saves(b)}, Edge{b, times, saves(a)});
}
INSTANTIATE_BINARY(dot)

template <class T>
Tensor<T> outer(const Tensor<T>& a, const Tensor<T>& b) {
    const ComposedOp composed("outer", a, b);
    check_vectors("outer", a, b);
    checked_size("outer", {a.size(), b.size()});
    return unsqueeze(a, 1) * b;
}
INSTANTIATE_BINARY(outer)

template <class T>
Tensor<T> norm(const Tensor<T>& x, double p, const Axes& axes, KeepDims keepdims) {
    const ComposedOp composed("norm", x);
    const Axes over = normalize_axes("norm", axes, x.dim());
    if (p == 1) return sum(abs(x), over, keepdims);
    if (p == 2) {
        const Tensor<T> y = Tensor<T>::computed([&] {
            return map(kernels::Unary::sqrt,
                       sum_axes(map(kernels::Unary::square, x.value()), over, keepdims));
        });
        return record("norm", y,
                      Edge{x,
                           [shape = reduced_shape(x.shape(), over, KeepDims::yes)](
                               const auto& dy, const auto& in, const auto& out) {
                               return in * reshape(where(out, dy / where(out, out, 1.0), 0.0), shape);
                           },
                           saves(x, y)});
    }
    if (p != INFINITY) fail<ValueError>("norm", fmt::format("p must be 1, 2 or infinity, got {}", p));
    for (const auto axis : over)
        if (x.shape()[static_cast<std::size_t>(axis)] == 0)
            fail<ShapeError>("norm", fmt::format("x {} has no elements along the axes, and so no largest one",
                                                 to_string(x.shape())));
    return amax(abs(x), over, keepdims);
}
INSTANTIATE_UNARY(norm, double, const Axes&, KeepDims)

template <class T>
Tensor<T> norm(const Tensor<T>& x, double p) {
    return norm(x, p, axis_range(0, x.dim()));
}
INSTANTIATE_UNARY(norm, double)

}  // namespace xgrad
