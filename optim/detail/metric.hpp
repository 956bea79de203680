#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include <xgrad/optim/detail/state_reader.hpp>
#include <xgrad/optim/reduce_on_plateau.hpp>

// What objects that follow a metric have in common.
namespace xgrad::detail {

/// Worse than every metric.
constexpr double worst(MetricMode mode) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return mode == MetricMode::min ? infinity : -infinity;
}

/// Whether a metric is beyond a bound; a NaN never is.
constexpr bool is_better(MetricMode mode, double metric, double bound) {
    return mode == MetricMode::min ? metric < bound : metric > bound;
}

/// A best metric in a state, which may be infinite.
inline double take_best(StateReader& reader) {
    const auto fits = [](const Array<double>& array) {
        return array.dimension() == 0 && !std::isnan(array());
    };
    return reader.take<double>("best", fits, "an F64 of shape () that is not NaN")();
}

/// A number in a state.
inline AnyArray scalar(double value) { return Array<double>(Shape{}, value); }
/// A count in a state.
inline AnyArray scalar(std::uint64_t value) {
    return Array<std::int64_t>(Shape{}, static_cast<std::int64_t>(value));
}
/// A count out of a state.
inline std::uint64_t take_count(StateReader& reader, const std::string& name) {
    return static_cast<std::uint64_t>(reader.take_number<std::int64_t>(name));
}

}  // namespace xgrad::detail
