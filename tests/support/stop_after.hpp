#pragma once

#include <functional>

namespace xgrad::test {

/// For Checkpointing::stop_requested: stops after so many more steps.
inline std::function<bool()> stop_after(int steps) {
    return [steps]() mutable { return --steps == 0; };
}

}  // namespace xgrad::test
