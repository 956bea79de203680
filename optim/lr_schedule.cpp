#include <xgrad/optim/lr_schedule.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include <xgrad/core/checks.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad {

ConstantLR::ConstantLR(double rate) : rate_(rate) {
    detail::check_not_negative("ConstantLR", "the rate", rate);
}

CyclicLR::CyclicLR(const CyclicOptions& options) : options_(options) {
    constexpr std::string_view op = "CyclicLR";
    detail::check_not_negative(op, "min", options.min);
    detail::check_not_negative(op, "max", options.max);
    if (options.min > options.max)
        fail<ValueError>(op, fmt::format("min must not exceed max, got {} > {}", options.min, options.max));
    if (options.half_cycle == 0) fail<ValueError>(op, "half_cycle must be positive, got 0");
    if (!(options.gamma > 0 && options.gamma <= 1))
        fail<ValueError>(op, fmt::format("gamma must be in (0, 1], got {}", options.gamma));
}

double CyclicLR::operator()(std::uint64_t step) const noexcept {
    const std::uint64_t half = step / options_.half_cycle;
    const std::uint64_t past = step % options_.half_cycle;
    const std::uint64_t above = half % 2 == 0 ? past : options_.half_cycle - past;
    double height = static_cast<double>(above) / static_cast<double>(options_.half_cycle);
    if (options_.mode == CyclicMode::triangular2) {
        constexpr std::uint64_t underflows = 2000;  // 2^-2000 is 0
        height = std::ldexp(height, -static_cast<int>(std::min(half / 2, underflows)));
    }
    if (options_.mode == CyclicMode::exp_range) height *= std::pow(options_.gamma, static_cast<double>(step));
    return std::lerp(options_.min, options_.max, height);
}

}  // namespace xgrad
