#pragma once

#include <cstddef>
#include <limits>
#include <new>

namespace xgrad {

/// Every block that the recycling allocator hands out starts on such a boundary (bytes): a cache line, and an
/// AVX-512 register.
inline constexpr std::size_t block_alignment = 64;

/// Takes a block of at least `bytes` bytes, from this thread's free list where it has one of that size class.
/// @throws std::bad_alloc  the system has no more memory.
[[nodiscard]] void* allocate_block(std::size_t bytes);

/// Gives a block back to this thread's free list (or to the system, once the list holds
/// `memory_cache_limit`).
/// @param bytes  what `allocate_block` was asked for.
void free_block(void* block, std::size_t bytes) noexcept;

/// Returns every cached block of this thread to the system; returns the number of bytes.
std::size_t release_cached_memory() noexcept;

/// Bytes that this thread's free lists hold now.
std::size_t cached_memory() noexcept;

/// Most bytes that one thread keeps for reuse.
inline constexpr std::size_t memory_cache_limit = std::size_t{1} << 28;

/// A standard allocator over `allocate_block`: a training step in steady state asks the system for no memory.
template <class T>
struct RecyclingAllocator {
    // What every standard allocator has.
    /// @cond
    using value_type = T;
    using size_type = std::size_t;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using const_pointer = const T*;
    using reference = T&;
    using const_reference = const T&;
    template <class U>
    struct rebind {
        using other = RecyclingAllocator<U>;
    };

    RecyclingAllocator() noexcept = default;
    template <class U>
    RecyclingAllocator(const RecyclingAllocator<U>&) noexcept {}

    [[nodiscard]] T* allocate(std::size_t count) {
        if (count > std::numeric_limits<std::size_t>::max() / sizeof(T)) throw std::bad_array_new_length();
        return static_cast<T*>(allocate_block(count * sizeof(T)));
    }
    void deallocate(T* block, std::size_t count) noexcept { free_block(block, count * sizeof(T)); }

    template <class U>
    bool operator==(const RecyclingAllocator<U>&) const noexcept {
        return true;
    }
    /// @endcond
};

}  // namespace xgrad
