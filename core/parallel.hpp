#pragma once

#include <algorithm>
#include <cstddef>

namespace xgrad {

/// Sets the number of threads that share the computations of this process, including the calling thread. The
/// default is $XGRAD_NUM_THREADS, or one per processor that this process may use. The same number of threads
/// gives bitwise equal results.
/// @throws ValueError  count < 1.
void set_num_threads(int count);

/// The current number of threads.
/// @throws ValueError  $XGRAD_NUM_THREADS is not a positive number.
int num_threads();

/// The kernels that OpenBLAS selected for this processor, such as `SkylakeX`.
const char* blas_core();

/// OpenBLAS's version, options and kernels: `OpenBLAS 0.3.21 … SkylakeX MAX_THREADS=64`.
const char* blas_config();

namespace detail {
inline constexpr std::size_t most_parts = 32;
bool in_part() noexcept;
void run_parts(std::size_t parts, void (*run)(const void* context, std::size_t part), const void* context);
// Runs all parts at the same time, each on a thread of its own, so that they may wait for each other. Returns
// false if the threads are not free, or this is a part: then it has run none. At most num_threads() parts,
// and most_parts.
bool run_together(std::size_t parts, void (*run)(const void* context, std::size_t part), const void* context);
void wake_workers();
void relax(unsigned turn) noexcept;  // call after the turn-th poll of what another thread will change
}  // namespace detail

/// The elements of a simple loop that are worth a thread (docs/performance.md): the usual grain.
inline constexpr std::size_t usual_grain = std::size_t{1} << 15;

/// Calls f(begin, end) concurrently for consecutive parts of [0, count), as many as there are threads, and
/// returns when all are done. No part is shorter than `grain`. Each part goes to the same thread in every
/// call, the first one to the caller, as long as that thread is free; its data thus stay in that thread's
/// cache. The loop is not split if it is too short, or runs inside another parallel_for or a BackgroundLoop.
/// The caller alone runs part after part while another thread runs a loop, or within 0.1 s after that.
/// An exception of f is thrown again once all parts have ended.
template <class F>
void parallel_for(std::size_t count, std::size_t grain, F&& f) {
    const std::size_t most = count / std::max<std::size_t>(1, grain);
    const std::size_t parts =
        most < 2 ? most : std::min({static_cast<std::size_t>(num_threads()), most, detail::most_parts});
    if (parts <= 1 || detail::in_part()) {
        if (count > 0) f(std::size_t{0}, count);
        return;
    }
    const auto run = [&](std::size_t part) { f(count * part / parts, count * (part + 1) / parts); };
    detail::run_parts(
        parts,
        [](const void* context, std::size_t part) { (*static_cast<const decltype(run)*>(context))(part); },
        &run);
}

/// While it is alive, no loop of this thread is split, as in a part of a parallel_for: results do not depend
/// on the number of threads.
class Unsplit {
public:
    Unsplit() noexcept;
    Unsplit(const Unsplit&) = delete;
    Unsplit& operator=(const Unsplit&) = delete;
    ~Unsplit();

private:
    bool before_;
};

/// Whether other threads could share this thread's work: there are others, and this is not inside a part of a
/// parallel_for.
inline bool has_idle_threads() { return num_threads() > 1 && !detail::in_part(); }

}  // namespace xgrad
