#include <xgrad/train/lr_range_test.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>
#include <xgrad/train/training_state.hpp>

namespace xgrad {
namespace {

constexpr const char* op = "lr_range_test";

void check(const LrRangeTestOptions& options) {
    detail::check_positive(op, "min", options.min);
    detail::check_positive(op, "max", options.max);
    if (options.min >= options.max)
        fail<ValueError>(op, fmt::format("min must be below max, got {} >= {}", options.min, options.max));
    if (options.steps < 2)
        fail<ValueError>(op, fmt::format("steps must be at least 2, got {}", options.steps));
    detail::check_below_one(op, "smoothing", options.smoothing);
    if (!(options.divergence > 1))
        fail<ValueError>(op, fmt::format("divergence must be above 1, got {}", options.divergence));
}

double rate(const LrRangeTestOptions& options, std::uint64_t step) {
    const double part = static_cast<double>(step) / static_cast<double>(options.steps - 1);
    if (options.growth == RateGrowth::linear) return std::lerp(options.min, options.max, part);
    return options.min * std::pow(options.max / options.min, part);
}

LrRangeTest run(const LrRangeTestOptions& options, const std::function<double(double rate)>& train_step) {
    LrRangeTest test;
    double sum = 0, weight = 0, lowest = std::numeric_limits<double>::infinity();
    for (std::uint64_t step = 0; step < options.steps && !test.diverged; ++step) {
        const double learning_rate = rate(options, step), loss = train_step(learning_rate);
        test.diverged = !std::isfinite(loss);
        if (test.diverged) break;
        sum = options.smoothing * sum + loss;
        weight = options.smoothing * weight + 1;
        const double smoothed = sum / weight;
        test.points.push_back({learning_rate, loss, smoothed});
        lowest = std::min(lowest, smoothed);
        test.diverged = smoothed > options.divergence * lowest;
    }
    return test;
}

}  // namespace

std::optional<LrRange> LrRangeTest::suggestion() const {
    if (points.empty()) return std::nullopt;
    const std::size_t few = std::max<std::size_t>(1, points.size() / 20);
    double first = 0;
    for (std::size_t i = 0; i < few; ++i) first += points[i].loss / static_cast<double>(few);
    const auto lowest = std::ranges::min_element(points, {}, &LrRangePoint::smoothed);
    if (!(lowest->smoothed < first)) return std::nullopt;
    const auto rate_after = [&](double part_of_fall) {
        const double loss = first - part_of_fall * (first - lowest->smoothed);
        auto point = lowest;
        while (point != points.begin() && std::prev(point)->smoothed <= loss) --point;
        return point->learning_rate;
    };
    constexpr double begin = 0.1, end = 0.9;
    return LrRange{rate_after(begin), rate_after(end)};
}

template <class T>
LrRangeTest lr_range_test(Module<T>& net, Optimizer<T>& optimizer, const LrRangeTestOptions& options,
                          const std::function<double()>& train_step) {
    check(options);
    if (!train_step) fail<ValueError>(op, "train_step is empty");
    TrainingState state;
    state.add("net", net).add("optimizer", optimizer);
    const Safetensors before = state.save();
    const auto put_back = [&] {
        state.load(before);
        net.zero_grad();
    };
    try {
        LrRangeTest test = run(options, [&](double learning_rate) {
            optimizer.set_learning_rate(learning_rate);
            return train_step();
        });
        put_back();
        return test;
    } catch (...) {
        put_back();
        throw;
    }
}

#define INSTANTIATE(T)                                                                       \
    template LrRangeTest lr_range_test(Module<T>&, Optimizer<T>&, const LrRangeTestOptions&, \
                                       const std::function<double()>&);
INSTANTIATE(float)
INSTANTIATE(double)
#undef INSTANTIATE

}  // namespace xgrad
