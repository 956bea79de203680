#include <xgrad/core/allocator.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <stdexcept>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/array.hpp>
#include <xgrad/core/intrusive_ptr.hpp>

using namespace xgrad;

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool recycling = false;  // a use after free is seen only where memory really is freed
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool recycling = false;
#else
constexpr bool recycling = true;
#endif
#else
constexpr bool recycling = true;
#endif

// Destroyed after this thread's free lists: its block must go back to the system.
struct Late {
    Array<float> array{Shape{1000}};
    ~Late() {
        array = Array<float>(Shape{2000});
        free_block(allocate_block(3000), 3000);
        if (cached_memory() != 0 || release_cached_memory() != 0) std::abort();
    }
};
const Late late;

}  // namespace

TEST_CASE("allocate_block: aligned, whatever the size") {
    for (const std::size_t bytes : {0u, 1u, 63u, 64u, 65u, 257u, 1000u, 4097u, 1'000'003u}) {
        CAPTURE(bytes);
        void* block = allocate_block(bytes);
        CHECK(reinterpret_cast<std::uintptr_t>(block) % block_alignment == 0);
        std::fill_n(static_cast<unsigned char*>(block), bytes, static_cast<unsigned char>(0xff));
        free_block(block, bytes);
    }
}

TEST_CASE("allocate_block: blocks in use do not overlap") {
    std::vector<std::vector<std::size_t, RecyclingAllocator<std::size_t>>> blocks;
    for (int round = 0; round < 2; ++round) {  // the second round is served from the free lists
        for (std::size_t i = 0; i < 300; ++i) blocks.emplace_back(1 + i * i, i);
        for (std::size_t i = 0; i < 300; ++i)
            CHECK(blocks[i] == std::vector<std::size_t, RecyclingAllocator<std::size_t>>(1 + i * i, i));
        blocks.clear();
    }
}

TEST_CASE("allocate_block: gives back the block that was freed last, for any size of its class") {
    if (!recycling) return;
    release_cached_memory();
    void* block = allocate_block(1000);
    free_block(block, 1000);
    CHECK(cached_memory() == 1024);
    CHECK(allocate_block(1024) == block);
    CHECK(cached_memory() == 0);
    free_block(block, 1024);
    void* other = allocate_block(1025);
    CHECK(other != block);
    free_block(other, 1025);
    CHECK(allocate_block(961) == block);
    free_block(block, 961);
}

TEST_CASE("allocate_block: a size class wastes at most a fifth of a block, and 64 bytes") {
    if (!recycling) return;
    release_cached_memory();
    for (std::size_t bytes = 1; bytes < std::size_t{1} << 27; bytes += 1 + bytes / 7) {
        CAPTURE(bytes);
        free_block(allocate_block(bytes), bytes);
        const std::size_t held = release_cached_memory();
        CHECK(held >= bytes);
        CHECK(held - bytes < 64 + held / 5);
    }
}

TEST_CASE("allocate_block: more than there can be is std::bad_alloc") {
    for (const std::size_t bytes : {SIZE_MAX, SIZE_MAX - 63, SIZE_MAX / 2 + 1})
        CHECK_THROWS_AS((void)allocate_block(bytes), std::bad_alloc);
    CHECK_THROWS_AS(Array<float>(Shape{SIZE_MAX / 4}), std::bad_alloc);
}

TEST_CASE("free_block: takes a null pointer") { free_block(nullptr, 100); }

TEST_CASE("RecyclingAllocator: too many elements are refused, not wrapped around") {
    CHECK_THROWS_AS((void)RecyclingAllocator<double>().allocate(std::numeric_limits<std::size_t>::max() / 4),
                    std::bad_array_new_length);
    CHECK_THROWS_AS(
        (void)RecyclingAllocator<char>().allocate(std::numeric_limits<std::size_t>::max() / 2 + 2),
        std::bad_alloc);
}

TEST_CASE("release_cached_memory: the cache is empty afterwards") {
    {
        const Array<float> array(Shape{100, 100});
    }
    const std::size_t cached = cached_memory();
    CHECK(release_cached_memory() == cached);
    CHECK(cached_memory() == 0);
    CHECK(release_cached_memory() == 0);
}

TEST_CASE("free_block: no more than memory_cache_limit is kept") {
    release_cached_memory();
    const std::size_t bytes = memory_cache_limit / 4;
    std::vector<void*> blocks;
    for (int i = 0; i < 6; ++i) blocks.push_back(allocate_block(bytes));
    for (void* block : blocks) free_block(block, bytes);
    CHECK(cached_memory() == (recycling ? memory_cache_limit : 0));
    release_cached_memory();
}

TEST_CASE("free_block: a block may be freed by another thread than it came from") {
    release_cached_memory();
    void* block = allocate_block(1000);
    std::size_t cached_there = 0;
    std::thread([block, &cached_there] {
        free_block(block, 1000);
        free_block(allocate_block(1000), 1000);
        cached_there = cached_memory();
    }).join();
    CHECK(cached_there == (recycling ? 1024 : 0));
    CHECK(cached_memory() == 0);
}

TEST_CASE("free_block: threads that hand arrays to each other") {
    std::vector<Array<float>> arrays;
    for (std::size_t i = 0; i < 100; ++i) arrays.emplace_back(Shape{i + 1}, static_cast<float>(i));
    std::thread([&arrays] {
        for (std::size_t i = 0; i < arrays.size(); ++i) arrays[i] = Array<float>(Shape{2 * i + 1}, 1.0F);
    }).join();
    for (const auto& array : arrays) CHECK(array(0) == 1.0F);
}

namespace {

struct Object : Counted {
    int& destroyed;
    std::vector<int> values;
    explicit Object(int& d, int value = 0) : destroyed(d), values(100, value) {}
    ~Object() { ++destroyed; }
};
using Pointer = IntrusivePtr<Object>;

struct Failing : Counted {
    explicit Failing(int) { throw std::runtime_error("no object today"); }
};

}  // namespace

TEST_CASE("IntrusivePtr: the last owner destroys the object, once") {
    int destroyed = 0;
    {
        Pointer a = Pointer::make(destroyed, 5);
        CHECK(a.is_only_owner());
        {
            const Pointer b = a;
            CHECK(a == b);
            CHECK_FALSE(a.is_only_owner());
            CHECK(b->values[99] == 5);
        }
        CHECK(a.is_only_owner());
        CHECK(destroyed == 0);
    }
    CHECK(destroyed == 1);
}

TEST_CASE("IntrusivePtr: moving hands the object over") {
    int destroyed = 0;
    Pointer a = Pointer::make(destroyed);
    Pointer b = std::move(a);
    CHECK_FALSE(static_cast<bool>(a));  // NOLINT(bugprone-use-after-move)
    CHECK(b.is_only_owner());
    a = std::move(b);
    CHECK(a.is_only_owner());
    CHECK(destroyed == 0);
}

TEST_CASE("IntrusivePtr: assignment releases what was there; to itself it changes nothing") {
    int first = 0, second = 0;
    Pointer a = Pointer::make(first), b = Pointer::make(second);
    const Pointer& same = a;
    a = same;
    CHECK(first == 0);
    a = b;
    CHECK(first == 1);
    b = Pointer();
    CHECK(second == 0);
    a = Pointer();
    CHECK(second == 1);
    CHECK_FALSE(static_cast<bool>(a));
}

TEST_CASE("IntrusivePtr: a constructor that throws leaves nothing behind") {
    CHECK_THROWS_WITH_AS(IntrusivePtr<Failing>::make(1), "no object today", std::runtime_error);
}

TEST_CASE("IntrusivePtr: threads that share an object destroy it once, after the last has read it") {
    int destroyed = 0;
    for (int round = 0; round < 50; ++round) {
        std::vector<std::thread> threads;
        {
            const Pointer shared = Pointer::make(destroyed, round);
            for (int i = 0; i < 4; ++i)
                threads.emplace_back([own = shared, round]() mutable {
                    for (int j = 0; j < 100; ++j) {
                        const Pointer copy = own;
                        if (copy->values[50] != round) throw std::logic_error("changed");
                    }
                    own = Pointer();
                });
        }
        for (std::thread& thread : threads) thread.join();
        CHECK(destroyed == round + 1);
    }
}
