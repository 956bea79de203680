#pragma once

namespace xgrad {

/// While an object exists, the first SIGINT or SIGTERM is recorded instead of ending the program; a second
/// one ends it.
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
};

}  // namespace xgrad
