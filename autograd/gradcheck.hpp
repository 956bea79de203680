#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <xgrad/autograd/numerical_derivative.hpp>
#include <xgrad/autograd/tensor.hpp>

// Checks gradients against numerical derivatives. For those who write ops; costs many evaluations of the
// function.
namespace xgrad {

/// A function of Tensors, as `gradcheck` takes it. It must be deterministic, and return a Tensor of any
/// shape.
using DifferentiableFunction = std::function<Tensor<double>(const std::vector<Tensor<double>>&)>;

/// What `gradcheck` looks at, and what it lets pass.
struct GradcheckOptions {
    double tolerance = 1e-6;  ///< The relative error that an entry may have.
    double absolute = 1e-10;  ///< A difference below this is none.
    double step = 0.01;  ///< The first step of the numerical derivative, relative to max(1, |x|).
    bool second_order = true;  ///< Check the gradient of the gradient as well, also with respect to dy.
    std::size_t directions =
        0;  ///< 0: every entry. n: n random directions for each input, for inputs too large for the former.
    std::uint64_t seed = 20240229;  ///< Of the random projections and directions.
};

/// An entry at which the function has a kink.
struct GradcheckKink {
    std::string where;  ///< `input 1, shape (1, 3), element (0, 2)`, with `second order: ` before it where
                        ///< that was checked; then also `dy` instead of an input.
    double analytic;  ///< Accepted if it lies between the one-sided derivatives.
    double left;  ///< The derivative from the left.
    double right;  ///< The derivative from the right.
};

/// What `gradcheck` found.
struct GradcheckResult {
    bool ok = true;  ///< Whether every entry passed.
    std::string message;  ///< The worst entry if not `ok`; else empty, or a list of the kinks.
    double max_error = 0;  ///< The largest relative error of an entry that stands out from the noise.
    std::size_t entries = 0;  ///< How many derivatives were compared.
    std::vector<GradcheckKink> kinks;  ///< The entries at a kink. There is no derivative to compare with, so
                                       ///< look at them if unexpected.

    /// `ok`.
    explicit operator bool() const noexcept { return ok; }
};

/// Whether the gradients that the tape computes for f at `inputs` are those that differences of f's values
/// give:
///
///     const auto result = gradcheck([](const auto& in) { return my_op(in[0], in[1]); }, {randn<double>({2,
///     3}, rng), ...}); if (!result) std::cerr << result.message;
///
/// A result that is no scalar is reduced to sum(weights * result) with fixed random weights. The second order
/// applies the same check to sum_i sum(v_i * gradient_i), with fixed random v, and compares the derivative of
/// that with respect to dy, the gradient that reaches f's result, with the derivative of f along v: so a
/// backward function must not detach dy. An entry passes where analytic
/// and numerical value differ by at most `tolerance` times the larger of them, or by no more than the
/// numerical value's own uncertainty (which counts up to `tolerance` times the largest entry of that
/// gradient). At a kink (relu at 0) the analytic value passes if it lies between the one-sided derivatives.
/// An input that the result does not depend on has a gradient of 0. The inputs are copied; they need not
/// require a gradient.
///
/// What f throws comes through. What f does wrong otherwise (a value that is not finite, another one at each
/// call, an input changed in place) is a result that is not `ok`, with a message.
/// @throws ValueError  an option out of range, or an empty function.
GradcheckResult gradcheck(const DifferentiableFunction& f, const std::vector<Tensor<double>>& inputs,
                          const GradcheckOptions& options = {});

}  // namespace xgrad
