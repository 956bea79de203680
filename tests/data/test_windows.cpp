// The order of samples that are shuffled in windows.
#include <xgrad/data/epoch_order.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/error.hpp>

using namespace xgrad;

namespace {

struct WindowOrder final : EpochOrder {
    WindowOrder(std::size_t size, std::size_t batch_size, LastBatch last_batch, bool has_seed,
                std::size_t window)
        : EpochOrder(size, batch_size, last_batch, has_seed, window) {}
    std::vector<std::size_t> announced;

    std::vector<std::size_t> next(Rng& rng) {
        if (epoch_is_over()) start(rng);
        return take();
    }
    std::vector<std::size_t> next() {
        if (epoch_is_over()) start();
        return take();
    }
    std::vector<std::size_t> take() {
        const auto rows = next_rows();
        std::vector<std::size_t> taken(rows.begin(), rows.end());
        for (const std::size_t row : taken) CHECK(announced[row] > 0);  // before it is needed
        advance();
        return taken;
    }
    void drop_prepared() override { announced.assign(size(), 0); }
    void announce(std::size_t first, std::size_t count) override {
        for (std::size_t row = first; row < first + count; ++row) ++announced[row];
    }
};

std::vector<std::size_t> counting(std::size_t count) {
    std::vector<std::size_t> rows(count);
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return rows;
}

std::vector<std::size_t> epoch(WindowOrder& order, Rng& rng) {
    std::vector<std::size_t> rows;
    do
        for (const std::size_t row : order.next(rng)) rows.push_back(row);
    while (!order.epoch_is_over());
    return rows;
}

}  // namespace

TEST_CASE("windows: each sample once in an epoch, whatever the sizes") {
    for (const std::size_t size : {1u, 7u, 100u, 1000u})
        for (const std::size_t window : {1u, 16u, 50u, 160u, 5000u})
            for (const std::size_t batch : {1u, 7u, 300u}) {
                CAPTURE(size);
                CAPTURE(window);
                CAPTURE(batch);
                WindowOrder order(size, batch, LastBatch::keep, false, window);
                CHECK(order.has_windows());
                CHECK(order.has_seed());
                Rng rng(3);
                std::vector<std::size_t> one = epoch(order, rng), two = epoch(order, rng);
                if (size > 99) CHECK(one != two);
                std::sort(one.begin(), one.end());
                CHECK(one == counting(size));
                Rng unused(1);
                std::vector<std::size_t> in_order;
                WindowOrder sequential(size, batch, LastBatch::keep, false, window);
                do
                    for (const std::size_t row : sequential.next()) in_order.push_back(row);
                while (!sequential.epoch_is_over());
                CHECK(in_order == counting(size));
            }
}

TEST_CASE("windows: samples that are near each other in an epoch are of the same sixteen blocks") {
    WindowOrder order(16'000, 100, LastBatch::drop, false, 1600);  // windows of sixteen blocks of 100
    Rng rng(1);
    const std::vector<std::size_t> rows = epoch(order, rng);
    REQUIRE(rows.size() == 16'000);
    for (std::size_t window = 0; window < 10; ++window) {
        std::set<std::size_t> blocks;
        for (std::size_t i = window * 1600; i < (window + 1) * 1600; ++i) blocks.insert(rows[i] / 100);
        CHECK(blocks.size() == 16);
        // Shuffled: the first samples are of most of its blocks, which are from all over the set.
        std::set<std::size_t> early;
        for (std::size_t i = window * 1600; i < window * 1600 + 100; ++i) early.insert(rows[i] / 100);
        CHECK(early.size() > 12);
        CHECK(*blocks.rbegin() - *blocks.begin() > 50);
    }
}

TEST_CASE("windows: an order goes on from any position, and has no list of all samples") {
    for (const std::size_t batch : {5u, 64u})
        for (const int steps : {0, 1, 2, 9, 20, 21}) {
            CAPTURE(batch);
            CAPTURE(steps);
            WindowOrder original(103, batch, LastBatch::keep, false, 32),
                resumed(103, batch, LastBatch::keep, false, 32);
            Rng rng(4);
            for (int i = 0; i < steps; ++i) original.next(rng);
            CHECK(original.state().order.empty());
            resumed.restore(original.state());
            Rng copy = rng;
            for (int i = 0; i < 45; ++i) CHECK(original.next(rng) == resumed.next(copy));
        }
    WindowOrder order(10, 2, LastBatch::keep, false, 4);
    CHECK_THROWS_WITH_AS(order.restore({{0, 1}, 0, 1}),
                         "Batches: expected an order of 0 samples, got one of 2", ValueError);
    CHECK_THROWS_WITH_AS(
        order.restore({{}, 4, 1, 10, 2}),
        "Batches: 10 samples are in windows of 16, but those of the saved position are 10 in windows of 32: "
        "give the same files and BatchOptions::window",
        ValueError);
    CHECK_THROWS_AS(order.restore({{}, 4, 1, 11, 1}), ValueError);
    CHECK_THROWS_WITH_AS(order.restore({{}, 3, 1, 10, 1}),
                         "Batches: position 3 in 10 samples is not the beginning of a batch of 2",
                         ValueError);
}
