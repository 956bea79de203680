#include <xgrad/core/allocator.hpp>

#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/array.hpp>

using namespace xgrad;

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
        for (std::size_t i = 0; i < 300; ++i) CHECK(blocks[i] == std::vector<std::size_t, RecyclingAllocator<std::size_t>>(1 + i * i, i));
        blocks.clear();
    }
}

TEST_CASE("free_block: takes a null pointer") { free_block(nullptr, 100); }

TEST_CASE("RecyclingAllocator: too many elements are refused, not wrapped around") {
    CHECK_THROWS_AS((void)RecyclingAllocator<double>().allocate(std::numeric_limits<std::size_t>::max() / 4), std::bad_array_new_length);
    CHECK_THROWS_AS((void)RecyclingAllocator<char>().allocate(std::numeric_limits<std::size_t>::max() / 2 + 2), std::bad_alloc);
}

TEST_CASE("release_cached_memory: the cache is empty afterwards") {
    { const Array<float> array(Shape{100, 100}); }
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
    CHECK(cached_memory() <= memory_cache_limit);
    release_cached_memory();
}

TEST_CASE("free_block: a block may be freed by another thread than it came from") {
    void* block = allocate_block(1000);
    std::thread([block] {
        free_block(block, 1000);
        free_block(allocate_block(1000), 1000);
    }).join();
    CHECK(true);  // the sanitizers judge
}
