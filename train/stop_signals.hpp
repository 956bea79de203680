#pragma once

#include <array>
#include <csignal>

namespace xgrad {

/// While an object exists, the first SIGINT or SIGTERM is recorded instead of ending the program; a second
/// one, of either kind, ends it. Afterwards the signals do what they did before.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// The recorded signal; 0: none.
    static int received() noexcept;
    /// Whether there is one: for `Checkpointing::stop_requested`.
    static bool requested() noexcept { return received() != 0; }

private:
    static constexpr std::array signals{SIGINT, SIGTERM};
    std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace xgrad
