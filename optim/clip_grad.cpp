#include <xgrad/optim/clip_grad.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/kernels/elementwise.hpp>
#include <xgrad/core/kernels/reduce.hpp>

namespace xgrad {
namespace {

// Calls change(gradient) for the gradient of each parameter that has one.
template <class T, class F>
void for_each_gradient(const std::vector<Parameter<T>>& parameters, F change) {
    for (const auto& parameter : parameters)
        if (parameter.tensor.has_grad()) Tensor<T>(parameter.tensor.grad()).update(change);
}

// The sum of |x|^p, or for infinity the largest |x|.
template <class T>
double power_sum(const Array<T>& x, double p) {
    if (p == 2) return kernels::sum_of_squares(x.size(), x.data());
    double total = 0;
    for (const T value : x) {
        const double size = std::abs(static_cast<double>(value));
        total = std::isinf(p) ? std::max(total, size) : total + std::pow(size, p);
    }
    return total;
}

}  // namespace

template <class T>
double clip_grad_norm(const std::vector<Parameter<T>>& parameters, double max_norm, double p) {
    detail::check_positive("clip_grad_norm", "max_norm", max_norm);
    if (!(p > 0)) fail<ValueError>("clip_grad_norm", fmt::format("p must be positive, got {}", p));
    double total = 0;
    for (const auto& [name, tensor, decay] : parameters) {
        if (!tensor.has_grad()) continue;
        const Array<T>& gradient = tensor.grad().value();
        if (!kernels::all_finite(gradient.size(), gradient.data()))
            fail<NumericsError>("clip_grad_norm",
                                fmt::format("the gradient of {}, shape {}, holds a NaN or an infinity", name,
                                            to_string(gradient.shape())));
        const double sum = power_sum(gradient, p);
        total = std::isinf(p) ? std::max(total, sum) : total + sum;
    }
    const double norm = std::isinf(p) ? total : std::pow(total, 1 / p), factor = max_norm / (norm + 1e-6);
    if (factor < 1)
        for_each_gradient(parameters, [by = static_cast<T>(factor)](Array<T>& gradient) {
            kernels::binary(kernels::Binary::multiply, gradient.size(), gradient.data(), kernels::Step::next,
                            &by, kernels::Step::repeat, gradient.data());
        });
    return norm;
}

template <class T>
void clip_grad_value(const std::vector<Parameter<T>>& parameters, double limit) {
    detail::check_positive("clip_grad_value", "the limit", limit);
    for_each_gradient(parameters, [limit](Array<T>& gradient) {
        kernels::unary(kernels::Unary::clamp, gradient.size(), gradient.data(), gradient.data(),
                       {-limit, limit});
    });
}

#define INSTANTIATE(T)                                                                \
    template double clip_grad_norm(const std::vector<Parameter<T>>&, double, double); \
    template void clip_grad_value(const std::vector<Parameter<T>>&, double);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
