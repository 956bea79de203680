#pragma once

// Placed after the definition of an op, instantiates it for float and double: INSTANTIATE_UNARY(clamp,
// double, double) instantiates clamp(x, double, double). The macro's name says how many Tensors come first.
#define INSTANTIATE_UNARY(op, ...)                                              \
    template Tensor<float> op(const Tensor<float>& __VA_OPT__(, ) __VA_ARGS__); \
    template Tensor<double> op(const Tensor<double>& __VA_OPT__(, ) __VA_ARGS__);
#define INSTANTIATE_BINARY(op, ...)                                                                   \
    template Tensor<float> op(const Tensor<float>&, const Tensor<float>& __VA_OPT__(, ) __VA_ARGS__); \
    template Tensor<double> op(const Tensor<double>&, const Tensor<double>& __VA_OPT__(, ) __VA_ARGS__);
