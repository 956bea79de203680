#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

namespace cifar_bn {

/// How a training is kept safe, and continued.
struct Checkpointing {
    std::filesystem::path folder{};  ///< Of the checkpoints.
    std::uint64_t every = 0;  ///< Steps from one to the next; 0: only one, where the training is stopped.
    std::size_t keep = 2;  ///< How many are kept.
    bool resume = false;  ///< Goes on from the newest one; begins at the beginning where there is none.
    bool strict = false;  ///< Does so only if the result is sure to be the same, bit by bit.
    std::string receipt{};  ///< What the result depends on, for that: see receipt().
    std::function<bool()> stop_requested = [] { return false; };  ///< Asked after every step.
};

/// Thrown by a training that was asked to stop before its last step, after it has written a checkpoint.
struct Stopped {
    std::uint64_t step;
    std::filesystem::path checkpoint;
};

/// Compares the receipt in a checkpoint with the one of this training. Where the program, the number of
/// threads or the processor's kernels differ, `warn` is told that the last bits may.
/// @param file  the checkpoint's, for messages.
/// @throws xgrad::ValueError  the data or options are others; or, if `strict`, anything is. Names all that
/// differs.
void compare_receipts(const std::filesystem::path& file, const std::string& written, const std::string& now,
                      bool strict, const std::function<void(const std::string&)>& warn);

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

}  // namespace cifar_bn
