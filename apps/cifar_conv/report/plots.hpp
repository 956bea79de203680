#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_conv/experiments/experiments.hpp"

namespace cifar_conv {

/// A net's results in a figure.
struct Curve {
    std::string label;
    std::vector<const Record*> records;  ///< one per seed, each of as many epochs
};

/// What is drawn of an epoch.
enum class Quantity { cost, accuracy };

/// Training and validation curves over the epochs: the mean over the seeds, in a band from the lowest to the
/// highest one.
xgrad::page::Figure curves_figure(const std::string& id, const std::vector<Curve>& curves, Quantity quantity,
                                  const std::string& caption);

/// The curves of both nets of a comparison.
std::vector<Curve> curves_of(const Comparison& comparison);

/// Validation accuracy against the learning rate, after the search.
xgrad::page::Figure search_figure(const std::vector<Comparison>& comparisons, const std::string& caption);

}  // namespace cifar_conv
