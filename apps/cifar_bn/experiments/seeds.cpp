#include "cifar_bn/experiments/seeds.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "shared/statistics/statistics.hpp"

namespace cifar_bn {

int Seeds::wanted(const std::vector<double>& accuracies) const {
    const int now = static_cast<int>(accuracies.size());
    if (!automatic) return count;
    const apps::Interval interval = apps::mean_interval(accuracies, confidence);
    const double half = (interval.high - interval.low) / 2;
    if (half <= width || now >= most) return now;
    // The interval shrinks like 1 / sqrt(n): so many would do if the spread stayed as it is (Stein 1945).
    const double enough = std::ceil(now * (half / width) * (half / width));
    return static_cast<int>(std::clamp<double>(enough, now + 1, most));
}

std::string Seeds::text() const { return automatic ? "auto" : fmt::format("{}", count); }

}  // namespace cifar_bn
