#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>

namespace xgrad {

/// How many threads the computations of this process share, the calling thread among them. Until it is
/// called: $XGRAD_NUM_THREADS, or one for each processor that this process may use. With the same number,
/// results are the same to the last bit.
/// @throws ValueError  count < 1.
void set_num_threads(int count);

/// The number in force.
/// @throws ValueError  $XGRAD_NUM_THREADS is not a positive number.
int num_threads();

/// The kernels that OpenBLAS picked for this processor, such as `SkylakeX`.
const char* blas_core();

/// OpenBLAS's version, options and kernels: `OpenBLAS 0.3.21 … SkylakeX MAX_THREADS=64`.
const char* blas_config();

namespace detail {
class Pool;
inline constexpr std::size_t most_parts = 32;
bool in_part() noexcept;
void run_parts(std::size_t parts, void (*run)(const void* context, std::size_t part), const void* context);
}  // namespace detail

/// Calls f(begin, end) for consecutive parts of [0, count), as many as there are threads, side by side;
/// returns when all are done. The first part is the caller's if he is quick enough, the others are each the
/// same thread's: what one works on stays in its cache. No part is shorter than `grain`. What is too short to
/// split, comes from inside another parallel_for, or while another thread runs one, is done by the caller
/// alone, part after part.
/// @throws what f throws, once all parts have ended.
template <class F>
void parallel_for(std::size_t count, std::size_t grain, F&& f) {
    const std::size_t most = count / std::max<std::size_t>(1, grain);
    const std::size_t parts =
        most < 2 ? most : std::min({static_cast<std::size_t>(num_threads()), most, detail::most_parts});
    if (parts <= 1) {
        if (count > 0) f(std::size_t{0}, count);
        return;
    }
    const auto run = [&](std::size_t part) { f(count * part / parts, count * (part + 1) / parts); };
    detail::run_parts(
        parts,
        [](const void* context, std::size_t part) { (*static_cast<const decltype(run)*>(context))(part); },
        &run);
}

/// Whether parallel_for would split `count` here.
inline bool worth_splitting(std::size_t count, std::size_t grain) {
    return count / std::max<std::size_t>(1, grain) > 1 && num_threads() > 1 && !detail::in_part();
}

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

private:
    friend class detail::Pool;
    std::function<void(std::size_t)> f_;
    std::size_t parts_ = 0;
    std::size_t begin_ = 0, end_ = 0;  // of the parts that nobody has begun; guarded by the pool's lock
    std::atomic<std::size_t> ended_{0};  // the last thing that a helping thread touches
};

}  // namespace xgrad
