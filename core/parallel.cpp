#include <xgrad/core/parallel.hpp>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>

#include <fmt/format.h>

#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

using Clock = std::chrono::steady_clock;

// A worker that finds nothing to do looks again for so long before it sleeps: longer than the pauses between the products of a step, and
// to wake a sleeping one takes as long as a small product.
constexpr auto patience = std::chrono::microseconds(200);

// After two threads wanted the workers at once, each computes alone for so long: together they keep the processors busy, and a third
// would only be in their way.
constexpr auto truce = std::chrono::milliseconds(10);

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

// Calls done() until it returns true, or until the deadline; returns whether it did. First it only pauses, which leaves the processor's
// shared parts to others, then it gives way to other threads.
template <class F>
bool spin(F done, Clock::time_point deadline = Clock::time_point::max()) {
    for (int i = 0; i < 4096; ++i) {
        if (done()) return true;
        relax();
    }
    while (!done()) {
        if (deadline != Clock::time_point::max() && Clock::now() > deadline) return false;
        std::this_thread::yield();
    }
    return true;
}

thread_local bool in_part = false;

}  // namespace

class detail::Pool {
public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { resize(0); }

    // Runs all parts on the workers and this thread, or returns false because another thread is doing so, or did a moment ago.
    bool run(std::size_t parts, void (*f)(const void*, std::size_t), const void* context) {
        if (Clock::now().time_since_epoch().count() < truce_until_.load(std::memory_order_relaxed)) return false;
        const std::unique_lock lock(owner_, std::try_to_lock);
        if (!lock) {
            truce_until_.store((Clock::now() + truce).time_since_epoch().count(), std::memory_order_relaxed);
            return false;
        }
        resize(static_cast<std::size_t>(num_threads()) - 1);
        f_ = f;
        context_ = context;
        error_ = nullptr;
        unfinished_.store(parts, std::memory_order_relaxed);
        publish(parts);
        while (take()) continue;
        spin([&] { return unfinished_.load(std::memory_order_acquire) == 0; });
        if (error_) std::rethrow_exception(error_);
        return true;
    }

    void add(BackgroundLoop& loop) {
        if (!started_.load(std::memory_order_relaxed)) return;
        {
            const std::scoped_lock lock(loops_mutex_);
            loops_.push_back(&loop);
            any_loops_.store(true, std::memory_order_relaxed);
        }
        jobs_.fetch_add(next_job, std::memory_order_acq_rel);
        jobs_.notify_all();
    }

    void remove(BackgroundLoop& loop) {
        const std::scoped_lock lock(loops_mutex_);
        std::erase(loops_, &loop);
        any_loops_.store(!loops_.empty(), std::memory_order_relaxed);
    }

    // Runs a part of that background loop, or of the oldest one; returns false where none is left.
    bool help(BackgroundLoop* loop) {
        if (!loop && !any_loops_.load(std::memory_order_relaxed)) return false;
        std::size_t part = 0;
        {
            const std::scoped_lock lock(loops_mutex_);
            if (!loop && !loops_.empty()) loop = loops_.front();
            if (!loop || loop->taken_ == loop->parts_) return false;
            part = loop->taken_++;
            if (loop->taken_ == loop->parts_) std::erase(loops_, loop);
            any_loops_.store(!loops_.empty(), std::memory_order_relaxed);
        }
        loop->f_(part);
        loop->done_.fetch_add(1, std::memory_order_release);
        return true;
    }

private:
    // The number of the job in the upper half, and in the lower one how many of its parts nobody has taken yet.
    static constexpr std::uint64_t next_job = std::uint64_t{1} << 32;
    static std::uint64_t left(std::uint64_t jobs) { return jobs % next_job; }

    void publish(std::uint64_t parts) {
        jobs_.store((jobs_.load(std::memory_order_relaxed) / next_job + 1) * next_job + parts, std::memory_order_seq_cst);
        jobs_.notify_all();
    }

    // Takes one part and runs it. A job's function may be read only by who has taken a part of it: the next job waits for that part.
    bool take() {
        std::uint64_t jobs = jobs_.load(std::memory_order_acquire);
        do {
            if (left(jobs) == 0) return false;
        } while (!jobs_.compare_exchange_weak(jobs, jobs - 1, std::memory_order_acq_rel));
        in_part = true;
        try {
            f_(context_, left(jobs) - 1);
        } catch (...) {
            const std::scoped_lock lock(error_mutex_);
            if (!error_) error_ = std::current_exception();
        }
        in_part = false;
        unfinished_.fetch_sub(1, std::memory_order_release);
        return true;
    }

    void work() {
        for (std::uint64_t seen = 0;;) {
            while (take() || help(nullptr)) continue;
            seen = jobs_.load(std::memory_order_acquire);
            if (left(seen) > 0) continue;
            if (stop_.load(std::memory_order_relaxed)) return;
            if (!spin([&] { return jobs_.load(std::memory_order_acquire) != seen; }, Clock::now() + patience))
                jobs_.wait(seen, std::memory_order_acquire);
        }
    }

    void resize(std::size_t count) {
        if (workers_.size() == count) return;
        stop_.store(true, std::memory_order_relaxed);
        publish(0);
        for (std::thread& worker : workers_) worker.join();
        workers_.clear();
        stop_.store(false, std::memory_order_relaxed);
        started_.store(count > 0, std::memory_order_relaxed);
        for (std::size_t i = 0; i < count; ++i) workers_.emplace_back([this] { work(); });
    }

    std::mutex owner_;
    std::atomic<Clock::rep> truce_until_{Clock::time_point::min().time_since_epoch().count()};
    std::vector<std::thread> workers_;
    std::atomic<bool> stop_{false};
    void (*f_)(const void*, std::size_t) = nullptr;
    const void* context_ = nullptr;
    std::mutex error_mutex_;
    std::exception_ptr error_;
    std::atomic<bool> started_{false};
    std::mutex loops_mutex_;
    std::vector<BackgroundLoop*> loops_;
    std::atomic<bool> any_loops_{false};
    alignas(64) std::atomic<std::uint64_t> jobs_{0};
    alignas(64) std::atomic<std::size_t> unfinished_{0};
};

namespace {

detail::Pool& pool() {
    static detail::Pool the_pool;
    return the_pool;
}

int available_processors() {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int initial_threads() {
    const char* text = std::getenv("XGRAD_NUM_THREADS");
    if (!text || !*text) return available_processors();
    int count = 0;
    const char* end = text + std::strlen(text);
    if (const auto [rest, error] = std::from_chars(text, end, count); error != std::errc() || rest != end || count < 1)
        fail<ValueError>("num_threads", fmt::format("XGRAD_NUM_THREADS is '{}', expected a number of threads, 1 or more", text));
    return count;
}

std::atomic<int>& threads() {
    static std::atomic<int> count{initial_threads()};
    return count;
}

}  // namespace

void set_num_threads(int count) {
    if (count < 1) fail<ValueError>("set_num_threads", fmt::format("expected at least 1 thread, got {}", count));
    threads().store(count, std::memory_order_relaxed);
}

int num_threads() { return threads().load(std::memory_order_relaxed); }

void detail::run_parts(std::size_t parts, void (*run)(const void*, std::size_t), const void* context) {
    if (!in_part && pool().run(parts, run, context)) return;
    for (std::size_t part = 0; part < parts; ++part) run(context, part);
}

void BackgroundLoop::start(std::size_t parts, std::function<void(std::size_t)> f) {
    cancel();
    f_ = std::move(f);
    parts_ = parts;
    if (parts > 0 && num_threads() > 1) pool().add(*this);
}

void BackgroundLoop::finish() {
    while (pool().help(this)) continue;
    cancel();
}

void BackgroundLoop::cancel() {
    pool().remove(*this);
    spin([&] { return done_.load(std::memory_order_acquire) == taken_; });
    parts_ = taken_ = 0;
    done_.store(0, std::memory_order_relaxed);
}

}  // namespace xgrad
