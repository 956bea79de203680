#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>
#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"

namespace cifar_bn {

enum class Curve { cost, accuracy };

/// Training, validation and test curves: the mean over the seeds, in a band from the lowest to the highest
/// seed, and the published curve, if there is one. Below them, the learning rate.
xgrad::page::Figure curves(const Trials& trials, Curve curve, const std::string& caption);

/// Test accuracy against the step, with a line for each seed of each of `compared`; `labels` are their names
/// in the legend.
xgrad::page::Figure seeds_figure(const std::string& id, const std::vector<Trials>& compared,
                                 const std::vector<std::string>& labels, const std::string& caption);

/// The signal in the first layer's outputs (LayerStatistics::signal) against the step, with a line for each
/// seed of each of `compared`, and the rate 2 lambda at which weight decay shrinks the weights.
xgrad::page::Figure signal_figure(const std::string& id, const std::vector<Trials>& compared,
                                  const std::vector<std::string>& labels, const std::string& caption);

/// Validation accuracy against lambda. @param comparable  whether the published searches are drawn, too.
xgrad::page::Figure search_figure(const std::vector<Search>& searches, bool comparable,
                                  const std::string& caption);

/// One statistic of every layer against the step, for seed 1, on a logarithmic axis.
/// @param range  the lowest and highest value of the axis.
xgrad::page::Figure layers_figure(const std::string& id, const Trials& trials,
                                  double LayerStatistics::* statistic, std::pair<double, double> range,
                                  const std::string& label, const std::string& caption);

}  // namespace cifar_bn
