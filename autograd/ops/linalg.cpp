#include <fmt/format.h>

#include <xgrad/autograd/ops.hpp>
#include <xgrad/autograd/ops/instantiate.hpp>
#include <xgrad/autograd/record.hpp>
#include <xgrad/core/array_math.hpp>

namespace xgrad {
namespace {

Transpose flip(Transpose transpose) { return transpose == Transpose::yes ? Transpose::no : Transpose::yes; }

void check_matrix(const char* op, const char* name, const Shape& shape) {
    if (shape.size() != 2)
        fail<ShapeError>(op, fmt::format("{} must be 2-D, got shape {}", name, to_string(shape)));
}

}  // namespace

template <class T>
Tensor<T> matmul(const Tensor<T>& a, const Tensor<T>& b, Transpose transpose_a, Transpose transpose_b) {
    check_matrix("matmul", "a", a.shape());
    check_matrix("matmul", "b", b.shape());
    const bool flip_a = transpose_a == Transpose::yes, flip_b = transpose_b == Transpose::yes;
    const std::size_t rows = a.shape()[flip_a ? 1 : 0], inner_a = a.shape()[flip_a ? 0 : 1];
    const std::size_t inner_b = b.shape()[flip_b ? 1 : 0], columns = b.shape()[flip_b ? 0 : 1];
    if (inner_a != inner_b)
        fail<ShapeError>("matmul", fmt::format("inner extents differ: {}{} times {}{}: {} != {}",
                                               to_string(a.shape()), flip_a ? "^T" : "", to_string(b.shape()),
                                               flip_b ? "^T" : "", inner_a, inner_b));
    checked_size("matmul", {rows, columns});
    // With A' = op(a) and B' = op(b): dA' = dC B'^T and dB' = A'^T dC. The gradient of a transposed operand
    // is the transpose of that.
    return record("matmul", Tensor<T>(multiply_matrices(a.value(), b.value(), transpose_a, transpose_b)),
                  Edge{a,
                       [transpose_a, transpose_b](const auto& dc, const auto& other) {
                           return transpose_a == Transpose::yes
                                      ? matmul(other, dc, transpose_b, Transpose::yes)
                                      : matmul(dc, other, Transpose::no, flip(transpose_b));
                       },
                       saves(b)},
                  Edge{b,
                       [transpose_a, transpose_b](const auto& dc, const auto& other) {
                           return transpose_b == Transpose::yes
                                      ? matmul(dc, other, Transpose::yes, transpose_a)
                                      : matmul(other, dc, flip(transpose_a), Transpose::no);
                       },
                       saves(a)});
}
INSTANTIATE_BINARY(matmul, Transpose, Transpose)

template <class T>
Tensor<T> linear(const Tensor<T>& x, const Tensor<T>& weight, const Tensor<T>& bias) {
    check_matrix("linear", "weight", weight.shape());
    const std::size_t in = weight.shape()[1], out = weight.shape()[0];
    if (x.dim() != 2)
        fail<ShapeError>("linear", fmt::format("expected x (batch, {}), got {}", in, to_string(x.shape())));
    const std::size_t batch = x.shape()[0];
    if (x.shape()[1] != in)
        fail<ShapeError>("linear", fmt::format("expected x (batch, {}), got {}: {} != {}", in,
                                               to_string(x.shape()), in, x.shape()[1]));
    if (bias.defined() && bias.shape() != Shape{out})
        fail<ShapeError>("linear", fmt::format("expected bias ({}), got {}", out, to_string(bias.shape())));
    checked_size("linear", {batch, out});
    Array<T> y(Shape{batch, out});
    if (bias.defined()) kernels::repeat_row(batch, out, bias.value().data(), y.data());
    kernels::gemm(Transpose::no, Transpose::yes, batch, out, in, x.value().data(), in, weight.value().data(),
                  in, bias.defined(), y.data(), out);
    return record(
        "linear", Tensor<T>(std::move(y)), Inputs<T, 3>{&x, &weight, bias.defined() ? &bias : nullptr},
        [](const auto& dy, const auto& needed, const auto& input, const auto& w) {
            return std::array<Tensor<T>, 3>{needed[0] ? matmul(dy, w) : Tensor<T>(),
                                            needed[1] ? matmul(dy, input, Transpose::yes) : Tensor<T>(),
                                            needed[2] ? sum(dy, {0}) : Tensor<T>()};
        },
        saves(x, weight));
}
template Tensor<float> linear(const Tensor<float>&, const Tensor<float>&, const Tensor<float>&);
template Tensor<double> linear(const Tensor<double>&, const Tensor<double>&, const Tensor<double>&);

}  // namespace xgrad
