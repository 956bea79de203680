#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <xgrad/autograd/numerical_derivative.hpp>
#include <xgrad/autograd/tensor.hpp>

// Checks gradients against numerical derivatives. Meant for authors of ops; costs many evaluations of the
// function.
namespace xgrad {

/// The function that `gradcheck` checks. It must be deterministic and may return a Tensor of any shape.
using DifferentiableFunction = std::function<Tensor<double>(const std::vector<Tensor<double>>&)>;

/// What `gradcheck` checks, and how exactly.
struct GradcheckOptions {
    double tolerance = 1e-6;  ///< The largest accepted relative error of an entry.
    double absolute = 1e-10;  ///< A smaller absolute difference is always accepted.
    double step = 0.01;  ///< The first step of the numerical derivative, relative to max(1, |x|).
    bool second_order = true;  ///< Also check the gradient of the gradient, including with respect to dy.
    /// 0: check every entry. n: check n random directions per input, for inputs with too many entries.
    std::size_t directions = 0;
    std::uint64_t seed = 20240229;  ///< The seed of the random projections and directions.
};

/// An entry at which the function has a kink.
struct GradcheckKink {
    /// The place, as in `input 1, shape (1, 3), element (0, 2)`. The second-order check prepends
    /// `second order: ` and may name `dy` instead of an input.
    std::string where;
    double analytic;  ///< Accepted if it lies between the one-sided derivatives.
    double left;  ///< The derivative from the left.
    double right;  ///< The derivative from the right.
};

/// What `gradcheck` found.
struct GradcheckResult {
    bool ok = true;  ///< Whether every entry passed.
    std::string message;  ///< The worst entry if not `ok`; else empty, or a list of the kinks.
    double max_error = 0;  ///< The largest relative error of an entry that exceeds the numerical noise.
    std::size_t entries = 0;  ///< The number of compared derivatives.
    /// The entries at a kink. There the function has no derivative to compare with: inspect unexpected ones.
    std::vector<GradcheckKink> kinks;

    /// `ok`.
    explicit operator bool() const noexcept { return ok; }
};

/// Compares the gradients that the tape computes for f at `inputs` with finite differences of f's values:
///
///     const auto result = gradcheck([](const auto& in) { return my_op(in[0], in[1]); },
///                                   {randn<double>({2, 3}, rng), ...});
///     if (!result) std::cerr << result.message;
///
/// A non-scalar result is reduced to sum(weights * result) with fixed random weights. The second-order check
/// does the same for sum_i sum(v_i * gradient_i) with fixed random v. It also differentiates this sum with
/// respect to dy, the gradient that reaches f's result, and compares with the derivative of f along v;
/// therefore a backward function must not detach dy.
///
/// An entry passes if the analytic and the numerical value differ by at most `tolerance` times the larger of
/// them, or by no more than the uncertainty of the numerical value (which is capped at `tolerance` times the
/// largest entry of that gradient, or times the function's value if that is larger). At a kink (relu at 0)
/// the analytic value passes if it lies between the one-sided derivatives. An input that the result does not
/// depend on has a gradient of 0. The inputs are copied; they need not require a gradient.
///
/// Exceptions thrown by f propagate. Other faults of f (a value that is not finite, different values from
/// call to call, an input changed in place) give a result that is not `ok`, with a message.
/// @throws ValueError  an option is out of range, or f is empty.
GradcheckResult gradcheck(const DifferentiableFunction& f, const std::vector<Tensor<double>>& inputs,
                          const GradcheckOptions& options = {});

}  // namespace xgrad
