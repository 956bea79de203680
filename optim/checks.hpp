#pragma once

#include <string_view>

// What options must be, for the constructors of optimizers and schedules.
namespace xgrad::detail {

/// Whether `value` is finite and not negative.
bool is_not_negative(double value);
/// @throws ValueError  not finite, or negative; names `op` and the option.
void check_not_negative(std::string_view op, std::string_view name, double value);
/// @throws ValueError  not in [0, 1); names `op` and the option.
void check_below_one(std::string_view op, std::string_view name, double value);

}  // namespace xgrad::detail
