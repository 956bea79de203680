#include <xgrad/core/background_loop.hpp>

#include <mutex>
#include <utility>

#include <xgrad/core/parallel.hpp>

namespace xgrad {
namespace {

// Guards critical sections of a few nanoseconds. A std::mutex would put the second thread to sleep for a
// thousand times as long.
class SpinLock {
public:
    void lock() {
        for (unsigned turn = 0; locked_.test_and_set(std::memory_order_acquire); ++turn) detail::relax(turn);
    }
    void unlock() { locked_.clear(std::memory_order_release); }

private:
    std::atomic_flag locked_;
};

// The loops that have parts which no thread has begun, oldest first. Never destroyed, because workers look
// here until the process ends.
struct Queue {
    SpinLock lock;
    BackgroundLoop* oldest = nullptr;
    std::atomic<bool> any{false};  // changed under the lock, read without it
};
constinit Queue queue;

}  // namespace

void BackgroundLoop::enter_queue() {
    const std::scoped_lock lock(queue.lock);
    BackgroundLoop** end = &queue.oldest;
    while (*end) end = &(*end)->next_;
    *end = this;
    queue.any.store(true, std::memory_order_relaxed);
}

// Requires the lock. Does nothing if the loop is not in the queue.
void BackgroundLoop::leave_queue() {
    BackgroundLoop** link = &queue.oldest;
    while (*link && *link != this) link = &(*link)->next_;
    if (*link) *link = next_;
    next_ = nullptr;
    queue.any.store(queue.oldest != nullptr, std::memory_order_relaxed);
}

bool BackgroundLoop::take_first(std::size_t& part) {
    const std::scoped_lock lock(queue.lock);
    if (begin_ == end_) return false;
    part = begin_++;
    if (begin_ == end_) leave_queue();
    return true;
}

bool BackgroundLoop::help() {
    if (!queue.any.load(std::memory_order_relaxed)) return false;
    BackgroundLoop* loop = nullptr;
    std::size_t part = 0;
    {
        const std::scoped_lock lock(queue.lock);
        loop = queue.oldest;
        if (!loop) return false;
        part = --loop->end_;
        if (loop->begin_ == loop->end_) loop->leave_queue();
    }
    loop->f_(part);
    loop->ended_.fetch_add(1, std::memory_order_release);
    return true;
}

void BackgroundLoop::start(std::size_t parts, std::function<void(std::size_t)> f) {
    cancel();
    f_ = std::move(f);
    begin_ = 0;
    parts_ = end_ = parts;
    if (parts == 0 || num_threads() == 1) return;
    enter_queue();
    detail::wake_workers();
}

void BackgroundLoop::finish() {
    for (std::size_t part = 0; take_first(part); ended_.fetch_add(1, std::memory_order_relaxed)) f_(part);
    cancel();
}

void BackgroundLoop::cancel() {
    {
        const std::scoped_lock lock(queue.lock);
        leave_queue();
    }
    const std::size_t never_begun = end_ - begin_;
    for (unsigned turn = 0; ended_.load(std::memory_order_acquire) + never_begun < parts_; ++turn)
        detail::relax(turn);
    parts_ = begin_ = end_ = 0;
    ended_.store(0, std::memory_order_relaxed);
}

}  // namespace xgrad
