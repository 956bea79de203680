#include <xgrad/optim/lr_schedule.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad::lr {
namespace {

using detail::check_not_negative, detail::check_positive;

double number(std::uint64_t step) { return static_cast<double>(step); }

void check_steps(std::string_view op, std::string_view name, std::uint64_t steps, std::uint64_t least = 1) {
    if (steps < least)
        fail<ValueError>(op, fmt::format("{} must be at least {}, got {}", name, least, steps));
}

void check_range(std::string_view op, double min, double max) {
    check_not_negative(op, "min", min);
    check_not_negative(op, "max", max);
    if (min > max) fail<ValueError>(op, fmt::format("min must not exceed max, got {} > {}", min, max));
}

// From `begin` to `end` as part goes from 0 to 1.
double annealed(Anneal anneal, double begin, double end, double part) {
    if (anneal == Anneal::linear) return begin + (end - begin) * part;
    return end + (begin - end) * (1 + std::cos(std::numbers::pi * part)) / 2;
}

}  // namespace

LrSchedule constant(double rate) {
    check_not_negative("lr::constant", "the rate", rate);
    return [=](std::uint64_t) { return rate; };
}

LrSchedule step(double rate, std::uint64_t every, double gamma) {
    check_not_negative("lr::step", "the rate", rate);
    check_not_negative("lr::step", "gamma", gamma);
    check_steps("lr::step", "every", every);
    return [=](std::uint64_t at) { return rate * std::pow(gamma, number(at / every)); };
}

LrSchedule multi_step(double rate, std::vector<std::uint64_t> milestones, double gamma) {
    check_not_negative("lr::multi_step", "the rate", rate);
    check_not_negative("lr::multi_step", "gamma", gamma);
    std::ranges::sort(milestones);
    return [=, reached = std::move(milestones)](std::uint64_t at) {
        const auto count = std::ranges::upper_bound(reached, at) - reached.begin();
        return rate * std::pow(gamma, static_cast<double>(count));
    };
}

LrSchedule exponential(double rate, double gamma) {
    check_not_negative("lr::exponential", "the rate", rate);
    check_not_negative("lr::exponential", "gamma", gamma);
    return [=](std::uint64_t at) { return rate * std::pow(gamma, number(at)); };
}

LrSchedule polynomial(double rate, std::uint64_t steps, double power) {
    check_not_negative("lr::polynomial", "the rate", rate);
    check_positive("lr::polynomial", "power", power);
    check_steps("lr::polynomial", "steps", steps);
    return [=](std::uint64_t at) {
        return rate * std::pow(1 - number(std::min(at, steps)) / number(steps), power);
    };
}

LrSchedule inverse_square_root(double rate, std::uint64_t steps) {
    check_not_negative("lr::inverse_square_root", "the rate", rate);
    check_steps("lr::inverse_square_root", "steps", steps);
    return [=](std::uint64_t at) { return rate / std::sqrt(1 + number(at) / number(steps)); };
}

LrSchedule cosine(const CosineOptions& options) {
    check_range("lr::cosine", options.min, options.max);
    check_steps("lr::cosine", "steps", options.steps);
    check_steps("lr::cosine", "growth", options.growth);
    return [options](std::uint64_t at) {
        constexpr auto longest = std::numeric_limits<std::uint64_t>::max();
        std::uint64_t period = options.steps;
        if (options.restarts && options.growth == 1) at %= period;
        if (options.restarts)
            for (; at >= period;
                 period = period > longest / options.growth ? longest : period * options.growth)
                at -= period;
        return annealed(Anneal::cosine, options.max, options.min,
                        number(std::min(at, period)) / number(period));
    };
}

LrSchedule one_cycle(const OneCycleOptions& options) {
    check_not_negative("lr::one_cycle", "max", options.max);
    check_positive("lr::one_cycle", "first_divisor", options.first_divisor);
    check_positive("lr::one_cycle", "last_divisor", options.last_divisor);
    check_steps("lr::one_cycle", "steps", options.steps, 2);
    const double most = options.three_phases ? 0.5 : 1;
    if (!(options.rise > 0 && options.rise < most))
        fail<ValueError>("lr::one_cycle",
                         fmt::format("rise must lie in (0, {}), got {}", most, options.rise));
    struct Phase {
        double end, rate;  // its last step, and the rate there
    };
    const double first = options.max / options.first_divisor, last = first / options.last_divisor,
                 peak = options.rise * number(options.steps) - 1;
    std::vector<Phase> phases{{0, first}, {peak, options.max}};
    if (options.three_phases) phases.push_back({2 * peak, first});
    phases.push_back({number(options.steps) - 1, last});
    return [phases, anneal = options.anneal](std::uint64_t step) {
        const double at = std::min(number(step), phases.back().end);
        std::size_t i = 1;
        while (at > phases[i].end) ++i;
        const Phase &from = phases[i - 1], &to = phases[i];
        // A phase of no steps, but for rounding, is at its end.
        const double steps = to.end - from.end, part = steps > 1e-9 ? (at - from.end) / steps : 1;
        return annealed(anneal, from.rate, to.rate, part);
    };
}

LrSchedule cyclic(const CyclicOptions& options) {
    check_range("lr::cyclic", options.min, options.max);
    check_steps("lr::cyclic", "half_cycle", options.half_cycle);
    if (!(options.gamma > 0 && options.gamma <= 1))
        fail<ValueError>("lr::cyclic", fmt::format("gamma must be in (0, 1], got {}", options.gamma));
    return [options](std::uint64_t at) {
        const std::uint64_t half = at / options.half_cycle, past = at % options.half_cycle,
                            above = half % 2 == 0 ? past : options.half_cycle - past;
        double height = number(above) / number(options.half_cycle);
        if (options.mode == CyclicMode::triangular2) {
            constexpr std::uint64_t underflows = 2000;  // 2^-2000 is 0
            height = std::ldexp(height, -static_cast<int>(std::min(half / 2, underflows)));
        }
        if (options.mode == CyclicMode::exp_range) height *= std::pow(options.gamma, number(at));
        return std::lerp(options.min, options.max, height);
    };
}

Warmup::Warmup(std::uint64_t steps, double start) : steps_(steps), start_(start) {
    if (!(start >= 0 && start <= 1))
        fail<ValueError>("lr::warmup", fmt::format("start must lie in [0, 1], got {}", start));
}

LrSchedule Warmup::then(LrSchedule schedule) const {
    if (!schedule) fail<ValueError>("lr::warmup", "the schedule that follows is empty");
    return [*this, next = std::move(schedule)](std::uint64_t at) {
        if (at >= steps_) return next(at - steps_);
        return next(0) * std::lerp(start_, 1.0, number(at) / number(steps_));
    };
}

Warmup warmup(std::uint64_t steps, double start) { return {steps, start}; }

}  // namespace xgrad::lr
