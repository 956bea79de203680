#include <xgrad/core/parallel.hpp>

#include <atomic>
#include <bit>
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

// A worker that finds nothing to do looks again for so long before it sleeps: longer than the pauses between
// the products of a step, and to wake a sleeping one takes as long as a small product.
constexpr auto patience = std::chrono::microseconds(200);

// After two threads wanted the workers at once, each computes alone for so long: together they keep the
// processors busy, and a third would only be in their way.
constexpr auto truce = std::chrono::milliseconds(100);

void relax() {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

// Calls done() until it returns true, or until the deadline; returns whether it did. First it only pauses,
// which leaves the processor's shared parts to others, then it gives way to other threads.
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

// For what takes some nanoseconds: a std::mutex would put the second thread to sleep for a thousand times as
// long.
class SpinLock {
public:
    void lock() {
        spin([this] { return !locked_.test_and_set(std::memory_order_acquire); });
    }
    void unlock() { locked_.clear(std::memory_order_release); }

private:
    std::atomic_flag locked_;
};

thread_local bool runs_part = false;

}  // namespace

class detail::Pool {
public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { resize(0); }

    // Runs all parts on the workers and this thread, or returns false because another thread is doing so, or
    // did a moment ago.
    bool run(std::size_t parts, void (*f)(const void*, std::size_t), const void* context) {
        if (Clock::now().time_since_epoch().count() < truce_until_.load(std::memory_order_relaxed))
            return false;
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
        publish((next_job - 1) >> (most_parts - parts));
        while (take(0)) continue;
        spin([&] { return unfinished_.load(std::memory_order_acquire) == 0; });
        if (error_) std::rethrow_exception(error_);
        return true;
    }

    void add(BackgroundLoop& loop) {
        if (!started_.load(std::memory_order_relaxed)) return;
        {
            const std::scoped_lock lock(loops_lock_);
            loops_.push_back(&loop);
            any_loops_.store(true, std::memory_order_relaxed);
        }
        jobs_.fetch_add(next_job, std::memory_order_acq_rel);
        jobs_.notify_all();
    }

    void remove(BackgroundLoop& loop) {
        const std::scoped_lock lock(loops_lock_);
        drop(loop);
    }

    // Runs a part of the oldest background loop, from its end; returns false where there is none.
    bool help() {
        if (!any_loops_.load(std::memory_order_relaxed)) return false;
        BackgroundLoop* loop = nullptr;
        std::size_t part = 0;
        {
            const std::scoped_lock lock(loops_lock_);
            if (loops_.empty()) return false;
            loop = loops_.front();
            part = --loop->end_;
            if (loop->begin_ == loop->end_) drop(*loop);
        }
        loop->f_(part);
        loop->ended_.fetch_add(1, std::memory_order_release);
        return true;
    }

    // Takes a part from the beginning of that loop; returns false where none is left.
    bool take_first(BackgroundLoop& loop, std::size_t& part) {
        const std::scoped_lock lock(loops_lock_);
        if (loop.begin_ == loop.end_) return false;
        part = loop.begin_++;
        if (loop.begin_ == loop.end_) drop(loop);
        return true;
    }

private:
    // The number of the job in the upper half, and in the lower one a bit for each of its parts that nobody
    // has taken yet.
    static constexpr std::uint64_t next_job = std::uint64_t{1} << 32;
    static std::uint64_t left(std::uint64_t jobs) { return jobs % next_job; }

    void drop(const BackgroundLoop& loop) {
        std::erase(loops_, &loop);
        any_loops_.store(!loops_.empty(), std::memory_order_relaxed);
    }

    void publish(std::uint64_t parts) {
        jobs_.store((jobs_.load(std::memory_order_relaxed) / next_job + 1) * next_job + parts,
                    std::memory_order_seq_cst);
        jobs_.notify_all();
    }

    // Takes one part and runs it: the thread's own, since its cache holds what it worked on before, or else
    // any. A job's function may be read only by who has taken a part of it: the next job waits for that part.
    bool take(std::size_t own) {
        std::uint64_t jobs = jobs_.load(std::memory_order_acquire), part = 0;
        do {
            if (left(jobs) == 0) return false;
            part = jobs >> own & 1 ? own : static_cast<std::uint64_t>(std::countr_zero(jobs));
        } while (!jobs_.compare_exchange_weak(jobs, jobs & ~(std::uint64_t{1} << part),
                                              std::memory_order_acq_rel));
        runs_part = true;
        try {
            f_(context_, part);
        } catch (...) {
            const std::scoped_lock lock(error_mutex_);
            if (!error_) error_ = std::current_exception();
        }
        runs_part = false;
        unfinished_.fetch_sub(1, std::memory_order_release);
        return true;
    }

    void work(std::size_t own) {
        for (std::uint64_t seen = 0;;) {
            while (take(own) || help()) continue;
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
        for (std::size_t i = 1; i <= count; ++i)
            workers_.emplace_back([this, i] { work(std::min(i, most_parts - 1)); });
    }

    alignas(64) std::atomic<std::uint64_t> jobs_{0};
    std::atomic<std::size_t> unfinished_{0};
    void (*f_)(const void*, std::size_t) = nullptr;
    const void* context_ = nullptr;
    std::exception_ptr error_;
    std::mutex error_mutex_;
    std::mutex owner_;
    std::atomic<Clock::rep> truce_until_{Clock::time_point::min().time_since_epoch().count()};
    std::vector<std::thread> workers_;
    std::vector<BackgroundLoop*> loops_;
    SpinLock loops_lock_;
    std::atomic<bool> any_loops_{false}, started_{false}, stop_{false};
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
    if (const auto [rest, error] = std::from_chars(text, end, count);
        error != std::errc() || rest != end || count < 1)
        fail<ValueError>(
            "num_threads",
            fmt::format("XGRAD_NUM_THREADS is '{}', expected a number of threads, 1 or more", text));
    return count;
}

std::atomic<int>& threads() {
    static std::atomic<int> count{initial_threads()};
    return count;
}

}  // namespace

void set_num_threads(int count) {
    if (count < 1)
        fail<ValueError>("set_num_threads", fmt::format("expected at least 1 thread, got {}", count));
    threads().store(count, std::memory_order_relaxed);
}

int num_threads() { return threads().load(std::memory_order_relaxed); }

bool detail::in_part() noexcept { return runs_part; }

void detail::run_parts(std::size_t parts, void (*run)(const void*, std::size_t), const void* context) {
    if (!runs_part && pool().run(parts, run, context)) return;
    for (std::size_t part = 0; part < parts; ++part) run(context, part);
}

void BackgroundLoop::start(std::size_t parts, std::function<void(std::size_t)> f) {
    cancel();
    f_ = std::move(f);
    begin_ = 0;
    parts_ = end_ = parts;
    if (parts > 0 && num_threads() > 1) pool().add(*this);
}

void BackgroundLoop::finish() {
    for (std::size_t part = 0; pool().take_first(*this, part); ended_.fetch_add(1, std::memory_order_relaxed))
        f_(part);
    cancel();
}

void BackgroundLoop::cancel() {
    pool().remove(*this);
    const std::size_t never_begun = end_ - begin_;
    spin([&] { return ended_.load(std::memory_order_acquire) + never_begun == parts_; });
    parts_ = begin_ = end_ = 0;
    ended_.store(0, std::memory_order_relaxed);
}

}  // namespace xgrad
