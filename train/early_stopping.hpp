#pragma once

#include <cstdint>

#include <xgrad/optim/reduce_on_plateau.hpp>

namespace xgrad {

/// The options of `EarlyStopping`.
struct EarlyStoppingOptions {
    MetricMode mode = MetricMode::min;  ///< Whether lower or higher is better.
    std::uint64_t patience = 10;  ///< Updates in a row without a new best after which to stop; at least 1.
    double min_delta = 0;  ///< A metric better than the best by no more than this is no new best.
};

/// Says when to stop a training because a metric, such as a validation loss, does not improve any more
/// (Prechelt 1998, doi:10.1007/3-540-49430-8_3).
///
///     EarlyStopping stopping({.patience = 5});
///     …  // after each epoch
///     if (stopping.update(loss)) best = net.state_dict();
///     if (stopping.stop()) break;
class EarlyStopping {
public:
    /// @throws ValueError  patience is 0, or min_delta is negative or not finite.
    explicit EarlyStopping(const EarlyStoppingOptions& options = {});

    /// Takes in a metric and returns whether it is the best so far. A NaN never is: a training that has
    /// diverged is stopped after its patience.
    bool update(double metric);

    /// Whether the last `patience` updates brought no new best.
    bool stop() const { return updates_ - best_update_ >= options_.patience; }
    /// The best metric so far; before there is one infinity, for `MetricMode::max` -infinity.
    double best() const { return best_; }
    /// The number of the update that brought the best, from 1 on; 0 if none did.
    std::uint64_t best_update() const { return best_update_; }
    /// The number of updates.
    std::uint64_t updates() const { return updates_; }

    /// The state: `best`, F64 of shape (), and `best_update` and `updates`, I64 of shape ().
    NamedArrays state_arrays() const;
    /// Restores the state, or leaves it unchanged if there is an error.
    /// @throws StateError  lists every entry that is missing, unexpected, or impossible; or the best update
    /// has not been made.
    void load_state_arrays(NamedArrays arrays);

private:
    EarlyStoppingOptions options_;
    double best_;
    std::uint64_t best_update_ = 0, updates_ = 0;
};

}  // namespace xgrad
