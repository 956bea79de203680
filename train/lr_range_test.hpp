#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include <xgrad/nn/module.hpp>
#include <xgrad/optim/optimizer.hpp>

namespace xgrad {

/// How the learning rate grows from step to step: by a factor, or, as in the paper, by a number.
enum class RateGrowth { exponential, linear };

/// The options of `lr_range_test`. The first three have no defaults and must be given.
struct LrRangeTestOptions {
    double min = std::numeric_limits<double>::quiet_NaN();  ///< The rate of the first step.
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The rate of the last step.
    std::uint64_t steps = 0;  ///< At least 2.
    RateGrowth growth = RateGrowth::exponential;  ///< How the rate grows.
    double smoothing = 0.95;  ///< The weight of the earlier losses in the smoothed one; 0 smooths nothing.
    double divergence = 4;  ///< The test ends at a smoothed loss of more than this times the lowest.
};

/// A step of a learning-rate range test.
struct LrRangePoint {
    double learning_rate;  ///< Of the step.
    double loss;  ///< What the step returned: usually the loss of its batch before its update.
    double smoothed;  ///< The mean of the losses so far, with weights that decay by `smoothing`.
};

/// Bounds for a learning rate, such as those of `lr::cyclic`.
struct LrRange {
    double min;  ///< The lowest rate.
    double max;  ///< The highest rate.
};

/// The result of `lr_range_test`.
struct LrRangeTest {
    std::vector<LrRangePoint> points;  ///< The steps, but for one whose loss was not finite.
    bool diverged = false;  ///< Whether the test ended before its last step.

    /// The rates from which on the smoothed loss has fallen by 10 % and by 90 % of the way to its lowest,
    /// from the mean of the first twentieth of the losses: where training begins, and where a higher rate no
    /// longer makes it faster (Smith: where the accuracy starts to increase, and where it slows). Nothing if
    /// it has not fallen.
    std::optional<LrRange> suggestion() const;
};

/// Finds a range of learning rates (Smith 2017, arXiv:1506.01186, section 3.3): trains for some steps while
/// the rate grows, until the loss diverges. It has diverged when it is not finite, or the smoothed loss is
/// above `divergence` times its lowest; a loss must not be negative. Then net and optimizer, with their
/// buffers, generators and state, are as before, also after an error; gradients are absent.
///
///     const LrRangeTest test = lr_range_test(net, sgd, {.min = 1e-5, .max = 10, .steps = 500},
///                                            [&] { return train_step(net, batches.next(rng), sgd); });
///
/// @param train_step  makes a step with the optimizer's learning rate, and returns its loss.
/// @throws ValueError  min is not positive, max is not above it and finite, steps < 2, smoothing is not in
/// [0, 1), divergence is not above 1, or train_step is empty.
template <class T>
LrRangeTest lr_range_test(Module<T>& net, Optimizer<T>& optimizer, const LrRangeTestOptions& options,
                          const std::function<double()>& train_step);

}  // namespace xgrad
