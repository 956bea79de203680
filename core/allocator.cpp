#include <xgrad/core/allocator.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace xgrad {
namespace {

// Four size classes per power of two, so that at most a quarter of a block stays unused. Class 0 is 64 bytes.
constexpr std::size_t classes = 4 * 34;

struct SizeClass {
    std::size_t index;
    std::size_t bytes;
};

SizeClass size_class(std::size_t bytes) {
    const std::size_t lines = std::max<std::size_t>(1, (bytes + block_alignment - 1) / block_alignment);
    if (lines <= 8) return {lines - 1, lines * block_alignment};
    // 2^log2 < lines <= 2^(log2 + 1)
    const auto log2 = static_cast<std::size_t>(std::bit_width(lines - 1)) - 1;
    const std::size_t step = std::size_t{1} << (log2 - 2);
    const std::size_t quarter = (lines - (std::size_t{1} << log2) + step - 1) / step;  // 1 ... 4
    return {4 * (log2 - 1) + quarter - 1, ((std::size_t{1} << log2) + quarter * step) * block_alignment};
}

void* system_allocate(std::size_t bytes) { return ::operator new(bytes, std::align_val_t{block_alignment}); }
void system_free(void* block) noexcept { ::operator delete(block, std::align_val_t{block_alignment}); }

struct FreeBlock {
    FreeBlock* next;
};

// Without a destructor: access needs no test for construction, and a Tensor with static storage, which dies
// later, can still read it. `limit` is 0, and nothing is cached, before `AtThreadEnd` is constructed and
// after it is destroyed.
struct Cache {
    std::array<FreeBlock*, classes> lists{};
    std::size_t bytes = 0;
    std::size_t limit = 0;

    std::size_t release() noexcept {
        for (FreeBlock*& list : lists)
            while (list) system_free(std::exchange(list, list->next));
        return std::exchange(bytes, 0);
    }
};

thread_local constinit Cache cache{};
thread_local constinit bool thread_ends = false;

struct AtThreadEnd {
    AtThreadEnd() { cache.limit = memory_cache_limit; }
    AtThreadEnd(const AtThreadEnd&) = delete;
    AtThreadEnd& operator=(const AtThreadEnd&) = delete;
    ~AtThreadEnd() {
        cache.release();
        cache.limit = 0;
        thread_ends = true;
    }
};

void watch_thread_end() {
    if (!thread_ends) thread_local const AtThreadEnd at_thread_end;
}

// AddressSanitizer detects a use after free only if the memory is really freed.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool recycling = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool recycling = false;
#else
constexpr bool recycling = true;
#endif
#else
constexpr bool recycling = true;
#endif

}  // namespace

void* allocate_block(std::size_t bytes) {
    if (bytes > std::numeric_limits<std::size_t>::max() / 2) throw std::bad_alloc();
    if (!recycling) return system_allocate(bytes);
    const SizeClass size = size_class(bytes);
    if (size.index >= classes || !cache.lists[size.index]) {
        watch_thread_end();
        return system_allocate(size.bytes);
    }
    FreeBlock*& list = cache.lists[size.index];
    cache.bytes -= size.bytes;
    return std::exchange(list, list->next);
}

void free_block(void* block, std::size_t bytes) noexcept {
    if (!block) return;
    if (!recycling) return system_free(block);
    const SizeClass size = size_class(bytes);
    if (cache.limit == 0) [[unlikely]]
        watch_thread_end();  // a thread may free blocks of other threads without allocating any itself
    if (size.index >= classes || cache.bytes + size.bytes > cache.limit) return system_free(block);
    FreeBlock*& list = cache.lists[size.index];
    list = new (block) FreeBlock{list};
    cache.bytes += size.bytes;
}

std::size_t release_cached_memory() noexcept { return cache.release(); }

std::size_t cached_memory() noexcept { return cache.bytes; }

}  // namespace xgrad
