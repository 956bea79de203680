#include <xgrad/autograd/detail/arena.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using xgrad::detail::Arena;

TEST_CASE("Arena: pieces of any size and alignment, none over another") {
    Arena arena;
    for (int round = 0; round < 2; ++round) {
        std::vector<std::pair<unsigned char*, std::size_t>> pieces;
        for (std::size_t i = 0; i < 500; ++i) {
            const std::size_t bytes = i % 50 == 0 ? 100'000 : i % 97, alignment = std::size_t{1} << i % 8;
            auto* piece = static_cast<unsigned char*>(arena.allocate(bytes, alignment));
            CHECK(reinterpret_cast<std::uintptr_t>(piece) % alignment == 0);
            std::fill_n(piece, bytes, static_cast<unsigned char>(i));
            pieces.emplace_back(piece, bytes);
        }
        for (std::size_t i = 0; i < pieces.size(); ++i)
            CHECK(std::count(pieces[i].first, pieces[i].first + pieces[i].second,
                             static_cast<unsigned char>(i)) == static_cast<std::ptrdiff_t>(pieces[i].second));
        arena.reset();
    }
}

TEST_CASE("Arena: nothing may be asked of an empty one, too") {
    Arena arena;
    arena.reset();
    (void)arena.allocate(0, 8);
    CHECK(arena.allocate(1, 1) != nullptr);
}
