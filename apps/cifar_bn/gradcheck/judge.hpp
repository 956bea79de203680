#pragma once

#include <string>
#include <vector>

#include "cifar_bn/gradcheck/hand_derived.hpp"

namespace cifar_bn {

/// A numerical derivative and how far it can be trusted.
struct Estimate {
    double value = 0;
    double error = 0;   ///< of the value; infinite where there is no value
    bool kink = false;  ///< a ReLU switches so close to this point that no step is short enough
};

/// The gradient of one parameter (W1, b1, gamma1, ...), computed in several ways; every entry, row by row.
struct ParameterGradients {
    std::string name;
    std::size_t columns = 1;  ///< of a matrix; 1 for a vector
    Values autodiff, hand_derived;
    Values central;  ///< plain central differences with one step; shown, not judged
    std::vector<Estimate> numerical;
};

/// What the gradients of a right implementation keep to.
struct Bars {
    double hand = 1e-11;        ///< autodiff - hand-derived, relative to `Finding::scale`
    double numerical = 1e-9;    ///< autodiff - numerical, relative to the scale; or
    double errors = 10;         ///< this many times the numerical derivative's own error, which
    double uncertainty = 1e-5;  ///< may be this, relative to the scale: more would judge nothing
    double kinks = 1e-3;        ///< entries at a kink, as a fraction of all
    double floor = 0.1;         ///< the least scale, relative to the largest entry of all gradients
};

/// How well the ways agree on one parameter.
struct Finding {
    double largest = 0;  ///< entry of the hand-derived gradient, in absolute value (as are all of these)
    double scale = 0;  ///< what differences are relative to, see `scale_of`
    double hand = 0;  ///< largest difference of autodiff and hand-derived
    double central = 0;  ///< ... of autodiff and plain central differences
    double numerical = 0;  ///< ... of autodiff and numerical derivatives, but for kinks
    double uncertainty = 0;  ///< largest error estimate of these
    std::vector<std::string> kinks;  ///< entries at one, such as `W1(3, 17)`
};

struct Judgement {
    std::vector<Finding> findings;  ///< one per comparison
    std::vector<std::string> failures;  ///< empty: all bars are kept
    std::size_t entries = 0, kinks = 0;
};

/// The largest absolute value, or 0.
double largest_of(const Values& values);

/// What differences in a gradient are relative to: its largest entry, or `floor` times the largest one of all
/// gradients if that is more. A bias before batch norm, and with two images everything before batch norm, has
/// a gradient of 0, computed as a sum of terms that cancel. What is left is their rounding error, whose size
/// has nothing to do with the gradient's own.
double scale_of(double largest, double largest_of_all, double floor = Bars{}.floor);

/// Compares the ways. @throws ShapeError  ways that differ in the number of entries.
Judgement judge(const std::vector<ParameterGradients>& gradients, const Bars& bars = {});

}  // namespace cifar_bn
