#pragma once

#include <xgrad/data/dataset.hpp>
#include <xgrad/data/normalizer.hpp>
#include <xgrad/nn/metrics.hpp>
#include <xgrad/nn/module.hpp>
#include <xgrad/train/processes.hpp>

namespace xgrad {

/// The images that `evaluate` computes together, unless it is told otherwise.
inline constexpr std::size_t evaluation_batch = 50;

/// The performance of a classifier on a data set.
struct Evaluation {
    double loss;                ///< Mean cross-entropy over all images, in nats.
    ConfusionMatrix confusion;  ///< Over all images.

    /// The fraction of images that are classified correctly.
    double accuracy() const { return confusion.accuracy(); }
};

/// Evaluates `net` on every image of `data` in evaluation mode, and restores every module's mode afterwards.
/// An open tape records nothing. Several threads call `net` concurrently on different batches, so forward()
/// must not modify the net in evaluation mode.
/// @param processes  which share the batches, and all get the same result.
/// @throws ValueError  no images, a batch size of 0, or a net with fewer outputs than there are classes.
/// @throws ShapeError  the net does not fit the images.
template <class T>
Evaluation evaluate(Module<T>& net, const Dataset& data, const Normalizer& normalizer,
                    std::size_t batch_size = evaluation_batch, const Processes& processes = {});

}  // namespace xgrad
