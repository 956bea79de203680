#include <xgrad/core/background_loop.hpp>

#include <array>
#include <atomic>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <xgrad/core/parallel.hpp>
#include "support/threads.hpp"

using namespace xgrad;
using namespace xgrad::test;

namespace {

// Workers are started by the first loop that they share.
void start_workers() {
    parallel_for(8, 1, [](std::size_t, std::size_t) {});
}

}  // namespace

TEST_CASE("BackgroundLoop: every part runs once, whoever runs it") {
    for (const int count : {1, 2, 4}) {
        const Threads threads(count);
        start_workers();
        std::array<std::atomic<int>, 50> done{};
        BackgroundLoop loop;
        for (int round = 1; round <= 200; ++round) {
            loop.start(done.size(), [&](std::size_t part) { ++done[part]; });
            if (round % 2 == 0) start_workers();
            loop.finish();
            for (const auto& runs : done) REQUIRE(runs == round);
            loop.finish();  // nothing is left
        }
    }
}

TEST_CASE("BackgroundLoop: once cancelled, or started anew, or gone, it runs nothing more") {
    const Threads threads(3);
    start_workers();
    for (int round = 0; round < 200; ++round) {
        std::array<std::atomic<int>, 50> first{}, second{};
        std::atomic<int> after = 0;
        {
            BackgroundLoop loop;
            loop.start(first.size(), [&](std::size_t part) { ++first[part]; });
            if (round % 2 == 0) loop.cancel();
            loop.start(second.size(), [&](std::size_t part) { ++second[part]; });
            after = 0;
            for (const auto& runs : first) after += runs;
        }
        int still = 0;
        for (const auto& runs : first) {
            CHECK(runs <= 1);
            still += runs;
        }
        CHECK(still == after);
        for (const auto& runs : second) CHECK(runs <= 1);
    }
}

TEST_CASE("BackgroundLoop: waiting threads run it without being asked") {
    const Threads threads(2);
    start_workers();
    std::atomic<int> done = 0;
    BackgroundLoop loop;
    loop.start(3, [&](std::size_t) { ++done; });
    while (done < 3) std::this_thread::yield();
    CHECK(done == 3);
}

TEST_CASE("BackgroundLoop: with one thread nobody is asked for help, and finish() runs the parts in order") {
    const Threads threads(1);
    std::vector<std::size_t> done;
    BackgroundLoop loop;
    loop.start(3, [&](std::size_t part) { done.push_back(part); });
    CHECK_FALSE(BackgroundLoop::help());
    CHECK(done.empty());
    loop.finish();
    CHECK(done == std::vector<std::size_t>{0, 1, 2});
}
