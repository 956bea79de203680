#pragma once

#include <string_view>

// Checks of options. The errors name `op` and the option.
namespace xgrad::detail {

/// Whether `value` is finite and not negative.
bool is_not_negative(double value);
/// Throws a ValueError if `value` is not finite.
void check_finite(std::string_view op, std::string_view name, double value);
/// Throws a ValueError if `value` is not positive and finite.
void check_positive(std::string_view op, std::string_view name, double value);
/// Throws a ValueError if `value` is negative or not finite.
void check_not_negative(std::string_view op, std::string_view name, double value);
/// Throws a ValueError if `value` is not in [0, 1).
void check_below_one(std::string_view op, std::string_view name, double value);

}  // namespace xgrad::detail
