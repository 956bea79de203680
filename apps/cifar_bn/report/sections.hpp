#pragma once

#include <xgrad/page/document.hpp>
#include "cifar_bn/evidence/assessment.hpp"
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"

namespace cifar_bn {

/// Sections 2 and 3.
/// @param trials  without and with batch norm.
/// @param he  9 layers with He's initialization, without batch norm.
xgrad::page::Section three_layers_section(const std::vector<Trials>& trials, const Assessments& assessments);
xgrad::page::Section nine_layers_section(const std::vector<Trials>& trials, const Trials& he,
                                         const Assessments& assessments);

/// Section 4: tables, plot and, if they were run, the trainings with the best lambda and with the lambda of
/// the highest single accuracy. @param comparable  whether the published searches are shown beside ours.
xgrad::page::Section search_section(const std::vector<Search>& searches, std::size_t validation_images,
                                    bool comparable, const std::vector<Trials>& long_trials = {},
                                    const Assessments& assessments = {});

/// Section 5: the matrix of sigma against batch norm, and the curves of every pair.
/// @param trials  those of sensitivity_experiments().
/// @param in_float  the experiment without batch norm of which only some seeds learn, in the other precision.
/// If given, a part that explains this is added.
/// @param comparable  whether the data is CIFAR-10 and the options are the report's, which that explanation
/// requires.
xgrad::page::Section sensitivity_section(const std::vector<Trials>& trials, const Assessments& assessments,
                                         const Trials* in_float = nullptr, bool comparable = false);

}  // namespace cifar_bn
