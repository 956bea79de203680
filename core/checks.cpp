#include <xgrad/core/checks.hpp>

#include <cmath>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad::detail {

bool is_not_negative(double value) { return value >= 0 && std::isfinite(value); }

void check_finite(std::string_view op, std::string_view name, double value) {
    if (!std::isfinite(value)) fail<ValueError>(op, fmt::format("{} must be finite, got {}", name, value));
}

void check_positive(std::string_view op, std::string_view name, double value) {
    if (!(value > 0) || !std::isfinite(value))
        fail<ValueError>(op, fmt::format("{} must be finite and positive, got {}", name, value));
}

void check_not_negative(std::string_view op, std::string_view name, double value) {
    if (!is_not_negative(value))
        fail<ValueError>(op, fmt::format("{} must be finite and not negative, got {}", name, value));
}

void check_below_one(std::string_view op, std::string_view name, double value) {
    if (!(value >= 0 && value < 1))
        fail<ValueError>(op, fmt::format("{} must lie in [0, 1), got {}", name, value));
}

}  // namespace xgrad::detail
