#pragma once

#include <string>
#include <vector>

#include <xgrad/core/array.hpp>
#include <xgrad/data/dataset.hpp>

#include "cifar_bn/experiments/experiments.hpp"
#include "cifar_bn/experiments/search.hpp"
#include "shared/page/document.hpp"

namespace cifar_bn {

enum class Curve { cost, accuracy };

/// Training, validation and test curves of the mean over the seeds, in a band from the lowest to the highest
/// seed; below them the learning rate.
Figure curves(const Trials& trials, Curve curve, const std::string& caption);

/// Test accuracy against the step, a line for each seed of each of `compared`, which the legend calls by
/// `labels`.
Figure seeds_figure(const std::string& id, const std::vector<Trials>& compared,
                    const std::vector<std::string>& labels, const std::string& caption);

/// The signal in the first layer's outputs against the step (LayerStatistics::signal), a line for each seed
/// of each of `compared`; and the rate 2 lambda at which weight decay shrinks the weights.
Figure signal_figure(const std::string& id, const std::vector<Trials>& compared,
                     const std::vector<std::string>& labels, const std::string& caption);

/// Validation accuracy against lambda.
Figure search_figure(const std::vector<Search>& searches, const std::string& caption);

/// How often class i (down) was taken for class j (across), in percent of class i.
Figure confusion_figure(const xgrad::ConfusionMatrix& matrix, const std::vector<std::string>& classes,
                        const std::string& caption);

/// Each row of `weights`, (units, features), as an image scaled from its smallest to its largest value.
Figure weights_figure(const xgrad::Array<float>& weights, const xgrad::ImageShape& shape,
                      const std::string& caption);

/// One statistic of every layer against the step, of seed 1, on a logarithmic axis.
/// @param range  lowest and highest value of the axis.
Figure layers_figure(const std::string& id, const Trials& trials, double LayerStatistics::* statistic,
                     std::pair<double, double> range, const std::string& label, const std::string& caption);

}  // namespace cifar_bn
