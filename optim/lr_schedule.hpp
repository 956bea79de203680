#pragma once

#include <cstdint>
#include <functional>
#include <limits>

namespace xgrad {

/// A learning-rate schedule: maps the index of a step (from 0) to its learning rate. It is a pure function,
/// so a resumed training needs only the step.
using LrSchedule = std::function<double(std::uint64_t)>;

/// The same learning rate at every step.
class ConstantLR {
public:
    /// @throws ValueError  `rate` is negative or not finite.
    explicit ConstantLR(double rate);

    /// The learning rate of any step.
    double operator()(std::uint64_t /*step*/) const noexcept { return rate_; }

private:
    double rate_;
};

/// How the amplitude of a cycle (its height above the minimum) changes: constant; halved after every cycle;
/// multiplied by gamma at every step.
enum class CyclicMode { triangular, triangular2, exp_range };

/// The options of `CyclicLR`. The first three have no defaults and must be given.
struct CyclicOptions {
    double min = std::numeric_limits<double>::quiet_NaN();  ///< The rate at both ends of a cycle.
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The rate in the middle of the first cycle.
    /// Steps from the minimum to the maximum, and as many back: n_s, the "stepsize" of the paper.
    std::uint64_t half_cycle = 0;
    CyclicMode mode = CyclicMode::triangular;  ///< How the amplitude of the cycles changes.
    double gamma = 1;                          ///< For exp_range; 1 means no decay.
};

/// A cyclic learning rate that rises linearly from min to max and falls back linearly (Smith 2017,
/// arXiv:1506.01186).
///
/// The rate is min at step 0 and at every multiple of 2 half_cycle, and has its maximum midway between them.
class CyclicLR {
public:
    /// @throws ValueError  min or max is negative or not finite, min > max, half_cycle is 0, or gamma is
    /// outside (0, 1].
    explicit CyclicLR(const CyclicOptions& options);

    /// The learning rate of a step, counted from 0.
    double operator()(std::uint64_t step) const noexcept;

private:
    CyclicOptions options_;
};

}  // namespace xgrad
