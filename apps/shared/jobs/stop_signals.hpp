#pragma once

namespace apps {

/// While it is alive, the first SIGINT or SIGTERM does not end the program, but is remembered; a second one
/// ends it.
class StopSignals {
public:
    StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;
    ~StopSignals();

    /// The signal that has come; 0: none.
    static int received() noexcept;
};

}  // namespace apps
