#include "shared/jobs/stop_signals.hpp"

#include <csignal>
#include <initializer_list>

#include <doctest/doctest.h>

using apps::StopSignals;

TEST_CASE("StopSignals: a signal is remembered, and afterwards is what it was") {
    for (const int signal : {SIGINT, SIGTERM}) {
        const StopSignals signals;
        CHECK(StopSignals::received() == 0);
        std::raise(signal);
        CHECK(StopSignals::received() == signal);
        CHECK((std::signal(signal, SIG_DFL) == SIG_DFL));  // a second one would end the program
    }
    CHECK((std::signal(SIGINT, SIG_DFL) == SIG_DFL));
}
