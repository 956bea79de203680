#pragma once

#include <string>

#include "cifar_bn/experiments/experiments.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// `53.35 ± 0.32`, or `53.35` of a single value.
std::string mean_and_deviation(const std::vector<double>& values);

/// Of a fraction `p` that was found in a sample of `count`.
double standard_error(double p, std::size_t count);

/// In words: what was published, what ours is over how many seeds, by how much they differ, and whether that
/// is more than the spread. Every seed is given where it is more. Where some seeds learn and others do not, a
/// mean and its spread say little: the seeds that learn are counted and averaged by themselves.
std::string comparison(const Trials& trials);

/// One row for each of `trials`: published, ours, difference, spread of the test accuracy, and how many seeds
/// did not learn.
apps::Table test_table(const std::string& id, const std::string& caption, const std::vector<Trials>& trials);

/// The same for the validation accuracy.
apps::Table validation_table(const std::string& id, const std::string& caption,
                             const std::vector<Trials>& trials);

/// The test table in plain text, to standard output.
void print_summary(const std::vector<Trials>& trials);

}  // namespace cifar_bn
