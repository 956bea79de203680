#pragma once

#include <cstddef>
#include <limits>
#include <new>

namespace xgrad {

/// The alignment in bytes of every block of the recycling allocator: a cache line, and an AVX-512 register.
inline constexpr std::size_t block_alignment = 64;

/// Allocates at least `bytes` bytes, from this thread's free list if it holds a block of that size class.
/// @throws std::bad_alloc  the system has no more memory.
[[nodiscard]] void* allocate_block(std::size_t bytes);

/// Returns a block to this thread's free list, or to the system if the thread's lists hold
/// `memory_cache_limit`.
/// @param bytes  the size that was requested from `allocate_block`.
void free_block(void* block, std::size_t bytes) noexcept;

/// Returns every cached block of this thread to the system. @returns  the number of bytes.
std::size_t release_cached_memory() noexcept;

/// The number of bytes in this thread's free lists.
std::size_t cached_memory() noexcept;

/// The maximum number of bytes that one thread keeps for reuse.
inline constexpr std::size_t memory_cache_limit = std::size_t{1} << 28;

/// A standard allocator over `allocate_block`. In steady state a training step requests no memory from the
/// system.
template <class T>
struct RecyclingAllocator {
    // The members of every standard allocator.
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
