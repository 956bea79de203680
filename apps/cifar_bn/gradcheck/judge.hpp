#pragma once

#include <string>
#include <vector>

#include "cifar_bn/gradcheck/hand_derived.hpp"

namespace cifar_bn {

/// A numerical derivative with its error estimate.
struct Estimate {
    double value = 0;
    double error = 0;   ///< error estimate; infinite if there is no value
    bool kink = false;  ///< a ReLU switches so close to this point that every usable step crosses it
};

/// The gradient of one parameter (W1, b1, gamma1, ...), computed in several ways; the entries are in
/// row-major order.
struct ParameterGradients {
    std::string name;
    std::size_t columns = 1;  ///< columns of a matrix; 1 for a vector
    Values autodiff, hand_derived;
    Values central;  ///< plain central differences with one step; shown but not judged
    std::vector<Estimate> numerical;
};

/// The bounds (bars) that the gradients of a correct implementation meet.
struct Bars {
    double hand = 1e-11;        ///< |autodiff - hand-derived|, relative to `Finding::scale`
    double numerical = 1e-9;    ///< |autodiff - numerical|, relative to the scale; or
    double errors = 10;         ///< this many times the error estimate of the numerical derivative
    double uncertainty = 1e-5;  ///< error estimate, relative to the scale; a larger one would test nothing
    double kinks = 1e-3;        ///< fraction of entries at a kink
    double floor = 0.1;         ///< the smallest scale, relative to the largest entry of all gradients
};

/// The largest differences between the ways for one parameter, in absolute value.
struct Finding {
    double largest = 0;              ///< largest entry of the hand-derived gradient
    double scale = 0;                ///< the scale for relative differences, see `scale_of`
    double hand = 0;                 ///< largest |autodiff - hand-derived|
    double central = 0;              ///< largest |autodiff - central|
    double numerical = 0;            ///< largest |autodiff - numerical|, except at kinks
    double uncertainty = 0;          ///< largest error estimate, except at kinks
    std::vector<std::string> kinks;  ///< entries at a kink, such as `W1(3, 17)`
};

struct Judgement {
    std::vector<Finding> findings;      ///< one per parameter
    std::vector<std::string> failures;  ///< empty if all bars are met
    std::size_t entries = 0, kinks = 0;
};

/// The largest absolute value, or 0.
double largest_of(const Values& values);

/// The scale for differences in a gradient: its largest entry, or `floor` times the largest entry of all
/// gradients if that is larger. A bias before batch norm has a gradient of 0 that is computed as a sum of
/// terms that cancel; so has everything before batch norm if there are two images. The computed value is only
/// the rounding error of these terms, so its size is unrelated to the gradient's own.
double scale_of(double largest, double largest_of_all, double floor = Bars{}.floor);

/// Compares the ways of computing each gradient. @throws ShapeError  they differ in the number of entries.
Judgement judge(const std::vector<ParameterGradients>& gradients, const Bars& bars = {});

}  // namespace cifar_bn
