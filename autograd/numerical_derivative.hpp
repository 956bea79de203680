#pragma once

#include <functional>

namespace xgrad {

/// What `numerical_derivative` found.
struct NumericalDerivative {
    double value;  ///< The derivative; at a kink the central one, halfway between the sides.
    double error;  ///< An estimate of its absolute error, rounding included; infinite where the function is
                   ///< not finite.
    bool kink = false;  ///< The one-sided derivatives disagree, and do not come together as the step shrinks.
    double left;  ///< The derivative from the left; that and the next differ noticeably only at a kink. After
                  ///< a jump (the
    double right;  ///< function itself differs on both sides) one of them is large, of either sign.
};

/// The derivative of f at x by central differences with steps h, h/2, h/4, ..., extrapolated to a step of 0
/// (Ridders 1982, Advances in Engineering Software 4(2); Numerical Recipes, 3rd ed., section 5.7, `dfridr`).
///
/// Where the extrapolation does not converge (a kink or a pole within h, or strong curvature) it starts again
/// with a smaller step, down to h / 4096. A smooth f takes about 8 evaluations; a good h is about a hundredth
/// of the distance over which f changes much.
/// @throws ValueError  f is empty, x is not finite, or h is not finite and positive.
NumericalDerivative numerical_derivative(const std::function<double(double)>& f, double x, double h);

}  // namespace xgrad
