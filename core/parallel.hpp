#pragma once

#include <algorithm>
#include <cstddef>

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
inline constexpr std::size_t most_parts = 32;
bool in_part() noexcept;
void run_parts(std::size_t parts, void (*run)(const void* context, std::size_t part), const void* context);
void wake_workers();
void relax(unsigned turn) noexcept;  // after the turn-th look at what another thread will change
}  // namespace detail

/// Calls f(begin, end) for consecutive parts of [0, count), as many as there are threads, side by side;
/// returns when all are done. Each part goes to the same thread every time, the first one to
/// the caller, as long as that thread is free: what it works on stays in its cache. No part is shorter than
/// `grain`. What is too short to split, comes from inside another parallel_for, or while another thread runs
/// one, is done by the caller alone, part after part.
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

/// Whether other threads could take a share of this one's work: there are any, and this is no part of a
/// parallel_for.
inline bool has_idle_threads() { return num_threads() > 1 && !detail::in_part(); }

}  // namespace xgrad
