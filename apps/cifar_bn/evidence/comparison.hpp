#pragma once

#include <string>

#include <xgrad/page/document.hpp>
#include "cifar_bn/evidence/assessment.hpp"
#include "cifar_bn/experiments/experiments.hpp"

namespace cifar_bn {

/// `53.35 ± 0.32`, or `53.35` for a single value.
std::string mean_and_deviation(const std::vector<double>& values);

/// The standard error of a fraction `p` that was measured on a sample of `count`.
double standard_error(double p, std::size_t count);

/// One row per entry of `trials`: published, ours, difference and spread of the test accuracy, and how many
/// seeds did not learn.
xgrad::page::Table test_table(const std::string& id, const std::string& caption,
                              const std::vector<Trials>& trials);

/// One row per entry of `trials`: where one more run of ours is to be expected, whether the published one is
/// there, and the distance of the curves.
xgrad::page::Table assessment_table(const std::string& id, const std::string& caption,
                                    const std::vector<Trials>& trials, const Assessments& assessments);

/// One row per entry of `trials`: published, ours, difference and spread of the validation accuracy.
xgrad::page::Table validation_table(const std::string& id, const std::string& caption,
                                    const std::vector<Trials>& trials);

/// The test table as plain text, in lines of at most so many columns. Where a title leaves no space for its
/// numbers, they are in the next line.
std::string summary_text(const std::vector<Trials>& trials, std::size_t columns);

/// Prints it to standard output.
void print_summary(const std::vector<Trials>& trials);

}  // namespace cifar_bn
