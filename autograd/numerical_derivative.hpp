#pragma once

#include <functional>

namespace xgrad {

/// The result of `numerical_derivative`.
struct NumericalDerivative {
    double value;  ///< The derivative; at a kink the central one, the mean of the one-sided derivatives.
    /// An estimate of the absolute error of `value`, including rounding; infinite where f is not finite.
    double error;
    /// `error` may be too small, by at most about this factor.
    static constexpr double error_margin = 10;
    /// The one-sided derivatives differ, and do not approach each other as the step shrinks.
    bool kink = false;
    double left;  ///< The derivative from the left.
    /// The derivative from the right. It differs noticeably from `left` only at a kink. At a jump (f itself
    /// differs on both sides of x) one of the two is large, of either sign.
    double right;
};

/// The derivative of f at x by central differences with steps h, h/2, h/4, ..., extrapolated to a step of 0
/// (Ridders 1982, Advances in Engineering Software 4(2); Numerical Recipes, 3rd ed., section 5.7, `dfridr`).
///
/// If the extrapolation does not converge (a kink or a pole within h, or strong curvature), it restarts with
/// a smaller step, down to h / 4096. A smooth f takes about 8 evaluations. A good h is about a hundredth of
/// the distance over which f changes significantly.
/// @throws ValueError  f is empty, x is not finite, or h is not finite and positive.
NumericalDerivative numerical_derivative(const std::function<double(double)>& f, double x, double h);

}  // namespace xgrad
