#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace xgrad {

/// A learning-rate schedule: maps the index of a step (from 0) to its learning rate. It is a pure function,
/// so a resumed training needs only the step.
using LrSchedule = std::function<double(std::uint64_t)>;

/// Learning-rate schedules. Each can be the argument of `warmup(…).then`.
namespace lr {

/// The same learning rate at every step. @throws ValueError  the rate is negative or not finite.
LrSchedule constant(double rate);

/// The rate, multiplied by gamma after every `every` steps: PyTorch's StepLR.
/// @throws ValueError  the rate or gamma is negative or not finite, or `every` is 0.
LrSchedule step(double rate, std::uint64_t every, double gamma = 0.1);

/// The rate, multiplied by gamma at each of the milestones, which may repeat: PyTorch's MultiStepLR.
/// @throws ValueError  the rate or gamma is negative or not finite.
LrSchedule multi_step(double rate, std::vector<std::uint64_t> milestones, double gamma = 0.1);

/// rate gamma^step: PyTorch's ExponentialLR.
/// @throws ValueError  the rate or gamma is negative or not finite.
LrSchedule exponential(double rate, double gamma);

/// rate (1 - step / steps)^power, and 0 from step `steps` on: PyTorch's PolynomialLR.
/// @throws ValueError  the rate is negative or not finite, power is not positive and finite, or `steps` is 0.
LrSchedule polynomial(double rate, std::uint64_t steps, double power = 1);

/// rate / sqrt(1 + step / steps): after `warmup(steps)` that of Vaswani et al. 2017, arXiv:1706.03762.
/// @throws ValueError  the rate is negative or not finite, or `steps` is 0.
LrSchedule inverse_square_root(double rate, std::uint64_t steps);

/// The options of `cosine`. The first and the last have no defaults and must be given.
struct CosineOptions {
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The rate at the begin of each period.
    double min = 0;  ///< The rate at the end of a period.
    std::uint64_t steps = 0;  ///< The first period.
    bool restarts = false;  ///< Whether another period follows; else the rate stays at min.
    std::uint64_t growth = 1;  ///< The factor from one period to the next.
};

/// Half a cosine from max to min (Loshchilov and Hutter 2017, arXiv:1608.03983): PyTorch's
/// CosineAnnealingLR, which rises again after its period, up to there, and CosineAnnealingWarmRestarts.
/// @throws ValueError  max or min is negative or not finite, min > max, or steps or growth is 0.
LrSchedule cosine(const CosineOptions& options);

/// Whether a rate moves between two values on half a cosine or on a line.
enum class Anneal { cosine, linear };

/// The options of `one_cycle`; the defaults are PyTorch's. The first two must be given.
struct OneCycleOptions {
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The highest rate.
    std::uint64_t steps = 0;  ///< All steps; at least 2.
    double rise = 0.3;  ///< PyTorch's pct_start: the part of the steps in which the rate rises; in (0, 1).
    Anneal anneal = Anneal::cosine;  ///< The curve of the rate.
    double first_divisor = 25;  ///< PyTorch's div_factor: the first rate is max / first_divisor.
    double last_divisor = 1e4;  ///< PyTorch's final_div_factor: the last rate is the first / last_divisor.
    bool three_phases = false;  ///< Whether the rate falls to the first one as fast as it rose, then on.
};

/// A rise from a low rate to max, and a fall to almost nothing (Smith and Topin 2018, arXiv:1708.07120):
/// PyTorch's OneCycleLR, without its momentum. After the last step the rate stays.
/// @throws ValueError  max is negative or not finite, a divisor is not positive and finite, steps < 2, or
/// rise is not in (0, 1), or with three phases not in (0, 0.5).
LrSchedule one_cycle(const OneCycleOptions& options);

/// How the amplitude of a cycle (its height above the minimum) changes: constant; halved after every cycle;
/// multiplied by gamma at every step.
enum class CyclicMode { triangular, triangular2, exp_range };

/// The options of `cyclic`. The first three have no defaults and must be given.
struct CyclicOptions {
    double min = std::numeric_limits<double>::quiet_NaN();  ///< The rate at both ends of a cycle.
    double max = std::numeric_limits<double>::quiet_NaN();  ///< The rate in the middle of the first cycle.
    /// Steps from the minimum to the maximum, and as many back: n_s, the "stepsize" of the paper.
    std::uint64_t half_cycle = 0;
    CyclicMode mode = CyclicMode::triangular;  ///< How the amplitude of the cycles changes.
    double gamma = 1;  ///< For exp_range; 1 means no decay.
};

/// A cyclic learning rate that rises linearly from min to max and falls back linearly (Smith 2017,
/// arXiv:1506.01186): PyTorch's CyclicLR.
///
/// The rate is min at step 0 and at every multiple of 2 half_cycle, and has its maximum midway between them.
/// @throws ValueError  min or max is negative or not finite, min > max, half_cycle is 0, or gamma is
/// outside (0, 1].
LrSchedule cyclic(const CyclicOptions& options);

/// What `warmup` returns.
class Warmup {
public:
    /// See `warmup`.
    Warmup(std::uint64_t steps, double start);

    /// The rate of `schedule` after the warmup, which is step 0 of the schedule, and before it a linear rise
    /// to the schedule's first rate. @throws ValueError  the schedule is empty.
    LrSchedule then(LrSchedule schedule) const;

private:
    std::uint64_t steps_;
    double start_;
};

/// A linear rise of the rate in the first steps: `warmup(100).then(cosine(…))`. Step 0 has `start` times the
/// rate that follows the warmup: PyTorch's LinearLR in a SequentialLR.
/// @throws ValueError  start is not in [0, 1].
Warmup warmup(std::uint64_t steps, double start = 0);

}  // namespace lr
}  // namespace xgrad
