#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace xgrad {

/// A loop whose result is needed later. Threads that wait for work run its parts in the meantime, starting
/// with the last.
class BackgroundLoop {
public:
    BackgroundLoop() = default;
    BackgroundLoop(const BackgroundLoop&) = delete;
    BackgroundLoop& operator=(const BackgroundLoop&) = delete;
    ~BackgroundLoop() { cancel(); }

    /// Schedules f(part) for every part in [0, parts); f must not throw. Cancels the previous loop of this
    /// object. With one thread, finish() runs all parts.
    void start(std::size_t parts, std::function<void(std::size_t)> f);
    /// Runs the parts that no thread has begun, starting with the first, while other threads help; then waits
    /// for the parts still running.
    void finish();
    /// Drops the parts that no thread has begun, and waits for the parts still running.
    void cancel();

    /// Runs one part of the oldest loop that has parts which no thread has begun. @returns  whether there was
    /// one.
    static bool help();

private:
    void enter_queue();
    void leave_queue();
    bool take_first(std::size_t& part);

    std::function<void(std::size_t)> f_;
    std::size_t parts_ = 0;
    // Guarded by the queue's lock: the range of parts that no thread has begun, and the next younger loop.
    std::size_t begin_ = 0, end_ = 0;
    BackgroundLoop* next_ = nullptr;
    std::atomic<std::size_t> ended_{0};  // the last member that a helping thread accesses
};

}  // namespace xgrad
