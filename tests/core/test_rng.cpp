#include <xgrad/core/rng.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <locale>
#include <numeric>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

TEST_CASE("Rng: the bits are those of the standard's mt19937_64") {
    Rng rng(5489);  // the engine's default seed; [rand.predef] gives its 10,000th value
    for (int i = 1; i < 10'000; ++i) rng.bits();
    CHECK(rng.bits() == 9981545732273789042u);
}

TEST_CASE("Rng: one seed, one stream") {
    Rng a(7), b(7), c(8);
    CHECK(a == b);
    CHECK_FALSE(a == c);
    for (int i = 0; i < 100; ++i) CHECK(a.normal() == b.normal());
    CHECK(a.bits() != c.bits());
}

// Initial weights and the order of batches come from these: a change here changes every published result.
TEST_CASE("Rng: the first values of every distribution, to the last bit, whatever the compiler's flags") {
    Rng uniform(42), range(42), normal(42), below(42), shuffled(42);
    for (const double expected :
         {0x1.82a3befaddcbcp-1, 0x1.472f1f73724ap-1, 0x1.81192cfe1cbcfp-1, 0x1.171621fc50d68p-3})
        CHECK(uniform.uniform() == expected);
    for (const double expected :
         {0x1.1b2f0c301ead7p-1, 0x1.ef0558f0ef8cp-2, 0x1.1a424e32113e2p-1, 0x1.74407aca96e72p-3})
        CHECK(range.uniform(0.1, 0.7) == expected);
    for (const double expected :
         {0x1.4b37d0b4daa8fp+0, 0x1.978762f4a05dap-2, 0x1.1e599fb914974p+0, -0x1.7e03e64e8ab37p+0})
        CHECK(normal.normal() == expected);
    for (const std::uint64_t expected : {406u, 824u, 450u, 662u, 381u, 428u})
        CHECK(below.below(1000) == expected);
    std::vector<int> order{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    shuffled.shuffle(std::span(order));
    CHECK(order == std::vector<int>{1, 7, 9, 0, 3, 8, 4, 2, 5, 6});
}

TEST_CASE("uniform: never reaches its upper bound") {
    Rng rng(9);
    const double low = 1e16, high = low + 2;  // neighbours: half of all values would round up
    for (int i = 0; i < 100; ++i) CHECK(rng.uniform(low, high) == low);
    CHECK(rng.uniform(3, 3) == 3);
}

TEST_CASE("below: no bias for a bound that does not divide 2^64") {
    Rng rng(10);
    const std::uint64_t bound =
        (std::uint64_t{3} << 62);  // taken modulo the bound, a third of it would come up twice as often
    int low = 0;
    for (int i = 0; i < 30'000; ++i) {
        const std::uint64_t value = rng.below(bound);
        REQUIRE(value < bound);
        low += value < bound / 3;
    }
    CHECK(std::abs(low - 10'000) < 410);  // five standard deviations
}

TEST_CASE("uniform: within its bounds, with the mean and variance of a uniform distribution") {
    Rng rng(1);
    constexpr int n = 100'000;
    double sum = 0, squares = 0;
    for (int i = 0; i < n; ++i) {
        const double x = rng.uniform(-1, 3);
        REQUIRE(x >= -1);
        REQUIRE(x < 3);
        sum += x;
        squares += (x - 1) * (x - 1);
    }
    CHECK(std::abs(sum / n - 1) < 0.02);  // five standard errors
    CHECK(std::abs(squares / n - 16.0 / 12) < 0.02);
}

TEST_CASE("normal: mean 0, variance 1, kurtosis 3") {
    Rng rng(2);
    constexpr int n = 100'000;
    double sum = 0, squares = 0, fourth = 0;
    for (int i = 0; i < n; ++i) {
        const double x = rng.normal();
        sum += x;
        squares += x * x;
        fourth += x * x * x * x;
    }
    CHECK(std::abs(sum / n) < 0.016);  // five standard errors
    CHECK(std::abs(squares / n - 1) < 0.023);
    CHECK(std::abs(fourth / n - 3) < 0.16);
}

TEST_CASE("uniform: refuses bounds without a finite distance; equal bounds give that number") {
    Rng rng(3);
    CHECK(rng.uniform(2, 2) == 2);
    const Rng before = rng;
    CHECK_THROWS_AS((void)rng.uniform(2, 1), ValueError);
    CHECK_THROWS_AS((void)rng.uniform(NAN, 1), ValueError);
    CHECK_THROWS_AS((void)rng.uniform(-1e308, 1e308), ValueError);
    CHECK(rng == before);
}

TEST_CASE("below: every value, equally often") {
    Rng rng(3);
    std::array<int, 10> counts{};
    for (int i = 0; i < 100'000; ++i) ++counts.at(rng.below(10));
    for (const int count : counts) CHECK(std::abs(count - 10'000) < 500);
    CHECK(rng.below(1) == 0);
    CHECK_THROWS_WITH_AS(rng.below(0), "Rng::below: the bound must be positive, got 0", ValueError);
}

TEST_CASE("shuffle: every order, equally often") {
    Rng rng(4);
    std::array<int, 27> counts{};
    for (int i = 0; i < 60'000; ++i) {
        std::array<std::size_t, 3> values{0, 1, 2};
        rng.shuffle(std::span<std::size_t>(values));
        ++counts[9 * values[0] + 3 * values[1] + values[2]];
    }
    CHECK(std::count(counts.begin(), counts.end(), 0) == 27 - 6);
    for (const int count : counts)
        if (count > 0) CHECK(std::abs(count - 10'000) < 500);
}

TEST_CASE("shuffle: keeps all values, and takes an empty span") {
    Rng rng(5);
    std::vector<int> values(1000), sorted(1000);
    std::iota(values.begin(), values.end(), 0);
    sorted = values;
    rng.shuffle(std::span(values));
    CHECK(values != sorted);
    std::sort(values.begin(), values.end());
    CHECK(values == sorted);
    rng.shuffle(std::span<int>());
}

TEST_CASE("split: a stream of its own, which leaves the first one at another place") {
    Rng rng(6);
    const Rng before = rng;
    Rng child = rng.split();
    CHECK_FALSE(rng == before);
    CHECK_FALSE(rng == child);
    CHECK(child == Rng(Rng(6).bits()));
}

TEST_CASE("state, restore: the stream goes on as it would have, from any place") {
    for (const int drawn : {0, 1, 311, 312, 313, 1000}) {
        CAPTURE(drawn);
        Rng rng(11), restored(12);
        for (int i = 0; i < drawn; ++i) rng.bits();
        const Rng::State state = rng.state();
        restored.restore(state);
        CHECK(restored == rng);
        CHECK(restored.state() == state);
        for (int i = 0; i < 700; ++i) CHECK(restored.bits() == rng.bits());
    }
}

TEST_CASE("state, restore: do not depend on the program's locale") {
    struct Grouping : std::numpunct<char> {
        char do_thousands_sep() const override { return ' '; }
        std::string do_grouping() const override { return "\3"; }
    };
    Rng rng(14), restored(15);
    rng.bits();
    const Rng::State expected = rng.state();
    const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Grouping));
    const Rng::State state = rng.state();
    restored.restore(state);
    std::locale::global(before);
    CHECK(state == expected);
    CHECK(restored == rng);
}

TEST_CASE("restore: refuses what is no generator's state, and stays as it was") {
    Rng rng(13);
    const Rng before = rng;
    Rng::State state = rng.state();
    state[312] = 313;
    CHECK_THROWS_WITH_AS(rng.restore(state), "Rng::restore: the position must be at most 312, got 313",
                         ValueError);
    state = {};
    state[312] = 7;
    CHECK_THROWS_WITH_AS(rng.restore(state), "Rng::restore: the words are all 0, which no generator's are",
                         ValueError);
    CHECK(rng == before);
}
