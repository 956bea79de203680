#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace apps {

/// What every training reports, whatever it trains.
struct TrainObserver {
    std::function<void(const std::string&)> on_network = [](const std::string&) {};  ///< the net, printed
    std::function<void(const std::string&)> on_warning = [](const std::string&) {};
    /// called before all that a derived class adds, with the step after which the training is resumed, or 0
    std::function<void(std::uint64_t step)> on_start = [](std::uint64_t) {};
};

}  // namespace apps
