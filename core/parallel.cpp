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

#include <xgrad/core/background_loop.hpp>
#include <xgrad/core/error.hpp>

namespace xgrad {
namespace {

using Clock = std::chrono::steady_clock;

// An idle worker polls for this long before it sleeps: longer than the pauses between the products of a step,
// because waking a sleeping worker takes as long as a small product.
constexpr auto patience = std::chrono::microseconds(200);

// After two threads requested the workers at once, each computes alone for this long: the two keep the
// processors busy, and a third thread would only compete with them.
constexpr auto truce = std::chrono::milliseconds(100);

// A waiting thread polls this often before it yields to other threads.
constexpr unsigned pauses = 4096;

thread_local bool runs_part = false;

// The pool's protocol.
//
// A job is a function f_, its context_ and up to 32 parts. The thread that calls parallel_for owns the pool
// until the job is done (owner_); threads that call it meanwhile compute alone. The states of a part:
//
//   untaken   its bit in the lower half of jobs_ is set
//   running   its bit is clear, and it is counted in unfinished_
//   ended     it is no longer counted
//
// Who may change what, and in which memory order:
//
//   jobs_ The owner starts a job, only while no bit is set: a new number in the upper half, and one bit
//                 per part (release: a thread that takes a part sees f_, context_, error_ and unfinished_).
//                 The owner and the workers take a part by clearing its bit (acquire).
//                 Any thread may store a new number and keep the bits, which wakes the workers.
//   f_, context_ The owner, before it starts a job. Only threads that have taken a part read them. The next
//   job
//                 starts when no part is running, so neither changes while it is read.
//   unfinished_   The owner sets it before it starts a job. A thread that ran a part decrements it (release).
//                 The owner waits for 0 (acquire), and so sees everything that the parts wrote.
//   error_        A thread that ran a part, under error_mutex_; otherwise the owner.
//   workers_, started_, stop_ The owner, while no bit is set: it sets stop_, changes jobs_, joins the
//   workers.
//
// A worker repeats these steps in order: take a part, its own if that is untaken; help a BackgroundLoop;
// return if stop_ is set; poll jobs_ for a change for `patience`; sleep until it changes.
class Pool {
public:
    Pool() = default;
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;
    ~Pool() { resize(0); }

    // Runs all parts on the workers and this thread. Returns false if another thread uses the workers, or two
    // threads competed for them during the last `truce`.
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
        publish((next_job - 1) >> (detail::most_parts - parts));
        {
            const Unsplit here;
            while (take(0)) continue;
        }
        for (unsigned turn = 0; unfinished_.load(std::memory_order_acquire) > 0; ++turn) detail::relax(turn);
        if (error_) std::rethrow_exception(error_);
        return true;
    }

    // Makes the workers look for a BackgroundLoop.
    void wake() {
        if (started_.load(std::memory_order_relaxed)) publish(0);
    }

private:
    static constexpr std::uint64_t next_job = std::uint64_t{1} << 32;
    static std::uint64_t left(std::uint64_t jobs) { return jobs % next_job; }

    void publish(std::uint64_t parts) {
        jobs_.fetch_add(next_job + parts, std::memory_order_seq_cst);  // before notify_all looks for sleepers
        jobs_.notify_all();
    }

    // Takes one part and runs it: the thread's own part, whose data its cache holds from earlier jobs, or
    // else any.
    bool take(std::size_t own) {
        std::uint64_t jobs = jobs_.load(std::memory_order_acquire), part = 0;
        do {
            if (left(jobs) == 0) return false;
            part = jobs >> own & 1 ? own : static_cast<std::uint64_t>(std::countr_zero(jobs));
        } while (!jobs_.compare_exchange_weak(jobs, jobs & ~(std::uint64_t{1} << part),
                                              std::memory_order_acq_rel));
        try {
            f_(context_, part);
        } catch (...) {
            const std::scoped_lock lock(error_mutex_);
            if (!error_) error_ = std::current_exception();
        }
        unfinished_.fetch_sub(1, std::memory_order_release);
        return true;
    }

    void work(std::size_t own) {
        const Unsplit here;  // also while it helps a BackgroundLoop: the owner's parts come first
        for (;;) {
            while (take(own) || BackgroundLoop::help()) continue;
            const std::uint64_t seen = jobs_.load(std::memory_order_acquire);
            if (left(seen) > 0) continue;
            if (stop_.load(std::memory_order_relaxed)) return;
            wait_for_change(seen);
        }
    }

    void wait_for_change(std::uint64_t seen) {
        const auto deadline = Clock::now() + patience;
        for (unsigned turn = 0; jobs_.load(std::memory_order_acquire) == seen; ++turn) {
            detail::relax(turn);
            if (turn >= pauses && Clock::now() > deadline) return jobs_.wait(seen, std::memory_order_acquire);
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
            workers_.emplace_back([this, i] { work(std::min(i, detail::most_parts - 1)); });
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
    std::atomic<bool> started_{false}, stop_{false};
};

Pool& pool() {
    static Pool the_pool;
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

Unsplit::Unsplit() noexcept : before_(std::exchange(runs_part, true)) {}
Unsplit::~Unsplit() { runs_part = before_; }

bool detail::in_part() noexcept { return runs_part; }

bool detail::run_together(std::size_t parts, void (*run)(const void*, std::size_t), const void* context) {
    return !runs_part && pool().run(parts, run, context);
}

void detail::run_parts(std::size_t parts, void (*run)(const void*, std::size_t), const void* context) {
    if (run_together(parts, run, context)) return;
    const Unsplit here;
    std::exception_ptr error;
    for (std::size_t part = 0; part < parts; ++part) try {
            run(context, part);
        } catch (...) {
            if (!error) error = std::current_exception();
        }
    if (error) std::rethrow_exception(error);
}

void detail::wake_workers() { pool().wake(); }

// A pause instruction leaves the shared parts of the core to its other hardware threads.
void detail::relax(unsigned turn) noexcept {
    if (turn >= pauses) return std::this_thread::yield();
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

}  // namespace xgrad
