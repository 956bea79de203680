#pragma once

#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

/// Sections 2 and 3. @param trials  without and with batch norm.  @param he  9 layers with He's
/// initialization, without batch norm.
apps::Section three_layers_section(const std::vector<Trials>& trials);
apps::Section nine_layers_section(const std::vector<Trials>& trials, const Trials& he);

/// Section 4: tables, plot, and (if they were run) the trainings with the best lambda and with the one of the
/// highest single accuracy.
apps::Section search_section(const std::vector<Search>& searches, std::size_t validation_images,
                             const std::vector<Trials>& long_trials = {});

/// Section 5: the matrix of sigma against batch norm, and every pair's curves.
/// @param trials  of sensitivity_experiments().
/// @param in_float  the one without batch norm of which not all seeds learn, in the other precision: a part
/// on why is added.
/// @param comparable  CIFAR-10 and the report's options, of which that part explains what happens.
apps::Section sensitivity_section(const std::vector<Trials>& trials, const Trials* in_float = nullptr,
                                  bool comparable = false);

}  // namespace cifar_bn
