#include "shared/jobs/checkpointing.hpp"

#include <atomic>
#include <csignal>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "shared/files/json.hpp"

#include <xgrad/core/error.hpp>

namespace cifar_bn {
namespace {

// By which results may differ in their last bits, while the training is the same.
const std::set<std::string> last_bits{"/version", "/binary_sha256", "/compiler",       "/flags",
                                      "/isa",     "/blas",          "/options/threads"};

std::atomic<int> signal_received = 0;
static_assert(std::atomic<int>::is_always_lock_free);

}  // namespace

void compare_receipts(const std::filesystem::path& file, const std::string& written, const std::string& now,
                      bool strict, const std::function<void(const std::string&)>& warn) {
    const auto flat = [](const std::string& text) {
        try {
            const nlohmann::json receipt = parse_json(text);
            if (receipt.is_object() && !receipt.empty()) return receipt.flatten();
        } catch (const std::exception&) {  // is as good as none
        }
        return nlohmann::json::object();
    };
    const nlohmann::json there = flat(written), here = flat(now);
    std::set<std::string> names;
    for (const auto* receipt : {&there, &here})
        for (const auto& [name, value] : receipt->items()) names.insert(name);
    std::vector<std::string> other_training, other_bits;
    for (const std::string& name : names) {
        const auto value_in = [&](const nlohmann::json& receipt) {
            return receipt.contains(name) ? receipt[name].dump() : "nothing";
        };
        if (value_in(there) == value_in(here)) continue;
        (last_bits.contains(name) ? other_bits : other_training)
            .push_back(fmt::format("{} was {}, is {}", name.substr(1), value_in(there), value_in(here)));
    }
    if (!other_training.empty())
        xgrad::fail<xgrad::ValueError>("--resume", fmt::format("{} is of another training: {}", file.string(),
                                                               fmt::join(other_training, "; ")));
    if (other_bits.empty()) return;
    if (strict)
        xgrad::fail<xgrad::ValueError>("--strict", fmt::format("{} would not be continued bit by bit: {}",
                                                               file.string(), fmt::join(other_bits, "; ")));
    warn(fmt::format("the last bits may differ from those of a training that was not interrupted: {}",
                     fmt::join(other_bits, "; ")));
}

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

}  // namespace cifar_bn
