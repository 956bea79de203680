#pragma once

#include <string>
#include <vector>

#include <xgrad/page/document.hpp>

#include <xgrad/core/array.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/nn/metrics.hpp>

namespace cifar_bn {

/// The confusion matrix: how often class i (rows) was classified as class j (columns), in percent of class i.
xgrad::page::Figure confusion_figure(const xgrad::ConfusionMatrix& matrix,
                                     const std::vector<std::string>& classes, const std::string& caption);

/// Each row of `weights`, (units, features), as an image scaled from its smallest to its largest value.
xgrad::page::Figure weights_figure(const xgrad::Array<float>& weights, const xgrad::ImageShape& shape,
                                   const std::string& caption);

}  // namespace cifar_bn
