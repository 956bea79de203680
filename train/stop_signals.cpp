#include <xgrad/train/stop_signals.hpp>

#include <atomic>
#include <csignal>

namespace xgrad {
namespace {

std::atomic<int> signal_received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

StopSignals::StopSignals() {
    signal_received = 0;
    struct sigaction action{};
    action.sa_handler = [](int signal) { signal_received = signal; };
    action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
    for (const int signal : {SIGINT, SIGTERM}) ::sigaction(signal, &action, nullptr);
}

StopSignals::~StopSignals() {
    for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
}

int StopSignals::received() noexcept { return signal_received; }

}  // namespace xgrad
