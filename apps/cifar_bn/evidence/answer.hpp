#pragma once

#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/evidence/assessment.hpp"

namespace cifar_bn {

/// The effects on a logarithmic axis, each with its interval, and the published one beside it.
xgrad::page::Figure forest_figure(const std::vector<Effect>& effects);

/// What batch norm does, by how much, and how sure that is: the page's first section.
/// @param rows  how many published trainings are compared.
/// @param conclusions  empty: nothing is published.
xgrad::page::Section answer_section(const std::vector<Effect>& effects,
                                    const std::vector<Conclusion>& conclusions, std::size_t rows);

}  // namespace cifar_bn
