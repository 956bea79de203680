#pragma once

// Included by the sources that are compiled once per instruction set, each time into its own namespace
// `xgrad::kernels::XGRAD_ISA`. What such a source does not share is in an unnamed namespace. It must contain
// no inline function of another namespace that the linker could take from here: a function compiled for
// AVX-512 would then run on a processor without it. scripts/check-isa checks this.
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <xsimd/xsimd.hpp>

#include <xgrad/core/allocator.hpp>

#ifndef XGRAD_ISA  // compiled once, with the flags of the whole build
#if defined(__AVX512BW__) && defined(__AVX512DQ__)
#define XGRAD_ISA avx512
#elif defined(__AVX2__) && defined(__FMA__)
#define XGRAD_ISA avx2
#elif defined(__SSE2__)
#define XGRAD_ISA sse2
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define XGRAD_ISA neon
#else
#error "xgrad has kernels for x86-64 and for 64-bit ARM"
#endif
#endif

namespace xgrad::kernels::XGRAD_ISA {

/// A vector register of T.
template <class T>
using Simd = xsimd::batch<T, xsimd::default_arch>;

/// The number of vector registers.
inline constexpr int registers = XSIMD_WITH_AVX512BW || XSIMD_WITH_NEON64 ? 32 : 16;

/// As many registers of zeros as there are numbers. One by one: a loop over them would become a call of
/// memset, and the array would be in memory.
template <class T, std::size_t... i>
std::array<Simd<T>, sizeof...(i)> zero_registers(std::index_sequence<i...>) {
    return {((void)i, Simd<T>(T{0}))...};
}
template <class T, std::size_t count>
std::array<Simd<T>, count> zero_registers() {
    return XGRAD_ISA::zero_registers<T>(std::make_index_sequence<count>{});
}

/// A register with the first `count` elements of x, followed by `padding`. Not inlined, as the next: the
/// compiler would unroll the copy of each element wherever a loop ends, and make the kernels three times as
/// large.
template <class T>
[[gnu::noinline]] Simd<T> load_first(std::size_t count, const T* x, T padding) {
    alignas(64) T values[Simd<T>::size];
    for (std::size_t i = 0; i < Simd<T>::size; ++i) values[i] = i < count ? x[i] : padding;
    return Simd<T>::load_aligned(values);
}

/// Writes the first `count` elements of the register to y.
template <class T>
[[gnu::noinline]] void store_first(std::size_t count, const Simd<T>& x, T* y) {
    alignas(64) T values[Simd<T>::size];
    x.store_aligned(values);
    for (std::size_t i = 0; i < count; ++i) y[i] = values[i];
}

/// Zero-initialized work space from the recycling allocator.
template <class T>
class Scratch {
public:
    explicit Scratch(std::size_t size)
        : size_(size), data_(static_cast<T*>(allocate_block(size * sizeof(T)))) {
        clear();
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { free_block(data_, size_ * sizeof(T)); }
    void clear() {
        for (std::size_t i = 0; i < size_; ++i) data_[i] = T{0};
    }
    T* data() { return data_; }
    T& operator[](std::size_t i) { return data_[i]; }

private:
    std::size_t size_;
    T* data_;
};

/// Calls f(first, block). Not inlined: the compiler would unroll each call on its own.
template <std::size_t block, class F>
[[gnu::noinline]] void call_column_block(const F& f, std::size_t first) {
    f(first, std::integral_constant<std::size_t, block>());
}

/// Calls f(first column, block) for blocks that cover all n columns of a matrix. `block` is a
/// std::integral_constant, so that loops over it become registers. The last block ends at the last column;
/// the columns that it shares with the block before are computed twice, with the same result.
template <std::size_t largest, class F>
void for_each_column_block(std::size_t n, const F& f) {
    if (n < largest) {
        if constexpr (largest > 1) for_each_column_block<largest / 2>(n, f);
        return;
    }
    for (std::size_t j = 0; j < n; j += largest)
        call_column_block<largest>(f, j + largest <= n ? j : n - largest);
}

/// The sum of f(0) ... f(n - 1), in 16 independent double accumulators, which the compiler can vectorize
/// without reordering a sum.
template <class F>
double accumulate(std::size_t n, F f) {
    constexpr std::size_t lanes = 16;
    double partial[lanes] = {};
    std::size_t i = 0;
    for (; i + lanes <= n; i += lanes)
        for (std::size_t lane = 0; lane < lanes; ++lane) partial[lane] += f(i + lane);
    for (std::size_t lane = 0; i < n; ++i, ++lane) partial[lane] += f(i);
    for (std::size_t half = n > lanes / 2 ? lanes / 2 : lanes / 4; half > 0; half /= 2)  // else the rest is 0
        for (std::size_t lane = 0; lane < half; ++lane) partial[lane] += partial[lane + half];
    return partial[0];
}

/// The same without f(left_out).
template <class F>
double accumulate_others(std::size_t n, std::size_t left_out, F f) {
    const std::size_t behind = left_out + 1;
    return accumulate(left_out, f) + accumulate(n - behind, [=](std::size_t i) { return f(behind + i); });
}

/// The first position of `value` in a row of at least one element; the last one if it is not there.
template <class T>
std::size_t position_of(T value, std::size_t n, const T* x) {
    constexpr std::size_t lanes = 64;
    std::size_t i = 0;
    for (unsigned found = 0; i + lanes < n; i += lanes) {
        for (std::size_t lane = 0; lane < lanes; ++lane) found |= x[i + lane] == value ? 1U : 0U;
        if (found) break;
    }
    while (i + 1 < n && x[i] != value) ++i;
    return i;
}

}  // namespace xgrad::kernels::XGRAD_ISA
