#pragma once

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/metrics.hpp>
#include <xgrad/nn/module.hpp>

namespace xgrad {

/// How well a classifier does on a data set.
struct Evaluation {
    double loss;  ///< Mean cross-entropy over all images, in nats.
    ConfusionMatrix confusion;  ///< Of all images.

    /// The fraction of images that were recognised.
    double accuracy() const { return confusion.accuracy(); }
};

/// Applies `net`, in evaluation mode, to every image of `data`; leaves every module in the mode it was in. A
/// tape that is open does not record it. Threads share the batches: several call the net at once, so that in
/// evaluation mode its forward() must not change it.
/// @throws ValueError  no images, or a batch size of 0.  @throws ShapeError  the net does not fit the images
/// or the number of classes.
template <class T>
Evaluation evaluate(Module<T>& net, const Dataset& data, const Normalizer& normalizer,
                    std::size_t batch_size = 50);

}  // namespace xgrad
