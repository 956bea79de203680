#pragma once

#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_conv/experiments/experiments.hpp"
#include "shared/models/saved_model.hpp"

namespace cifar_conv {

/// What is asked, and how it is trained.
xgrad::page::Section question_section(const std::vector<Comparison>& comparisons, const apps::Split& data);

/// The short trainings by which each learning rate is chosen.
xgrad::page::Section search_section(const std::vector<Comparison>& comparisons, const Search& search);

/// The accuracies of the nets, and what batch norm adds to them.
xgrad::page::Section effect_section(const std::vector<Comparison>& comparisons);

/// The curves of each comparison that has results.
xgrad::page::Section curves_section(const std::vector<Comparison>& comparisons);

/// How well the best net knows each class, what it takes for what, its filters and its mistakes.
xgrad::page::Section best_section(const Best& best, apps::SavedModel& model, const xgrad::Dataset& test);

}  // namespace cifar_conv
