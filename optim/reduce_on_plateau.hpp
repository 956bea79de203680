#pragma once

#include <cstdint>
#include <limits>

#include <xgrad/io/safetensors.hpp>

namespace xgrad {

/// Whether a metric is to fall, as a loss, or to rise, as an accuracy.
enum class MetricMode { min, max };

/// Whether a metric has to be better than the best by a part of the best, or by a number.
enum class ThresholdMode { rel, abs };

/// The options of `ReduceOnPlateau`; the defaults are PyTorch's. The first must be given.
struct PlateauOptions {
    double learning_rate = std::numeric_limits<double>::quiet_NaN();  ///< The first rate.
    MetricMode mode = MetricMode::min;  ///< Whether lower or higher is better.
    double factor = 0.1;  ///< Multiplies the rate.
    std::uint64_t patience = 10;  ///< Updates in a row without a new best that change nothing yet.
    double threshold = 1e-4;  ///< By how much a new best has to be better.
    /// `rel`: than best (1 - threshold), for `max` best (1 + threshold), which is meant for metrics above 0;
    /// `abs`: than best - threshold, for `max` best + threshold.
    ThresholdMode threshold_mode = ThresholdMode::rel;
    std::uint64_t cooldown = 0;  ///< Updates after a reduction before others count against the patience.
    double min_learning_rate = 0;  ///< PyTorch's min_lr: no lower than this.
    double epsilon = 1e-8;  ///< PyTorch's eps: a reduction by no more than this is left out.
};

/// A learning rate that is multiplied by a factor whenever a metric has stopped improving: PyTorch's
/// ReduceLROnPlateau.
///
///     ReduceOnPlateau plateau({.learning_rate = 0.1});
///     …  // after each epoch
///     sgd.set_learning_rate(plateau.update(loss));
///
/// It depends on metrics, and so is no `LrSchedule`, which is a function of the step. Both together: with a
/// first rate of 1 it is a factor, `sgd.set_learning_rate(schedule(step) * plateau.learning_rate())`.
class ReduceOnPlateau {
public:
    /// @throws ValueError  factor is not in [0, 1), or a rate, threshold or epsilon is negative or not
    /// finite.
    explicit ReduceOnPlateau(const PlateauOptions& options);

    /// Takes in a metric and returns the learning rate from now on. A NaN is never a new best.
    double update(double metric);

    /// The current learning rate.
    double learning_rate() const { return learning_rate_; }
    /// The best metric so far; initially infinity, for `MetricMode::max` -infinity.
    double best() const { return best_; }

    /// The state: `learning_rate` and `best`, F64 of shape (), and `num_bad_epochs` and `cooldown_counter`,
    /// I64 of shape ().
    NamedArrays state_arrays() const;
    /// Restores the state, or leaves it unchanged if there is an error.
    /// @throws StateError  lists every entry that is missing, unexpected, or impossible.
    void load_state_arrays(NamedArrays arrays);

private:
    PlateauOptions options_;
    double learning_rate_, best_;
    std::uint64_t num_bad_epochs_ = 0, cooldown_counter_ = 0;
};

}  // namespace xgrad
