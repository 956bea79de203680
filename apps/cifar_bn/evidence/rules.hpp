#pragma once

#include <string>

// The rules by which the page judges results, fixed before the results that it judges. The page states them
// before its first number.
namespace cifar_bn::rules {

/// Of every interval; a p-value below 1 - `confidence` is more than chance.
inline constexpr double confidence = 0.95;
/// A sample is skewed if its skewness is more than so many standard errors away from 0. Then ranks take the
/// place of Student's t.
inline constexpr double skewed_errors = 2;
/// Accuracies that differ by less count as almost the same; in points.
inline constexpr double equal_points = 1;

/// The rules in words. @param rows  how many published trainings are compared at once.
std::string text(std::size_t rows);

}  // namespace cifar_bn::rules
