#pragma once

#include <nlohmann/json.hpp>

namespace apps {

/// A net's cost and accuracy on one part of the data.
struct Score {
    double cost, accuracy;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Score, cost, accuracy)

}  // namespace apps
