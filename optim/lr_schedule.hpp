#pragma once

#include <cstdint>
#include <functional>
#include <limits>

namespace xgrad {

/// Any schedule: the learning rate of a step (the first is 0), a pure function of its number. A run is
/// resumed by that number alone.
using LrSchedule = std::function<double(std::uint64_t)>;

/// The same learning rate at every step.
class ConstantLR {
public:
    /// @throws ValueError  negative or not finite.
    explicit ConstantLR(double rate);

    /// The learning rate of any step.
    double operator()(std::uint64_t /*step*/) const noexcept { return rate_; }

private:
    double rate_;
};

/// How the height of a cycle above the minimum changes: not at all; halved after every cycle; times gamma at
/// every step.
enum class CyclicMode { triangular, triangular2, exp_range };

/// The numbers of a `CyclicLR`; the first three have to be given.
struct CyclicOptions {
    double min = std::numeric_limits<double>::quiet_NaN();  ///< The rate at either end of a cycle.
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The rate in the middle of the first cycle.
    std::uint64_t half_cycle =
        0;  ///< Steps from the minimum to the maximum, and as many back: n_s, the "stepsize" of the paper.
    CyclicMode mode = CyclicMode::triangular;  ///< How the height of the cycles changes.
    double gamma = 1;  ///< For exp_range; 1 is no decay.
};

/// A learning rate that rises from min to max and falls back in straight lines, again and again (Smith 2017,
/// arXiv:1506.01186).
///
/// The rate is min at step 0 and at every multiple of 2 half_cycle, and highest in the middle between them.
class CyclicLR {
public:
    /// @throws ValueError  min or max negative or not finite, min > max, half_cycle 0, or gamma outside (0,
    /// 1].
    explicit CyclicLR(const CyclicOptions& options);

    /// The learning rate of a step; the first is 0.
    double operator()(std::uint64_t step) const noexcept;

private:
    CyclicOptions options_;
};

}  // namespace xgrad
