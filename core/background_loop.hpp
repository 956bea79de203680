#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

namespace xgrad {

/// A loop whose result is needed later: threads that wait for work run parts of it in the meantime, the last
/// ones first.
class BackgroundLoop {
public:
    BackgroundLoop() = default;
    BackgroundLoop(const BackgroundLoop&) = delete;
    BackgroundLoop& operator=(const BackgroundLoop&) = delete;
    ~BackgroundLoop() { cancel(); }

    /// Lets f(part) run for every part of [0, parts), which must not throw; cancels what it was at. With one
    /// thread, finish() does all.
    void start(std::size_t parts, std::function<void(std::size_t)> f);
    /// Runs the parts that nobody has begun, the first ones first and together with those who help, and waits
    /// for the others.
    void finish();
    /// Drops the parts that nobody has begun, and waits for the others.
    void cancel();

    /// Runs one part of the oldest loop that has any which nobody has begun; returns whether there was one.
    static bool help();

private:
    void enter_queue();
    void leave_queue();
    bool take_first(std::size_t& part);

    std::function<void(std::size_t)> f_;
    std::size_t parts_ = 0;
    // Guarded by the queue's lock: the parts that nobody has begun, and the loop that was started after this
    // one.
    std::size_t begin_ = 0, end_ = 0;
    BackgroundLoop* next_ = nullptr;
    std::atomic<std::size_t> ended_{0};  // the last thing that a helping thread touches
};

}  // namespace xgrad
