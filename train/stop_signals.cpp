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
    action.sa_handler = [](int signal) {
        signal_received = signal;
        for (const int either : signals) std::signal(either, SIG_DFL);
    };
    action.sa_flags = SA_RESTART;
    for (const int signal : signals) ::sigaddset(&action.sa_mask, signal);
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &action, &before_[i]);
}

StopSignals::~StopSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
}

int StopSignals::received() noexcept { return signal_received; }

}  // namespace xgrad
