#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

namespace xgrad::detail {

/// Memory that is allocated from the front of large blocks and freed all at once. Runs no destructors.
class Arena {
public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;
    ~Arena() { reset(); }

    /// Allocates `bytes` bytes. @param alignment  a power of two.
    void* allocate(std::size_t bytes, std::size_t alignment) {
        const std::size_t gap = (alignment - reinterpret_cast<std::uintptr_t>(free_) % alignment) % alignment;
        if (gap + bytes > static_cast<std::size_t>(end_ - free_)) [[unlikely]]
            return allocate_in_new_block(bytes, alignment);
        return std::exchange(free_, free_ + gap + bytes) + gap;
    }

    /// Frees everything.
    void reset() noexcept;

private:
    struct Block {
        Block* next;
        std::size_t bytes;
    };
    void* allocate_in_new_block(std::size_t bytes, std::size_t alignment);

    Block* blocks_ = nullptr;
    std::byte* free_ = nullptr;
    std::byte* end_ = nullptr;
};

}  // namespace xgrad::detail
