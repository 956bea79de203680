#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <xgrad/page/document.hpp>

#include <xgrad/core/array.hpp>
#include <xgrad/data/dataset.hpp>
#include <xgrad/nn/metrics.hpp>

namespace apps {

/// The confusion matrix: how often class i (rows) was classified as class j (columns), in percent of class i.
xgrad::page::Figure confusion_figure(const xgrad::ConfusionMatrix& matrix,
                                     const std::vector<std::string>& classes, const std::string& caption);

/// Each row of `weights`, (units, features), as an image scaled from its smallest to its largest value.
xgrad::page::Figure weights_figure(const xgrad::Array<float>& weights, const xgrad::ImageShape& shape,
                                   const std::string& caption);

/// A test image that a net has taken for one of another class.
struct Mistake {
    std::size_t image;  ///< Its number.
    std::size_t predicted;  ///< The class that the net takes it for.
    double probability;  ///< That of this class, by the net.
};
/// All mistakes, those of which the net was surest first.
/// @param probabilities  (images, classes)
std::vector<Mistake> mistakes(const xgrad::Array<double>& probabilities, const xgrad::Dataset& images);

/// The first `most` of the mistakes: each image, its class, and the one that it was taken for.
xgrad::page::Figure mistakes_figure(const std::vector<Mistake>& mistakes, std::size_t most,
                                    const xgrad::Dataset& images, const std::string& caption);

/// Adds how well each class is recognized, and the confusion matrix.
void add_classes(xgrad::page::Section& section, const xgrad::ConfusionMatrix& confusion,
                 const std::vector<std::string>& classes);

}  // namespace apps
